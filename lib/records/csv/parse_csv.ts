import { CsvError, parse } from "csv-parse/sync";
import type { CsvDelimiter } from "./csv_delimiters.ts";

/** How the records of a text were cut. */
export interface CutCsv {
  readonly records: number;
  /** Fields of each record. */
  readonly columns: number;
  readonly delimiter: CsvDelimiter;
}

/** The fields of records; `undefined` where the parser does not see so many records, or fields of them. */
export function parseCsv(text: Uint8Array, { records, columns, delimiter }: CutCsv): string[][] | undefined {
  if (records === 0) return [];
  try {
    const parsed = parse(text, {
      delimiter,
      quote: '"',
      escape: '"',
      record_delimiter: "\n",
      relax_column_count: true,
    });
    const isAsCut = parsed.length === records && parsed.every((fields) => fields.length === columns);
    return isAsCut ? parsed : undefined;
  } catch (error) {
    if (error instanceof CsvError) return undefined;
    throw error;
  }
}
