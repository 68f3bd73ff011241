import type { Reject, RejectReason } from "../batch.ts";
import { cutBytes } from "../rejects.ts";
import type { CsvDelimiter } from "./csv_delimiters.ts";
import type { CsvRecord, CsvWindow } from "./csv_record_reader.ts";
import { isUtf8 } from "./is_utf8.ts";
import { type PackedRows, packRows } from "./pack_rows.ts";
import { parseCsv } from "./parse_csv.ts";

export interface CsvRowsOptions {
  /** Fields of the header row. */
  readonly columns: number;
  readonly delimiter: CsvDelimiter;
}

/** A record and what it says. */
export interface CsvRow {
  readonly record: CsvRecord;
  readonly fields: readonly string[];
}

/** The good records of a window. */
export interface CsvRows {
  readonly rows: CsvRow[];
  /** The same as they are written, where all that was worth parsing was good. */
  readonly packed?: PackedRows;
}

/** Takes a window's records apart; those that are not UTF-8, ragged or badly quoted go to its rejects, out of order. */
export function csvRows(window: CsvWindow, { columns, delimiter }: CsvRowsOptions): CsvRows {
  const { bytes, records, rejects } = window;
  const isAllUtf8 = isUtf8(bytes);
  const candidates = records.filter((record) => {
    const isRecordUtf8 = isAllUtf8 || isUtf8(bytes.subarray(record.start, record.end));
    if (isRecordUtf8 && !record.hasStrayQuote && record.fields === columns) return true;
    const reason = !isRecordUtf8 ? "invalid_utf8" : record.hasStrayQuote ? "invalid_csv" : "ragged_row";
    rejects.push(rejectedRecord(bytes, record, reason));
    return false;
  });
  const packed = packRows(bytes, candidates);
  const parsed = parseCsv(packed.text, { records: candidates.length, columns, delimiter });
  const rows: CsvRow[] = [];
  for (const [i, record] of candidates.entries()) {
    // Where the parser sees other records than the cutter does, each has to be one by itself.
    const fields = parsed?.[i] ??
      parseCsv(bytes.subarray(record.start, record.end), { records: 1, columns, delimiter })?.[0];
    if (fields === undefined) rejects.push(rejectedRecord(bytes, record, "invalid_csv"));
    else rows.push({ record, fields });
  }
  return { rows, packed: rows.length === candidates.length ? packed : undefined };
}

/** A record as it is set aside. */
export function rejectedRecord(
  bytes: Uint8Array,
  { line, start, end }: CsvRecord,
  reason: RejectReason,
): Reject {
  return { line, reason, text: cutBytes(bytes.subarray(start, end)).slice(), bytes: end - start };
}
