/**
 * Cells in columns, two spaces between them.
 *
 * @param leftColumns So many columns are flush left; the others, of figures, flush right.
 */
export function textTable(
  rows: readonly (readonly string[])[],
  leftColumns: number,
): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((cell, i) => i < leftColumns ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)).join("  ")
      .trimEnd() + "\n"
  ).join("");
}
