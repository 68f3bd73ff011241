import { fold } from "../../../lib/menus/match/fold.ts";
import type { TermEntry } from "../../../lib/menus/match/term_entry.ts";
import type { MenuRow } from "./menus.ts";

/** A row without the runs of words that fold to a term, wherever they stand and whatever they mean there. */
export function withoutTerms(
  row: MenuRow,
  entries: readonly TermEntry[],
): MenuRow {
  const spellings = new Set(entries.map(({ letters }) => letters));
  const maxLetters = Math.max(
    0,
    ...entries.map(({ letters }) => letters.length),
  );
  const bare = (field: string): string => {
    const tokens = fold(field);
    for (const [first, { start }] of tokens.entries()) {
      let letters = "", end = 0;
      for (
        let last = first;
        last < tokens.length && letters.length <= maxLetters;
        last++
      ) {
        const token = tokens[last]!;
        if (spellings.has(letters + token.text)) end = token.end;
        else if (
          token.stemEnd < token.end &&
          spellings.has(letters + token.text.slice(0, -1))
        ) {
          end = token.end;
        }
        letters += token.text;
      }
      if (end > 0) return bare(`${field.slice(0, start)}${field.slice(end)}`);
    }
    return field;
  };
  return [bare(row[0]), bare(row[1])];
}
