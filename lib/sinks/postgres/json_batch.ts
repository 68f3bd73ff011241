import type { Batch, CsvSplices } from "../../records/batch.ts";
import { csvError } from "../../records/csv/csv_error.ts";
import { parseCsv } from "../../records/csv/parse_csv.ts";
import { type ColumnFit, columnFit, type PostgresColumn } from "./postgres_column.ts";

const encoder = new TextEncoder();
const LF = 10;
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * A batch of CSV rows as a batch of JSON lines: an object of strings for each row. An empty field is no value; of columns
 * of the same name, the last one counts. A text that a column of the table takes as a number or a boolean, and not as a
 * text, is written as such. A batch of JSON lines is returned as it is.
 *
 * @param columns The table's. Without them, as a sample to make the columns from, all values are strings, empty ones too.
 */
export function jsonBatch(batch: Batch, columns?: readonly PostgresColumn[]): Batch {
  const { csv, ends, text } = batch;
  if (csv === undefined) return batch;
  const fits = new Map(columns?.map((column) => [column.name, columnFit(column)]));
  const fields = csv.columns.map((name, column) => ({ name, column }))
    .filter(({ name, column }) => csv.columns.lastIndexOf(name) === column)
    .map(({ name, column }) => ({ column, prefix: `${JSON.stringify(name)}:`, fit: fits.get(name) }));
  const lines = rowsOf(text, ends, csv).map((row) => {
    const members = fields.filter(({ column }) => columns === undefined || row[column] !== "")
      .map(({ column, fit, prefix }) => prefix + valueOf(row[column]!, fit));
    return `{${members.join(",")}}\n`;
  });
  const json = encoder.encode(lines.join(""));
  const jsonEnds = new Uint32Array(ends.length);
  let end = -1;
  for (let i = 0; i < jsonEnds.length; i++) jsonEnds[i] = end = json.indexOf(LF, end + 1);
  return { ...batch, csv: undefined, text: json, ends: jsonEnds };
}

function rowsOf(text: Uint8Array, ends: Uint32Array, { columns, delimiter }: CsvSplices): string[][] {
  const shape = { columns: columns.length, delimiter };
  const rows = parseCsv(text, { ...shape, records: ends.length });
  if (rows !== undefined) return rows;
  // Where the parser sees other records than were cut, each is one by itself.
  return Array.from(ends, (end, i) => {
    const row = parseCsv(text.subarray(i === 0 ? 0 : ends[i - 1]! + 1, end), { ...shape, records: 1 })?.[0];
    if (row === undefined) throw csvError("a row that was taken for good has other fields now");
    return row;
  });
}

/** A text as JSON. */
function valueOf(text: string, fit: ColumnFit | undefined): string {
  if (fit !== undefined && !fit.json && fit.string !== true) {
    if (fit.boolean && (text === "true" || text === "false")) return text;
    const { number, string } = fit;
    const takesNumber = string === false && (number === true || (number !== false && number(text)));
    if (jsonNumber.test(text) && takesNumber) return text;
  }
  return JSON.stringify(text);
}
