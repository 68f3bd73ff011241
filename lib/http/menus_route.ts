import { ObjectCounts, type Reject } from "../batch.ts";
import type { CsvDelimiter } from "../csv/csv_delimiters.ts";
import type { JobObserver } from "../job.ts";
import type { Matcher } from "../match/matcher.ts";
import { matchWindow } from "../match_object.ts";
import { CsvRowsStream } from "../stages/csv_rows.ts";
import { DecompressStream } from "../stages/decompress.ts";
import { type FoundMatch, type MatchKinds, MatchStream } from "../stages/match.ts";
import type { MatchTable } from "../tables/match_table.ts";
import { maxBatchRows } from "../tables/match_table_stream.ts";
import type { Tell } from "../tell.ts";
import { failSpan, recordAttributes, startRequestSpan } from "../tracing.ts";
import { admitted } from "./admitted.ts";
import { failureProblem } from "./failure_problem.ts";
import type { Route } from "./http_server.ts";
import { IncomingBody, type IncomingBodyOptions } from "./incoming_body.ts";
import { HttpProblem } from "./problem.ts";
import { windowWaitMs } from "./records_route.ts";
import { RecordsTrailer } from "./records_trailer.ts";
import type { RequestDesk } from "./request_desk.ts";
import { tellFailure } from "./tell_failure.ts";

export interface MenusRouteOptions extends IncomingBodyOptions {
  readonly matcher: Pick<Matcher, "match">;
  /** Where the pairs go beside the answer; nowhere unless told. */
  readonly table?: MatchTable;
  readonly idField: string;
  readonly textFields: readonly string[];
  readonly delimiter: CsvDelimiter;
  readonly maxLineBytes: number;
  readonly maxExpansion: number;
  readonly desk: RequestDesk;
  readonly observer: JobObserver & { rejected(name: string, rejects: readonly Reject[]): void };
  /** Told of answers that were broken off. */
  readonly tell: Tell;
}

const encoder = new TextEncoder();

/**
 * `POST /v1/menus`: CSV of menus in, their terms out as JSON lines, `{"line":…,"menu_id":…,"term_id":…,"score":…,
 * "matched":…,"kind":…}`, in the order of the rows, as they are found; at the end a line with the counts and rejects, as
 * `RecordsTrailer` has it, and `pairs` by kind. A menu of many rows may have a term in several: then it comes several
 * times. Where there is a table, a window's pairs and rejects are in it before they are sent; rejects under the name of the
 * request, which no other one has. Reads no further than the answer is taken.
 *
 * What fails before the first line of the answer is a problem document; later the connection is broken off. A body takes a
 * place among the requests with its first line.
 */
export function menusRoute(options: MenusRouteOptions): Route {
  const { desk, maxExpansion, observer, table, tell } = options;
  return {
    async handle(request) {
      checkType(request);
      const incoming = new IncomingBody(request, options);
      await incoming.readFirstLine();
      const admission = admitted(desk, request, incoming);
      const { signal } = admission;
      const counts = new ObjectCounts();
      const kinds: MatchKinds = { exact: 0, folded: 0, fuzzy: 0 };
      const trailer = new RecordsTrailer();
      const work = { name: `/v1/menus, request ${admission.number}` };
      // Numbers begin anew with each process, and rejects of the same object and line take each other's place.
      const object = `${work.name}, ${crypto.randomUUID()}`;
      const span = startRequestSpan(request);
      observer.begun(work, counts);
      let found: ReadableStreamDefaultReader<readonly FoundMatch[]> | undefined;
      let answer: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;

      let isOver = false;
      const end = (hasFailed: boolean, reason?: unknown) => {
        isOver = true;
        signal.removeEventListener("abort", giveUp);
        if (hasFailed) failSpan(span, reason);
        span.setAttributes({ ...recordAttributes(counts), "sluice.outcome": hasFailed ? "failed" : "done" })
          .end();
        admission.end(hasFailed);
        observer.ended(work, counts, hasFailed ? "failed" : "done");
      };
      /** Gives everything back; breaks the answer off where it has begun. */
      const fail = (error: unknown, isWanted = true) => {
        if (isOver) return;
        end(true, error);
        void found?.cancel(error).catch(() => {});
        void incoming.cancel(error);
        if (answer === undefined || !isWanted) return;
        tellFailure(`Cannot finish ${work.name}`, failureProblem(error), tell);
        answer.error(error);
      };
      // Whoever waits for a sender or a reader does not look at the signal.
      const giveUp = () => fail(signal.reason);
      signal.addEventListener("abort", giveUp, { once: true });

      try {
        signal.throwIfAborted();
        found = incoming.stream((length) => counts.bytesIn += length)
          .pipeThrough(new DecompressStream({ codec: { gzip: false }, maxExpansion }))
          .pipeThrough(
            new CsvRowsStream({
              ...options,
              ...matchWindow,
              windowWaitMs,
              columns: [options.idField, ...options.textFields],
              required: [options.idField],
              counts,
            }),
          )
          .pipeThrough(
            new MatchStream({
              ...options,
              counts,
              kinds,
              onRejects: async (rejects) => {
                observer.rejected(work.name, rejects);
                trailer.add(rejects);
                if (table === undefined) return;
                const named = rejects.map((reject) => ({ ...reject, object }));
                await kept(signal, () => table.reject(named, signal));
              },
            }),
          ).getReader();
        /** The next bytes of the answer; the trailer last. */
        const next = async (): Promise<Uint8Array<ArrayBuffer> | undefined> => {
          const { done, value } = await found!.read();
          signal.throwIfAborted();
          if (isOver) return undefined;
          if (!done && table !== undefined) await kept(signal, () => write(value, table, signal));
          const bytes = encoder.encode(
            done ? lastLine(trailer.line(counts), kinds) : value.map(lineOf).join(""),
          );
          counts.bytesOut += bytes.length;
          if (done) end(false);
          return bytes;
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
        return new Response(body, {
          headers: { "content-type": "application/x-ndjson", "x-content-type-options": "nosniff" },
        });
      } catch (error) {
        const cause = signal.aborted ? signal.reason : error;
        fail(cause);
        throw failureProblem(cause);
      }
    },
  };
}

function checkType(request: Request): void {
  const type = (request.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  if (type !== "text/csv") {
    throw new HttpProblem(415, `/v1/menus takes text/csv, not ${type || "a body without content-type"}`);
  }
  const encoding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (encoding !== "gzip" && encoding !== "identity") {
    throw new HttpProblem(415, `/v1/menus takes content-encoding gzip, or none, not ${encoding}`);
  }
}

async function write(found: readonly FoundMatch[], table: MatchTable, signal: AbortSignal): Promise<void> {
  for (let at = 0; at < found.length; at += maxBatchRows) {
    await table.write(found.slice(at, at + maxBatchRows), signal);
  }
}

/** A table that fails is the server's trouble, and may be over soon. */
async function kept(signal: AbortSignal, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    signal.throwIfAborted();
    throw new HttpProblem(503, error instanceof Error ? error.message : String(error), {
      "retry-after": "30",
    });
  }
}

/** The trailer of records, with the matches by kind. */
function lastLine(trailer: string, pairs: MatchKinds): string {
  const { sluice } = JSON.parse(trailer);
  return `${JSON.stringify({ sluice: { ...sluice, pairs } })}\n`;
}

function lineOf({ line, menuId, termId, score, matched, kind }: FoundMatch): string {
  return `${JSON.stringify({ line, menu_id: menuId, term_id: termId, score, matched, kind })}\n`;
}
