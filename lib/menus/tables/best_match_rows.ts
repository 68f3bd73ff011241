import { compareNames } from "../../stores/store.ts";
import { compareMatchRows } from "./compare_match_rows.ts";
import type { MatchRow } from "./match_table.ts";

/**
 * One row for each menu and term, by menu and then term, in the order of their UTF-8: writers that all keep to one order do
 * not wait for each other in a circle.
 */
export function bestMatchRows(rows: Iterable<MatchRow>): MatchRow[] {
  const best = new Map<string, MatchRow>();
  for (const row of rows) {
    const key = `${row.menuId.length}:${row.menuId}${row.termId}`;
    const known = best.get(key);
    if (known === undefined || compareMatchRows(row, known) < 0) best.set(key, row);
  }
  return [...best.values()].sort((a, b) =>
    compareNames(a.menuId, b.menuId) || compareNames(a.termId, b.termId)
  );
}
