import type { Answers } from "../answers/answers.ts";
import type { Interest } from "../answers/interest.ts";
import { ObjectCounts, type Reject } from "../batch.ts";
import type { JobObserver } from "../job.ts";
import { answerRecords, checkSums, type RecordOptions } from "../pipeline.ts";
import type { Codec } from "../stages/decompress.ts";
import type { Tell } from "../tell.ts";
import { failSpan, keyAttributes, recordAttributes, startRequestSpan } from "../tracing.ts";
import { admitted } from "./admitted.ts";
import { failureProblem } from "./failure_problem.ts";
import type { Route } from "./http_server.ts";
import { IncomingBody, type IncomingBodyOptions } from "./incoming_body.ts";
import { HttpProblem } from "./problem.ts";
import { RecordsTrailer } from "./records_trailer.ts";
import type { RequestDesk } from "./request_desk.ts";
import { tellFailure } from "./tell_failure.ts";

export interface RecordsRouteOptions extends RecordOptions, IncomingBodyOptions {
  readonly answers: Answers;
  readonly desk: RequestDesk;
  readonly observer: JobObserver & { rejected(name: string, rejects: readonly Reject[]): void };
  /** Told of answers that were broken off. */
  readonly tell: Tell;
}

/** How long the first line of a window waits for others, in milliseconds: somebody may wait for its answer. */
export const windowWaitMs = 50;

/** Content types of JSON lines, and of gzip with JSON lines in it; the first of each is answered. */
export const lineTypes = [
  "application/x-ndjson",
  "application/ndjson",
  "application/jsonl",
  "application/json-lines",
];
const csvType = "text/csv";
export const gzipTypes = ["application/gzip", "application/x-gzip"];

/**
 * `POST /v1/records`: records in, the same with their answers out, line by line, as they are answered; at the end a line
 * of the {@linkcode RecordsTrailer}, unless `?trailer=none`; behind CSV it begins with `#`. Reads no further than the answers are taken.
 *
 * What fails before the first line of the answer is a problem document; later the connection is broken off, so that
 * half an answer cannot be taken for a whole one. A body takes a place among the requests with its first line.
 */
export function recordsRoute(options: RecordsRouteOptions): Route {
  const { answers, desk, observer, tell } = options;
  return {
    async handle(request) {
      const type = typeOf(request);
      const trailer = trailerOf(request);
      const incoming = new IncomingBody(request, options);
      await incoming.readFirstLine();
      const admission = admitted(desk, request, incoming);
      const { signal } = admission;
      const counts = new ObjectCounts();
      const codec: Codec = { gzip: false };
      const work = { name: `/v1/records, request ${admission.number}` };
      const span = startRequestSpan(request);
      observer.begun(work, counts);
      let interest: Interest | undefined;
      let lines: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
      let answer: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;

      let isOver = false;
      const end = (hasFailed: boolean, reason: unknown) => {
        isOver = true;
        signal.removeEventListener("abort", giveUp);
        interest?.close(reason);
        if (hasFailed) failSpan(span, reason);
        span.setAttributes({
          ...recordAttributes(counts),
          ...(interest && keyAttributes(interest.counts)),
          "sluice.outcome": hasFailed ? "failed" : "done",
        }).end();
        admission.end(hasFailed);
        observer.ended(work, counts, hasFailed ? "failed" : "done");
      };
      /** Gives everything back; breaks the answer off where it has begun. */
      const fail = (error: unknown, isWanted = true) => {
        if (isOver) return;
        end(true, error);
        void lines?.cancel(error).catch(() => {});
        void incoming.cancel(error);
        if (answer === undefined || !isWanted) return;
        tellFailure(`Cannot finish ${work.name}`, failureProblem(error), tell);
        answer.error(error);
      };
      // Whoever waits for a sender or a reader does not look at the signal.
      const giveUp = () => fail(signal.reason);
      signal.addEventListener("abort", giveUp, { once: true });

      try {
        interest = await answers.open(signal);
        if (signal.aborted) interest.close(signal.reason);
        signal.throwIfAborted();
        interest.span = span;
        const rejects = {
          write(some: readonly Reject[]) {
            observer.rejected(work.name, some);
            trailer?.add(some);
          },
        };
        const last = trailer && (() => {
          checkSums({ counts, interest: interest! });
          return (type.type === csvType ? "#" : "") + trailer.line(counts);
        });
        const bytes = incoming.stream((length) => counts.bytesIn += length);
        lines = answerRecords(bytes, { interest, counts, codec, rejects, last }, {
          ...options,
          format: type.type === csvType ? "csv" : "jsonl",
          windowWaitMs,
        }).getReader();
        /** The next bytes of the answer; the trailer last. */
        const next = async (): Promise<Uint8Array<ArrayBuffer> | undefined> => {
          const { done, value } = await lines!.read();
          signal.throwIfAborted();
          if (isOver) return undefined;
          if (!done) {
            counts.bytesOut += value.length;
            return value;
          }
          checkSums({ counts, interest: interest! });
          end(false, new Error("Cannot go on with a request: it is answered"));
          return undefined;
        };
        // Waited for, so that what is wrong from the beginning has a status of its own.
        let first = await next();
        const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
          start(controller) {
            answer = controller;
          },
          async pull(controller) {
            try {
              const chunk = first ?? await next();
              first = undefined;
              if (chunk === undefined) return controller.close();
              controller.enqueue(chunk);
            } catch (error) {
              fail(error);
            }
          },
          cancel: (reason) => fail(reason, false),
        }, { highWaterMark: 0 });
        return new Response(body, { headers: headersOf(type, codec) });
      } catch (error) {
        const cause = signal.aborted ? signal.reason : error;
        fail(cause);
        throw failureProblem(cause);
      }
    },
  };
}

/** The body's content type, and whether it says that it is compressed. */
interface BodyType {
  readonly type: string;
  readonly isEncoded: boolean;
}

function typeOf(request: Request): BodyType {
  const type = (request.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  const encoding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (encoding !== "gzip" && encoding !== "identity") {
    throw new HttpProblem(415, `/v1/records takes content-encoding gzip, or none, not ${encoding}`);
  }
  if (!lineTypes.includes(type) && !gzipTypes.includes(type) && type !== csvType) {
    throw new HttpProblem(
      415,
      `/v1/records takes application/x-ndjson, text/csv, or application/gzip with JSON lines in it, not ` +
        `${type || "a body without content-type"}`,
    );
  }
  return { type, isEncoded: encoding === "gzip" };
}

function headersOf({ type, isEncoded }: BodyType, codec: Codec): Record<string, string> {
  const headers = { "x-content-type-options": "nosniff" };
  if (!codec.gzip) return { ...headers, "content-type": gzipTypes.includes(type) ? lineTypes[0]! : type };
  return isEncoded
    ? { ...headers, "content-type": type, "content-encoding": "gzip" }
    : { ...headers, "content-type": gzipTypes[0]! };
}

function trailerOf(request: Request): RecordsTrailer | undefined {
  const wanted = new URL(request.url).searchParams.get("trailer");
  if (wanted !== null && wanted !== "none") {
    throw new HttpProblem(400, `trailer is none, or left out, not ${wanted}`);
  }
  return wanted === "none" ? undefined : new RecordsTrailer();
}
