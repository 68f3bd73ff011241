import type { Answers } from "../answers/answers.ts";
import { ObjectCounts, type Reject } from "../batch.ts";
import type { JobObserver } from "../job.ts";
import { answerRecords, checkSums, type RecordOptions } from "../pipeline.ts";
import type { Codec } from "../stages/decompress.ts";
import { failSpan, keyAttributes, recordAttributes, startRequestSpan } from "../tracing.ts";
import { failureProblem } from "./failure_problem.ts";
import type { Route } from "./http_server.ts";
import { IncomingBody, type IncomingBodyOptions } from "./incoming_body.ts";
import { HttpProblem } from "./problem.ts";
import { RecordsTrailer } from "./records_trailer.ts";
import type { RequestDesk } from "./request_desk.ts";

export interface RecordsRouteOptions extends RecordOptions, IncomingBodyOptions {
  readonly answers: Answers;
  readonly desk: RequestDesk;
  readonly observer: JobObserver & { rejected(name: string, rejects: readonly Reject[]): void };
}

/** How long the first line of a window waits for others, in milliseconds: somebody may wait for its answer. */
export const windowWaitMs = 50;

/** Content types of JSON lines. */
const lineTypes = [
  "application/x-ndjson",
  "application/ndjson",
  "application/jsonl",
  "application/json-lines",
];
const csvType = "text/csv";
const gzipTypes = ["application/gzip", "application/x-gzip"];

/**
 * `POST /v1/records`: records in, the same with their answers out, line by line, as they are answered; at the end a line
 * of the {@linkcode RecordsTrailer}, unless `?trailer=none`; behind CSV it begins with `#`. Reads no further than the answers are taken.
 *
 * What fails before the first line of the answer is a problem document; later the connection is broken off, so that
 * half an answer cannot be taken for a whole one. A body takes a place among the requests with its first line.
 */
export function recordsRoute(options: RecordsRouteOptions): Route {
  const { answers, desk, observer } = options;
  return {
    async handle(request) {
      const type = typeOf(request);
      const trailer = trailerOf(request);
      const incoming = new IncomingBody(request.body, options);
      await incoming.readFirstLine();
      const admission = desk.admit(request);
      const counts = new ObjectCounts();
      const codec: Codec = { gzip: false };
      const work = { name: `/v1/records, request ${admission.number}` };
      const span = startRequestSpan();
      observer.begun(work, counts);
      let isOver = false;
      const end = (hasFailed: boolean, reason: unknown) => {
        if (isOver) return;
        isOver = true;
        if (hasFailed) failSpan(span, reason);
        span.setAttributes({
          ...recordAttributes(counts),
          "sluice.outcome": hasFailed ? "failed" : "done",
        }).end();
        admission.end(hasFailed);
        observer.ended(work, counts, hasFailed ? "failed" : "done");
      };
      const fail = (error: unknown): HttpProblem => {
        const cause = admission.signal.aborted ? admission.signal.reason : error;
        end(true, cause);
        const problem = failureProblem(cause);
        void incoming.cancel(problem);
        return problem;
      };
      try {
        const interest = await answers.open(admission.signal);
        interest.span = span;
        const abandon = () => interest.close(admission.signal.reason);
        admission.signal.addEventListener("abort", abandon, { once: true });
        const rejects = {
          write(some: readonly Reject[]) {
            observer.rejected(work.name, some);
            trailer?.add(some);
          },
        };
        const bytes = incoming.stream((length) => counts.bytesIn += length);
        const lines = answerRecords(bytes, { interest, counts, codec, rejects }, {
          ...options,
          format: type.type === csvType ? "csv" : "jsonl",
          windowWaitMs,
        }).getReader();
        const close = (hasFailed: boolean, reason: unknown) => {
          admission.signal.removeEventListener("abort", abandon);
          interest.close(reason);
          span.setAttributes(keyAttributes(interest.counts));
          end(hasFailed, reason);
        };
        /** The next bytes of the answer; the trailer last. */
        const next = async (): Promise<Uint8Array<ArrayBuffer> | undefined> => {
          const { done, value } = await lines.read();
          if (!done) return value;
          if (isOver) return undefined;
          checkSums({ counts, interest });
          close(false, new Error("Cannot go on with a request: it is answered"));
          return trailer && await packed((type.type === csvType ? "#" : "") + trailer.line(counts), codec);
        };
        const giveUp = (error: unknown): HttpProblem => {
          close(true, error);
          void lines.cancel(error).catch(() => {});
          return fail(error);
        };
        let first: Uint8Array<ArrayBuffer> | undefined;
        try {
          // Waited for, so that what is wrong from the beginning has a status of its own.
          first = await next();
        } catch (error) {
          throw giveUp(error);
        }
        const answer = new ReadableStream<Uint8Array<ArrayBuffer>>({
          async pull(controller) {
            try {
              const chunk = first ?? await next();
              first = undefined;
              if (chunk === undefined) return controller.close();
              counts.bytesOut += chunk.length;
              controller.enqueue(chunk);
            } catch (error) {
              controller.error(giveUp(error));
            }
          },
          cancel: (reason) => void giveUp(reason),
        }, { highWaterMark: 0 });
        return new Response(answer, { headers: headersOf(type, codec) });
      } catch (error) {
        throw fail(error);
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
  const type = request.headers.get("content-type")?.split(";")[0]!.trim().toLowerCase() ?? "";
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

/** Compressed as the rest of the answer; members of gzip may follow each other. */
async function packed(text: string, { gzip }: Codec): Promise<Uint8Array<ArrayBuffer>> {
  const plain = new Blob([text]);
  const stream = gzip ? plain.stream().pipeThrough(new CompressionStream("gzip")) : plain.stream();
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
