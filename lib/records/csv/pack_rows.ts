import type { CsvRecord } from "./csv_record_reader.ts";

const LF = 10;

/** Rows one after the other, each ending in LF. */
export interface PackedRows {
  readonly text: Uint8Array<ArrayBuffer>;
  /** For each row, the index of its LF. */
  readonly ends: Uint32Array;
}

/** Copies records out of the bytes that they lie in. */
export function packRows(bytes: Uint8Array, records: readonly CsvRecord[]): PackedRows {
  const text = new Uint8Array(records.reduce((sum, { start, end }) => sum + end - start + 1, 0));
  const ends = new Uint32Array(records.length);
  let filled = 0;
  for (const [i, { start, end }] of records.entries()) {
    text.set(bytes.subarray(start, end), filled);
    ends[i] = filled += end - start;
    text[filled++] = LF;
  }
  return { text, ends };
}
