import { compareNames } from "../../stores/store.ts";
import type { MatchRow } from "./match_table.ts";

/** Which of two pairs of the same menu and term stays: negative for the first, 0 where they are equal. */
export function compareMatchRows(a: MatchRow, b: MatchRow): number {
  return b.score - a.score || compareNames(a.matched, b.matched) || compareNames(a.kind, b.kind);
}
