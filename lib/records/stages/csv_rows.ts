import type { ObjectCounts, Reject } from "../batch.ts";
import { csvColumns } from "../csv/csv_columns.ts";
import type { CsvDelimiter } from "../csv/csv_delimiters.ts";
import { csvHeader } from "../csv/csv_header.ts";
import type {
  CsvHeaderPlace,
  CsvRecord,
  CsvRecordReaderOptions,
  CsvWindow,
  CsvWindowHandler,
} from "../csv/csv_record_reader.ts";
import { csvRows, rejectedRecord } from "../csv/csv_rows.ts";
import type { CsvHeaderMatch } from "../record_format.ts";
import type { WindowSize } from "../window_size.ts";
import { csvWindows } from "./csv_windows.ts";

export interface CsvRowsStreamOptions
  extends WindowSize, Pick<CsvRecordReaderOptions, "delimiterFlag" | "dialect" | "firstLine" | "onNote"> {
  /** The columns that are wanted, by their names in the header row. */
  readonly columns: readonly string[];
  /** Those of them that must not be empty; a row that has no more to say there is rejected. */
  readonly required?: readonly string[];
  /** What stands between fields, where the bytes do not say it. Defaults to `,`. */
  readonly delimiter?: CsvDelimiter;
  /** How names of columns are compared. Defaults to `exact`. */
  readonly csvHeader?: CsvHeaderMatch;
  /** A record with more bytes than this, its line end not counted, is rejected. */
  readonly maxLineBytes: number;
  /** How long the first record of a window waits for others, at most, in milliseconds. Unlimited by default. */
  readonly windowWaitMs?: number;
  /** `in`, `rejected` and `blank` are counted here; `out` by the reader of the rows. */
  readonly counts: ObjectCounts;
}

/** A row's wanted fields. */
export interface CsvFields {
  /** Counted from 1, blank lines and the header row included; of a row of several lines, the first. */
  readonly line: number;
  /** In the order in which the columns were wanted. */
  readonly fields: readonly string[];
}

/** The rows of one window, in order. */
export interface CsvRowBatch {
  readonly rows: readonly CsvFields[];
  /** What was set aside between them, in order. */
  readonly rejects: readonly Reject[];
}

/**
 * Bytes of CSV to batches of rows with the wanted fields; what is no record becomes a reject. Records are separated, and
 * bad ones set aside, as `CsvStream` does. Of a column that stands twice, the last one counts. Bytes without any line that
 * is not empty have no header row, and give nothing.
 *
 * Buffers as `CsvRecordReader` does.
 *
 * @throws {Error} In the stream: the header row cannot be read, or has no column of a wanted name.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { ObjectCounts } from "../batch.ts";
 * import { CsvRowsStream } from "./csv_rows.ts";
 *
 * const csv = new Blob(['id,name,more\n1,"Tea, hot",x\n2,Rum\n']).stream();
 * const [batch] = await Array.fromAsync(csv.pipeThrough(
 *   new CsvRowsStream({
 *     columns: ["name", "id"],
 *     maxLineBytes: 1_000,
 *     windowRecords: 10,
 *     windowBytes: 1_000,
 *     counts: new ObjectCounts(),
 *   }),
 * ));
 * assertEquals(batch!.rows, [{ line: 2, fields: ["Tea, hot", "1"] }]);
 * assertEquals(batch!.rejects.map(({ line, reason }) => [line, reason]), [[3, "ragged_row"]]);
 * ```
 */
export class CsvRowsStream extends TransformStream<Uint8Array, CsvRowBatch> {
  constructor(options: CsvRowsStreamOptions) {
    const delimited = { ...options, delimiter: options.delimiter ?? "," };
    super(csvWindows(delimited, (enqueue) => new RowBatchBuilder(delimited, enqueue)));
  }
}

/** What the header row says. */
interface Header {
  /** Number of columns. */
  readonly columns: number;
  readonly delimiter: CsvDelimiter;
  /** Where the wanted ones stand. */
  readonly places: readonly number[];
  /** Where those that must not be empty stand. */
  readonly required: readonly number[];
}

/** Of bytes without a line that is not empty. */
const noHeader: Header = { columns: 0, delimiter: ",", places: [], required: [] };

/** Makes batches of fields. */
class RowBatchBuilder implements CsvWindowHandler {
  readonly holdsHeader = false;
  readonly #options: CsvRowsStreamOptions;
  readonly #enqueue: (batch: CsvRowBatch) => void;
  #header: Header | undefined;

  constructor(options: CsvRowsStreamOptions, enqueue: (batch: CsvRowBatch) => void) {
    this.#options = options;
    this.#enqueue = enqueue;
  }

  get hasHeader(): boolean {
    return this.#header !== undefined;
  }

  readHeader(bytes: Uint8Array, record: CsvRecord, { dialect: { delimiter } }: CsvHeaderPlace): void {
    const names = csvHeader(bytes, record, delimiter);
    const { columns, csvHeader: match, delimiterFlag, required = [] } = this.#options;
    const [places, needed] = [columns, required].map((wanted) =>
      csvColumns(names, wanted, { delimiter, delimiterFlag, match })
    ) as [number[], number[]];
    this.#header = { columns: names.length, delimiter, places, required: needed };
  }

  judge(window: CsvWindow): void {
    const { counts } = this.#options;
    const { columns, delimiter, places, required } = this.#header ?? noHeader;
    const rows = csvRows(window, { columns, delimiter }).rows.filter(({ record, fields }) => {
      if (required.every((place) => fields[place] !== "")) return true;
      window.rejects.push(rejectedRecord(window.bytes, record, "missing_key_field"));
      return false;
    });
    const rejects = window.rejects.sort((a, b) => a.line - b.line);
    counts.in += window.blank + rows.length + rejects.length;
    counts.blank += window.blank;
    counts.rejectAll(rejects);
    if (rows.length + rejects.length === 0) return;
    this.#enqueue({
      rows: rows.map(({ record, fields }) => ({
        line: record.line,
        fields: places.map((place) => fields[place]!),
      })),
      rejects,
    });
  }
}
