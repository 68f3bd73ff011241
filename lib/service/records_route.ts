import type { Answers } from "../answers/answers.ts";
import type { Reject } from "../records/batch.ts";
import { checkSums } from "../records/check_sums.ts";
import { answerRecords, type RecordOptions } from "../records/pipeline.ts";
import type { Codec } from "../records/stages/decompress.ts";
import { keyAttributes } from "../telemetry/tracing.ts";
import type { Route } from "./http_server.ts";
import { HttpProblem } from "./problem.ts";
import { RecordsTrailer } from "./records_trailer.ts";
import { streamedAnswer, type StreamedAnswerOptions } from "./streamed_answer.ts";

export interface RecordsRouteOptions extends RecordOptions, StreamedAnswerOptions {
  readonly answers: Answers;
}

/** How long the first line of a window waits for others, in milliseconds: a client may be waiting for its answer. */
export const windowWaitMs = 50;

/** Content types of JSON lines, and of gzip with JSON lines in it; answers have the first of each. */
export const lineTypes = [
  "application/x-ndjson",
  "application/ndjson",
  "application/jsonl",
  "application/json-lines",
];
const csvType = "text/csv";
export const gzipTypes = ["application/gzip", "application/x-gzip"];

/**
 * `POST /v1/records`: takes records and returns them with their answers, line by line, as they are answered; the last
 * line is the {@linkcode RecordsTrailer}, unless `?trailer=none`; after CSV it begins with `#`. Reads the body only as
 * fast as the answer is read. Fails as {@linkcode streamedAnswer} does.
 */
export function recordsRoute(options: RecordsRouteOptions): Route {
  const { answers, observer } = options;
  return {
    handle(request) {
      const type = typeOf(request);
      const trailer = trailerOf(request);
      return streamedAnswer(
        request,
        "/v1/records",
        options,
        async ({ bytes, counts, name, signal, span }) => {
          const codec: Codec = { gzip: false };
          const objectAnswers = await answers.open(signal);
          objectAnswers.span = span;
          const check = () => checkSums(counts, objectAnswers.counts);
          const reject = (some: readonly Reject[]) => {
            observer.rejected(name, some);
            trailer?.add(some);
          };
          const last = trailer && (() => {
            check();
            return (type.type === csvType ? "#" : "") + trailer.line(counts, options.recipe);
          });
          return {
            bytes: answerRecords(bytes, { objectAnswers, counts, codec, reject, last }, {
              ...options,
              format: type.type === csvType ? "csv" : "jsonl",
              windowWaitMs,
            }),
            headers: () => headersOf(type, codec),
            check,
            close: (reason) => objectAnswers.close(reason),
            attributes: () => keyAttributes(objectAnswers.counts),
          };
        },
      );
    },
  };
}

/** The body's content type, and whether it is declared to be compressed. */
interface BodyType {
  readonly type: string;
  readonly isEncoded: boolean;
}

function typeOf(request: Request): BodyType {
  const type = (request.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  const encoding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (encoding !== "gzip" && encoding !== "identity") {
    throw new HttpProblem(415, `/v1/records accepts content-encoding gzip or none, not ${encoding}`);
  }
  if (!lineTypes.includes(type) && !gzipTypes.includes(type) && type !== csvType) {
    throw new HttpProblem(
      415,
      "/v1/records accepts application/x-ndjson, text/csv, and application/gzip with JSON lines in it, not " +
        (type || "a body without content-type"),
    );
  }
  return { type, isEncoded: encoding === "gzip" };
}

function headersOf({ type, isEncoded }: BodyType, codec: Codec): Record<string, string> {
  if (codec.zstd !== undefined) return { "content-type": type, "content-encoding": "zstd" };
  if (!codec.gzip) return { "content-type": gzipTypes.includes(type) ? lineTypes[0]! : type };
  return isEncoded ? { "content-type": type, "content-encoding": "gzip" } : { "content-type": gzipTypes[0]! };
}

function trailerOf(request: Request): RecordsTrailer | undefined {
  const wanted = new URL(request.url).searchParams.get("trailer");
  if (wanted !== null && wanted !== "none") {
    throw new HttpProblem(400, `trailer must be none or omitted, is ${wanted}`);
  }
  return wanted === "none" ? undefined : new RecordsTrailer();
}
