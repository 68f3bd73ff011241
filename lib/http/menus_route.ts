import { ObjectCounts, type Reject } from "../batch.ts";
import type { CsvDelimiter } from "../csv/csv_delimiters.ts";
import type { JobObserver } from "../job.ts";
import type { Matcher } from "../match/matcher.ts";
import { matchWindow } from "../match_object.ts";
import { CsvRowsStream } from "../stages/csv_rows.ts";
import { type Codec, DecompressStream } from "../stages/decompress.ts";
import { type FoundMatch, type MatchKinds, MatchStream } from "../stages/match.ts";
import type { MatchTable } from "../tables/match_table.ts";
import { maxBatchRows } from "../tables/match_table_stream.ts";
import { failureProblem } from "./failure_problem.ts";
import type { Route } from "./http_server.ts";
import { IncomingBody, type IncomingBodyOptions } from "./incoming_body.ts";
import { HttpProblem } from "./problem.ts";
import { windowWaitMs } from "./records_route.ts";
import { RecordsTrailer } from "./records_trailer.ts";
import type { RequestDesk } from "./request_desk.ts";

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
}

const encoder = new TextEncoder();

/**
 * `POST /v1/menus`: CSV of menus in, their terms out as JSON lines, `{"line":…,"menu_id":…,"term_id":…,"score":…,
 * "matched":…,"kind":…}`, in the order of the rows, as they are found; at the end a line with the counts and rejects, as
 * `RecordsTrailer` has it, and `pairs` by kind. A menu of many rows may have a term in several: then it comes several
 * times. Where there is a table, a window's pairs and rejects are in it before they are sent. Reads no further than the answer
 * is taken.
 *
 * What fails before the first line of the answer is a problem document; later the connection is broken off. A body takes a
 * place among the requests with its first line.
 */
export function menusRoute(options: MenusRouteOptions): Route {
  const { desk, maxExpansion, observer } = options;
  return {
    async handle(request) {
      checkType(request);
      const incoming = new IncomingBody(request, options);
      await incoming.readFirstLine();
      const admission = desk.admit(request);
      const counts = new ObjectCounts();
      const kinds: MatchKinds = { exact: 0, folded: 0, fuzzy: 0 };
      const trailer = new RecordsTrailer();
      const work = { name: `/v1/menus, request ${admission.number}` };
      observer.begun(work, counts);
      const { signal } = admission;
      const codec: Codec = { gzip: false };
      const found = incoming.stream((length) => counts.bytesIn += length)
        .pipeThrough(new DecompressStream({ codec, maxExpansion }), { signal })
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
              await options.table?.reject(
                rejects.map((reject) => ({ ...reject, object: work.name })),
                signal,
              );
            },
          }),
        ).getReader();
      let isOver = false;
      const end = (hasFailed: boolean) => {
        if (isOver) return;
        isOver = true;
        admission.end(hasFailed);
        observer.ended(work, counts, hasFailed ? "failed" : "done");
      };
      const giveUp = (error: unknown) => {
        end(true);
        const problem = failureProblem(signal.aborted ? signal.reason : error);
        void found.cancel(problem).catch(() => {});
        void incoming.cancel(problem);
        return problem;
      };
      /** The next bytes of the answer; the trailer last. */
      const next = async (): Promise<Uint8Array<ArrayBuffer> | undefined> => {
        const { done, value } = await found.read();
        if (!done) {
          await write(value, options.table, signal);
          return encoder.encode(value.map(lineOf).join(""));
        }
        if (isOver) return undefined;
        end(false);
        const { sluice } = JSON.parse(trailer.line(counts));
        return encoder.encode(`${JSON.stringify({ sluice: { ...sluice, pairs: kinds } })}\n`);
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
      return new Response(answer, {
        headers: { "content-type": "application/x-ndjson", "x-content-type-options": "nosniff" },
      });
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

async function write(
  found: readonly FoundMatch[],
  table: MatchTable | undefined,
  signal: AbortSignal,
): Promise<void> {
  for (let at = 0; table !== undefined && at < found.length; at += maxBatchRows) {
    await table.write(found.slice(at, at + maxBatchRows), signal);
  }
}

function lineOf({ line, menuId, termId, score, matched, kind }: FoundMatch): string {
  return `${JSON.stringify({ line, menu_id: menuId, term_id: termId, score, matched, kind })}\n`;
}
