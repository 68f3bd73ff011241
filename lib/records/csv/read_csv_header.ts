import type { CsvDelimiter } from "./csv_delimiters.ts";
import type { CsvDialect } from "./csv_dialect.ts";
import { type CsvPosition, CsvRecordReader } from "./csv_record_reader.ts";

export interface ReadCsvHeaderOptions {
  /** What stands between fields. Defaults to `,`. */
  readonly delimiter?: CsvDelimiter;
  readonly maxLineBytes: number;
}

/** A header row, and what comes behind it. */
export interface CsvHeader {
  /** As it is written, without line end and byte-order mark. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly dialect: CsvDialect;
  /** Where the first record begins. */
  readonly next: CsvPosition;
}

/**
 * Reads bytes up to the end of the header row, and no further; undefined if there is no such row. Cancels the rest.
 *
 * @throws {Error} The header row has a quote that does not close, or is longer than `maxLineBytes`.
 */
export async function readCsvHeader(
  bytes: ReadableStream<Uint8Array>,
  { delimiter = ",", maxLineBytes }: ReadCsvHeaderOptions,
): Promise<CsvHeader | undefined> {
  let header: CsvHeader | undefined;
  const reader = new CsvRecordReader({
    holdsHeader: false,
    get hasHeader() {
      return header !== undefined;
    },
    readHeader: (row, _, { dialect, next }) => header = { bytes: row.slice(), dialect, next },
    judge: () => {},
  }, { delimiter, maxLineBytes, windowRecords: Infinity, windowBytes: Infinity });
  for await (const chunk of bytes) {
    reader.read(chunk);
    if (header !== undefined) return header;
  }
  reader.end();
  return header;
}
