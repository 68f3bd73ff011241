import type { Attributes, Span } from "@opentelemetry/api";
import { SluiceError } from "../errors/sluice_error.ts";
import { ObjectCounts, type Reject } from "../records/batch.ts";
import type { WorkObserver } from "../telemetry/work_observer.ts";
import type { Tell } from "../text/tell.ts";
import { failSpan, recordAttributes, startRequestSpan } from "../telemetry/tracing.ts";
import { failureProblem, logFailure } from "./failure_problem.ts";
import { IncomingBody, type IncomingBodyOptions } from "./incoming_body.ts";
import type { Admission, RequestDesk } from "./request_desk.ts";

export interface StreamedAnswerOptions extends IncomingBodyOptions {
  readonly desk: RequestDesk;
  readonly observer: WorkObserver & { rejected(name: string, rejects: readonly Reject[]): void };
  /** Called for answers that were broken off. */
  readonly tell: Tell;
}

/** A request that was admitted. */
export interface StreamedRequest {
  /** Its path and number, as text. */
  readonly name: string;
  readonly counts: ObjectCounts;
  readonly span: Span;
  /** Aborted when the request is abandoned. */
  readonly signal: AbortSignal;
  /** The body as it arrives, counted. */
  readonly bytes: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** The answer to a request. */
export interface AnswerStream {
  /** The whole answer; reads the body only as fast as it is read itself. */
  readonly bytes: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Called when the first bytes are there. */
  headers(): Record<string, string>;
  /** Called when all bytes are there. @throws {Error} The counts contradict each other. */
  check?(): void;
  /** Called once, at the end, whether it failed or not. */
  close?(reason: unknown): void;
  /** Of the request's span. */
  attributes?(): Attributes;
}

/**
 * Answers a request while its body arrives. A failure before the first bytes of the answer is a problem document; after
 * that the connection is cut, so that half an answer cannot be mistaken for a whole one. A request counts towards
 * `maxRequests` from the first line of its body on.
 *
 * @param path Names the requests.
 * @param open Makes the answer. If it throws, it closes what it opened.
 * @throws {HttpProblem} The request is not admitted, or fails before its answer begins.
 */
export async function streamedAnswer(
  request: Request,
  path: string,
  options: StreamedAnswerOptions,
  open: (request: StreamedRequest) => Promise<AnswerStream> | AnswerStream,
): Promise<Response> {
  const { desk, observer, tell } = options;
  const incoming = new IncomingBody(request, options);
  await incoming.readFirstLine();
  const admission = admitted(desk, request, incoming);
  const { signal } = admission;
  const counts = new ObjectCounts();
  const work = { name: `${path}, request ${admission.number}` };
  const span = startRequestSpan(request);
  observer.begun(work, counts);
  let opened: AnswerStream | undefined;
  let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  let answer: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;

  let isOver = false;
  const end = (hasFailed: boolean, reason: unknown) => {
    isOver = true;
    signal.removeEventListener("abort", giveUp);
    opened?.close?.(reason);
    if (hasFailed) failSpan(span, reason);
    span.setAttributes({
      ...recordAttributes(counts),
      ...opened?.attributes?.(),
      "sluice.outcome": hasFailed ? "failed" : "done",
    }).end();
    admission.end(hasFailed);
    observer.ended(work, counts, hasFailed ? "failed" : "done");
  };
  /** Releases everything; cuts the answer off if it has begun. */
  const fail = (error: unknown, isWanted = true) => {
    if (isOver) return;
    end(true, error);
    void reader?.cancel(error).catch(() => {});
    void incoming.cancel(error);
    if (answer === undefined || !isWanted) return;
    logFailure(`Cannot finish ${work.name}`, failureProblem(error), tell, { request: work.name });
    answer.error(error);
  };
  // While it waits for a client, nothing else looks at the signal.
  const giveUp = () => fail(signal.reason);
  signal.addEventListener("abort", giveUp, { once: true });

  /** The next bytes of the answer. */
  const next = async (): Promise<Uint8Array<ArrayBuffer> | undefined> => {
    const { done, value } = await reader!.read();
    signal.throwIfAborted();
    if (isOver) return undefined;
    if (!done) {
      counts.bytesOut += value.length;
      return value;
    }
    opened?.check?.();
    end(
      false,
      new SluiceError({
        kind: "internal",
        action: "continue",
        subject: work.name,
        reason: "it has been answered",
      }),
    );
    return undefined;
  };
  try {
    signal.throwIfAborted();
    const bytes = incoming.stream((length) => counts.bytesIn += length);
    const made = await open({ ...work, counts, span, signal, bytes });
    if (signal.aborted) made.close?.(signal.reason);
    signal.throwIfAborted();
    opened = made;
    reader = made.bytes.getReader();
    // Awaited, so that what is wrong from the beginning gets a status of its own.
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
    return new Response(body, { headers: { "x-content-type-options": "nosniff", ...made.headers() } });
  } catch (error) {
    const cause = signal.aborted ? signal.reason : error;
    fail(cause);
    throw failureProblem(cause);
  }
}

/**
 * Admits a request whose body has begun to arrive.
 *
 * @throws {HttpProblem} As the desk does; then the rest of the body is not read.
 */
function admitted(desk: RequestDesk, request: Request, incoming: IncomingBody): Admission {
  try {
    return desk.admit(request);
  } catch (error) {
    void incoming.cancel(error);
    throw error;
  }
}
