import { csvError } from "./csv_error.ts";
import type { CsvDelimiter } from "./csv_delimiters.ts";
import type { CsvRecord } from "./csv_record_reader.ts";
import { parseCsv } from "./parse_csv.ts";
import { isUtf8 } from "./is_utf8.ts";

/**
 * The names in a header row.
 *
 * @param bytes Without the line end.
 * @throws {Error} It is not UTF-8, or has a stray quote.
 */
export function csvHeader(
  bytes: Uint8Array,
  { fields, hasStrayQuote }: CsvRecord,
  delimiter: CsvDelimiter,
): string[] {
  if (!isUtf8(bytes)) throw csvError("its header row is not UTF-8");
  const names = hasStrayQuote ? undefined : parseCsv(bytes, { records: 1, columns: fields, delimiter })?.[0];
  if (names === undefined) throw csvError("its header row has a stray quote");
  return names;
}
