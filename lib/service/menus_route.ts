import type { CsvDelimiter } from "../records/csv/csv_delimiters.ts";
import type { Matcher } from "../menus/match/matcher.ts";
import { matchWindow } from "../menus/match_object.ts";
import { checkUsableRecords, type MaxRejects } from "../records/max_rejects.ts";
import type { CsvHeaderMatch } from "../records/record_format.ts";
import type { Zstd } from "../records/stages/decompress.ts";
import { readCsvRows } from "../records/read_records.ts";
import { type FoundMatch, type MatchKinds, MatchStream } from "../menus/match_stream.ts";
import type { MatchTable } from "../menus/tables/match_table.ts";
import { maxBatchRows } from "../menus/tables/match_table_stream.ts";
import { reasonOf } from "../errors/sluice_error.ts";
import type { Route } from "./http_server.ts";
import { HttpProblem } from "./problem.ts";
import { windowWaitMs } from "./records_route.ts";
import { RecordsTrailer } from "./records_trailer.ts";
import { streamedAnswer, type StreamedAnswerOptions } from "./streamed_answer.ts";

export interface MenusRouteOptions extends StreamedAnswerOptions {
  readonly matcher: Pick<Matcher, "match">;
  /** Where the matches go beside the answer; nowhere by default. */
  readonly table?: MatchTable;
  readonly idField: string;
  readonly textFields: readonly string[];
  readonly delimiter: CsvDelimiter;
  readonly csvHeader?: CsvHeaderMatch;
  readonly maxLineBytes: number;
  readonly maxExpansion: number;
  /** Undoes zstd; without it, zstd is an error. */
  readonly zstd?: Zstd;
  /** What holds no usable row at all fails, unless all may be rejects. */
  readonly maxRejects?: MaxRejects;
}

const encoder = new TextEncoder();

/**
 * `POST /v1/menus`: takes CSV of menus and returns their terms as JSON lines, `{"line":…,"menu_id":…,"term_id":…,"score":…,
 * "matched":…,"kind":…}`, in the order of the rows, as they are found; the last line has the counts and rejects, as
 * `RecordsTrailer` has it, and `pairs` by kind. A term that occurs in several rows of a menu is returned for each of them.
 * If there is a table, a window's matches and rejects are written to it before they are sent; rejects under the name of
 * the request, which is unique. Reads the body only as fast as the answer is read.
 * Fails as {@linkcode streamedAnswer} does.
 */
export function menusRoute(options: MenusRouteOptions): Route {
  const { maxRejects, observer, table } = options;
  return {
    handle(request) {
      checkType(request);
      return streamedAnswer(request, "/v1/menus", options, ({ bytes, counts, name, signal }) => {
        const kinds: MatchKinds = { exact: 0, folded: 0, fuzzy: 0 };
        const trailer = new RecordsTrailer();
        // Request numbers start over with each process, and rejects of the same object and line replace each other.
        const object = `${name}, ${crypto.randomUUID()}`;
        let head: Uint8Array | undefined;
        const rows = readCsvRows(bytes, {
          ...options,
          ...matchWindow,
          windowWaitMs,
          columns: [options.idField, ...options.textFields],
          required: [options.idField],
          counts,
          onHead: (bytes) => head = bytes,
        });
        const matches = new MatchStream({
          ...options,
          counts,
          kinds,
          onRejects: async (rejects) => {
            observer.rejected(name, rejects);
            trailer.add(rejects);
            if (table === undefined) return;
            const named = rejects.map((reject) => ({ ...reject, object }));
            await kept(signal, () => table.reject(named, signal));
          },
        });
        const lines = new TransformStream<readonly FoundMatch[], Uint8Array<ArrayBuffer>>({
          async transform(found, controller) {
            if (table !== undefined) await kept(signal, () => write(found, table, signal));
            controller.enqueue(encoder.encode(found.map(lineOf).join("")));
          },
          flush(controller) {
            checkUsableRecords(counts, { format: "csv", head, maxRejects });
            controller.enqueue(encoder.encode(lastLine(trailer.line(counts), kinds)));
          },
        });
        return {
          bytes: rows.pipeThrough(matches).pipeThrough(lines),
          headers: () => ({ "content-type": "application/x-ndjson" }),
        };
      });
    },
  };
}

function checkType(request: Request): void {
  const type = (request.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  if (type !== "text/csv") {
    throw new HttpProblem(415, `/v1/menus accepts text/csv, not ${type || "a body without content-type"}`);
  }
  const encoding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (encoding !== "gzip" && encoding !== "identity") {
    throw new HttpProblem(415, `/v1/menus accepts content-encoding gzip or none, not ${encoding}`);
  }
}

async function write(found: readonly FoundMatch[], table: MatchTable, signal: AbortSignal): Promise<void> {
  for (let at = 0; at < found.length; at += maxBatchRows) {
    await table.write(found.slice(at, at + maxBatchRows), signal);
  }
}

/** A failure of the table is the server's, and may pass soon. */
async function kept(signal: AbortSignal, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    signal.throwIfAborted();
    throw new HttpProblem(503, reasonOf(error), { "retry-after": "30" }, error);
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
