import type { CsvDelimiter } from "./csv_delimiters.ts";

const QUOTE = 0x22;

/** Where a row stands, and how it is written. */
export interface CsvRowPosition {
  /** The row's bytes begin here. */
  readonly start: number;
  /** The row's bytes end here, its line end not included. */
  readonly end: number;
  readonly delimiter: CsvDelimiter;
}

/**
 * The fields of a row as it is written, in order: each from its first byte up to, not including, the second. The quotes
 * of a quoted field are part of it.
 *
 * @param bytes Hold a row whose quotes are in order.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { csvFieldSpans } from "./csv_field_spans.ts";
 *
 * const row = new TextEncoder().encode('1,"a,b",');
 * assertEquals(csvFieldSpans(row, { start: 0, end: 8, delimiter: "," }), [[0, 1], [2, 7], [8, 8]]);
 * ```
 */
export function csvFieldSpans(bytes: Uint8Array, row: CsvRowPosition): [start: number, end: number][] {
  const delimiter = row.delimiter.charCodeAt(0);
  const spans: [number, number][] = [];
  for (let start = row.start, at = start;; start = ++at) {
    if (bytes[at] === QUOTE) {
      // A doubled quote ends the field and begins it again, which has the same result.
      while (at < row.end && bytes[at] === QUOTE) at = bytes.indexOf(QUOTE, at + 1) + 1;
    }
    while (at < row.end && bytes[at] !== delimiter) at++;
    spans.push([start, at]);
    if (at >= row.end) return spans;
  }
}
