import { linkingWords } from "./everyday_words.ts";
import type { TermEntry } from "./term_entry.ts";
import type { Window } from "./window.ts";

/** Up to how many small letters a misspelled word of a longer name may happen to be a word of the dictionary. */
const maxChanceLetters = 3;

/** The tests of a misspelling that need no distance. `letters` are those of the window. */
export function mayBeMisspelled(entry: TermEntry, window: Window, letters: string): boolean {
  const { tokens, first, last, unknown } = window;
  const words = last - first + 1;
  if (letters.replace(/[^0-9]/g, "") !== entry.digits) return false;
  if (!entry.mayBeWithin) {
    // What stands beside a name in another script is no misspelling of it.
    for (let at = first; at <= last; at++) if (tokens[at]!.script !== "spaced") return false;
  }
  if (words > entry.words.length) {
    // Split and misspelled: neighbours that are words of their own are no part of the name.
    if (words > entry.words.length + 1) return false;
    for (let at = first; at <= last; at++) {
      if (!unknown[at] && !entry.words.includes(tokens[at]!.text)) return false;
    }
    return true;
  }
  // A changed word that is a word of its own is no misspelling, unless what is left is in no dictionary.
  let changed = 0, chance = 0, small = 0, own = 0;
  for (let at = first; at <= last; at++) {
    const { text: word, lower } = tokens[at]!;
    if (entry.words.includes(word)) {
      if (unknown[at]) own++;
      continue;
    }
    changed++;
    if (unknown[at]) continue;
    chance++;
    if (lower && !linkingWords.has(word) && word.length > maxChanceLetters) small++;
  }
  return changed > 0 && (chance === 0 || own > 0 && small === 0);
}
