import type { ObjectCounts, Reject } from "../records/batch.ts";
import { type CsvRange, csvRange } from "../records/csv/csv_range.ts";
import type { CsvDelimiter } from "../records/csv/csv_delimiters.ts";
import type { Matcher } from "./match/matcher.ts";
import { checkUsableRecords, type MaxRejects } from "../records/max_rejects.ts";
import type { ReadNote } from "../records/read_note.ts";
import type { CsvHeaderMatch } from "../records/record_format.ts";
import type { Zstd } from "../records/stages/decompress.ts";
import { readCsvRows } from "../records/read_records.ts";
import { type MatchKinds, MatchStream } from "./match_stream.ts";
import { BodyStream } from "../sources/body_stream.ts";
import type { Store, StoredObject } from "../stores/store.ts";
import type { MatchTable } from "./tables/match_table.ts";
import { MatchTableStream } from "./tables/match_table_stream.ts";

/** How menus are read and matched: the same for all objects. */
export interface MatchOptions {
  readonly matcher: Pick<Matcher, "match">;
  readonly table: MatchTable;
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
  /** Called with what is worth knowing about an object, though it is read. */
  readonly onNote?: (address: string, note: ReadNote) => void;
  /** How long the source may be silent, in seconds. */
  readonly idleSeconds: number;
  readonly signal: AbortSignal;
  /** Called after each batch, with how many of its pairs are new in the table. */
  readonly onWritten: (added: number) => void;
}

/** One object, and what is counted of it. */
export interface ObjectMatch {
  readonly store: Store;
  readonly object: StoredObject;
  /** Defaults to all of it. */
  readonly range?: CsvRange;
  readonly counts: ObjectCounts;
  readonly kinds: MatchKinds;
}

/** Rows in a batch, and its size in bytes. */
export const matchWindow = { windowRecords: 1_000, windowBytes: 1024 ** 2 } as const;

/**
 * Takes one object of menus through the stages. When it resolves, all pairs and rejects are in the table.
 *
 * @throws {SluiceError} The object cannot be read, or lacks a column; `sink`: the table cannot be written. What was written
 * stays.
 */
export async function matchObject(
  { store, object, range, counts, kinds }: ObjectMatch,
  options: MatchOptions,
) {
  const { idField, idleSeconds, maxRejects, onNote, onWritten, table, textFields } = options;
  // A body that is no longer read would otherwise see a broken connection, and resume it.
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const address = store.url + object.name;
  let head: Uint8Array | undefined;
  const read = (start: number) => new BodyStream({ store, object, counts, idleSeconds, signal, start });
  try {
    const body = range === undefined ? { bytes: read(0) } : await csvRange(read, range, options);
    await readCsvRows(body.bytes, {
      ...options,
      ...matchWindow,
      ...body,
      columns: [idField, ...textFields],
      required: [idField],
      counts,
      onHead: (bytes) => head = bytes,
      onNote: (note) => onNote?.(address, note),
    })
      .pipeThrough(
        new MatchStream({
          ...options,
          counts,
          kinds,
          onRejects: (rejects) => table.reject(rejects.map((reject) => rejectOf(address, reject)), signal),
        }),
      )
      .pipeTo(new MatchTableStream({ table, signal, onWritten }), { signal });
    // Of a range that holds bad rows only, the rest may be good.
    if (range === undefined) checkUsableRecords(counts, { format: "csv", head, maxRejects });
  } finally {
    over.abort();
  }
}

function rejectOf(object: string, reject: Reject) {
  return { ...reject, object };
}
