/**
 * OpenTelemetry spans. Without a provider, which Deno registers if OTEL_DENO is set, the API does nothing. Spans leave
 * the process, so they contain no text of records, no keys, no answers and no secrets.
 */
import {
  type Attributes,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import manifest from "../../deno.json" with { type: "json" };
import type { KeyCounts } from "../answers/key_counts.ts";
import type { ObjectCounts } from "../records/batch.ts";
import { ModelError } from "../models/model.ts";
import { QuotingError } from "../errors/quoting_error.ts";

/** Links from a call to the batches that it answers, at most; `sluice.call.batches` has the number of all. */
export const maxCallLinks = 128;

const tracer = trace.getTracer("sluice", manifest.version);

/** Starts an object's span, which lasts from its first pass until its outcome. */
export function startObjectSpan({ name, bytes }: { readonly name: string; readonly bytes: number }): Span {
  const attributes = { "sluice.object.name": name, "sluice.object.bytes": bytes };
  return tracer.startSpan("process object", { root: true, attributes });
}

/** Starts the span of an admitted request; it continues the client's trace, if the request names one. */
export function startRequestSpan(request: Request): Span {
  const { pathname } = new URL(request.url);
  const attributes = { "http.request.method": request.method, "http.route": pathname };
  return tracer.startSpan(
    `${request.method} ${pathname}`,
    { kind: SpanKind.SERVER, attributes },
    senderContext(request.headers.get("traceparent")),
  );
}

/** Starts a batch's span, from the claim of its keys until their answers; its parent is the object's span. */
export function startBatchSpan(
  parent: Span | undefined,
  { records, keys }: { readonly records: number; readonly keys: number },
): Span {
  const attributes = { "sluice.batch.records": records, "sluice.keys.seen": keys };
  return tracer.startSpan("answer batch", { attributes }, withSpan(parent));
}

/**
 * Starts a call's span: a child of the batch that the call is made for. A call for several batches, of unrelated objects,
 * starts a trace of its own, with links to them.
 */
export function startCallSpan(
  batches: Iterable<Span>,
  { questions, attempt }: { readonly questions: number; readonly attempt: number },
): Span {
  const traced = [...batches].filter((span) => isSpanContextValid(span.spanContext()));
  const attributes = {
    "sluice.call.questions": questions,
    "sluice.call.attempt": attempt,
    "sluice.call.batches": traced.length,
  };
  const options = { kind: SpanKind.CLIENT, attributes };
  if (traced.length === 1) return tracer.startSpan("ask model", options, withSpan(traced[0]));
  const links = traced.slice(0, maxCallLinks).map((span) => ({ context: span.spanContext() }));
  return tracer.startSpan("ask model", { ...options, root: true, links });
}

/** Runs `work` with a span as the active one, so that what it calls can take part. Baggage is not passed on. */
export function inSpan<Result>(span: Span, work: () => Result): Result {
  return context.with(withSpan(span), work);
}

/** Marks a span as failed, with the reason. */
export function failSpan(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: unquoted(error) });
  span.setAttribute("error.type", error instanceof ModelError ? error.code : nameOf(error));
}

/** Counts of records, as attributes. */
export function recordAttributes(counts: ObjectCounts): Attributes {
  return {
    "sluice.records.in": counts.in,
    "sluice.records.out": counts.out,
    "sluice.records.rejected": counts.rejected,
    "sluice.bytes.in": counts.bytesIn,
    "sluice.bytes.out": counts.bytesOut,
  };
}

/** Where the answers to keys came from, as attributes. */
export function keyAttributes({ seen, local, hits, asked, cluster, rare }: KeyCounts): Attributes {
  return {
    "sluice.keys.seen": seen,
    "sluice.keys.local": local,
    "sluice.keys.hits": hits,
    "sluice.keys.asked": asked,
    ...(cluster === undefined ? {} : { "sluice.keys.cluster": cluster }),
    ...(rare === undefined ? {} : { "sluice.keys.rare": rare }),
  };
}

/** The context of a `traceparent`, https://www.w3.org/TR/trace-context/ */
function senderContext(traceparent: string | null) {
  const [, traceId = "", spanId = "", flags = ""] =
    /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/.exec(traceparent ?? "") ?? [];
  const sender = { traceId, spanId, traceFlags: parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(sender) ? trace.setSpanContext(ROOT_CONTEXT, sender) : ROOT_CONTEXT;
}

function withSpan(span: Span | undefined) {
  return span === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, span);
}

/** What a failure says, without what it quotes. A model may quote questions, or what it was sent with them. */
function unquoted(error: unknown): string {
  if (error instanceof QuotingError) return error.unquoted;
  if (error instanceof ModelError) return `Cannot ask the model: ${error.code}`;
  return error instanceof Error ? error.message : String(error);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "_OTHER";
}
