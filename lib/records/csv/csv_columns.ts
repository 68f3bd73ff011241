import { QuotingError } from "../../errors/quoting_error.ts";
import type { CsvHeaderMatch } from "../record_format.ts";
import { type CsvDelimiter, csvDelimiters } from "./csv_delimiters.ts";
import { delimiterValue } from "./csv_dialect.ts";

/** How many columns an error names. */
const maxNamedColumns = 50;

export interface CsvColumnsOptions {
  /** How names are compared. Defaults to `exact`. */
  readonly match?: CsvHeaderMatch;
  /** What stands between the names. Defaults to `,`. */
  readonly delimiter?: CsvDelimiter;
  /** The flag that chooses a column, where there is one to name. */
  readonly flagOf?: (column: string) => string;
  /** The flag that sets the delimiter, for messages. Defaults to `--csv-delimiter`. */
  readonly delimiterFlag?: string;
}

/** A name of a column as it is compared. */
export function columnName(name: string, match: CsvHeaderMatch = "exact"): string {
  return match === "loose" ? name.trim().toLowerCase() : name;
}

/**
 * Where columns stand in a header row; of a name that stands twice, the last one. Where names are compared loosely, one
 * that is the same to the letter comes first.
 *
 * @throws {QuotingError} There is no column of that name.
 */
export function csvColumns(
  names: readonly string[],
  wanted: readonly string[],
  { delimiter = ",", delimiterFlag = "--csv-delimiter", flagOf, match = "exact" }: CsvColumnsOptions = {},
): number[] {
  const placeOf = (name: string, match: CsvHeaderMatch) =>
    names.findLastIndex((column) => columnName(column, match) === columnName(name, match));
  const places = wanted.map((name) => {
    const place = placeOf(name, "exact");
    return place < 0 && match === "loose" ? placeOf(name, match) : place;
  });
  const missing = [...new Set(wanted.filter((_, i) => places[i]! < 0))];
  if (missing.length > 0) {
    const rest = names.length > maxNamedColumns ? `, and ${names.length - maxNamedColumns} more` : "";
    const lacking = missing.join(" and no column ");
    const advice = missing.every((name) => placeOf(name, "loose") >= 0)
      ? ": --csv-header loose compares names without case and blanks around them"
      : delimiterAdvice(names, missing, { delimiter, delimiterFlag }) ||
        (flagOf ? `: set ${missing.map(flagOf).join(" and ")}` : "");
    throw new QuotingError({
      kind: "data",
      action: "read CSV",
      reason: `there is no column ${lacking}; ` +
        `its columns are ${names.slice(0, maxNamedColumns).join(", ")}${rest}${advice}`,
      // Without a header row, the first record's fields are taken for the names.
      unquoted: { reason: `there is no column ${lacking}${advice}` },
    });
  }
  return places;
}

/** Names the delimiter that would have made the missing columns. */
function delimiterAdvice(
  names: readonly string[],
  missing: readonly string[],
  { delimiter, delimiterFlag }: Required<Pick<CsvColumnsOptions, "delimiter" | "delimiterFlag">>,
): string {
  for (const other of csvDelimiters) {
    if (other === delimiter) continue;
    const parts = names.flatMap((name) => name.split(other)).map((name) => columnName(name, "loose"));
    if (missing.every((name) => parts.includes(columnName(name, "loose")))) {
      return `: ${delimiterFlag} ${delimiterValue(other)} separates them`;
    }
  }
  if (names.length > 1 || missing.length < 2) return "";
  const known = csvDelimiters.map(delimiterValue).join(", ");
  return `: it has one column; ${delimiterFlag} takes ${known}`;
}
