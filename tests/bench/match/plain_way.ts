// @ts-types="@types/damerau-levenshtein"
import damerauLevenshtein from "damerau-levenshtein";
import { fold } from "../../../lib/menus/match/fold.ts";
import type { TermEntry } from "../../../lib/menus/match/term_entry.ts";

/**
 * The plain way, to compare with: each term against each run of as many words of each field, by the same library's
 * distance. Returns the ids of the terms that are near enough by it.
 */
export function plainWay(
  entries: readonly TermEntry[],
  fields: readonly string[],
): string[] {
  const ids = new Set<string>();
  for (const field of fields) {
    const words = fold(field).map(({ text }) => text);
    for (const entry of entries) {
      const count = entry.words.length;
      for (let first = 0; first + count <= words.length; first++) {
        const letters = words.slice(first, first + count).join("");
        if (
          damerauLevenshtein(letters, entry.letters).steps <= entry.maxEdits
        ) ids.add(entry.termId);
      }
    }
  }
  return [...ids];
}
