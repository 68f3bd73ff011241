import { levelNames } from "../seniority/level_names.ts";
import type { Figures, Report } from "./report.ts";

/**
 * The report as CSV (RFC 4180, UTF-8, CRLF), a row a chunk: the fields' columns, `records`, `average`, `median`, and
 * for each level its records and its share, a fraction of 1. Fractions have four digits. There is no row of totals;
 * the groups without a row, if there are some, are one row `all others (N)` at the end.
 *
 * Names are quoted, and one that a spreadsheet could take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or
 * a line end, and is no number) gets a `'` in front, which keeps it text. Where names must be exact, there is JSON.
 */
export function* reportCsv(report: Report): Generator<string> {
  const { by, others } = report;
  const columns = levelNames.map((name) => name.replace(" ", "_"));
  yield line([
    ...by.map(nameCell),
    "records",
    "average",
    "median",
    ...columns.map((name) => `${name}_records`),
    ...columns.map((name) => `${name}_share`),
  ]);
  for (const row of report.rows()) {
    yield line([...row.names.map((name) => nameCell(name ?? "(none)")), ...figureCells(row)]);
  }
  if (others !== undefined) {
    const names = by.map((_, i) => nameCell(i === 0 ? `all others (${others.groups})` : ""));
    yield line([...names, ...figureCells(others)]);
  }
}

function line(cells: readonly string[]): string {
  return `${cells.join(",")}\r\n`;
}

function figureCells({ records, average, median, counts }: Figures): string[] {
  const fraction = (n: number) => String(Number(n.toFixed(4)));
  return [
    String(records),
    fraction(average),
    String(median),
    ...counts.map(String),
    ...counts.map((n) => fraction(n / records)),
  ];
}

/** The full-width signs too: some spreadsheets take them for the others. */
const formula = /^[=+\-@\t\r\n＝＋－＠]/;
const number = /^[+-]?\d+(?:\.\d+)?$/;

function nameCell(name: string): string {
  const safe = formula.test(name) && !number.test(name) ? `'${name}` : name;
  const doubled = safe.replaceAll('"', '""');
  return `"${doubled}"`;
}
