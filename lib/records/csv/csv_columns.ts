import { QuotingError } from "../../errors/quoting_error.ts";

/** How many columns an error names. */
const maxNamedColumns = 50;

/**
 * Where columns stand in a header row; of a name that stands twice, the last one.
 *
 * @throws {QuotingError} There is no column of that name.
 */
export function csvColumns(names: readonly string[], wanted: readonly string[]): number[] {
  const missing = [...new Set(wanted)].filter((name) => !names.includes(name));
  if (missing.length > 0) {
    const rest = names.length > maxNamedColumns ? `, and ${names.length - maxNamedColumns} more` : "";
    const lacking = missing.join(" and no column ");
    throw new QuotingError({
      kind: "data",
      action: "read CSV",
      reason: `there is no column ${lacking}; ` +
        `its columns are ${names.slice(0, maxNamedColumns).join(", ")}${rest}`,
      // Without a header row, the first record's fields are taken for the names.
      unquoted: { reason: `there is no column ${lacking}` },
    });
  }
  return wanted.map((name) => names.lastIndexOf(name));
}
