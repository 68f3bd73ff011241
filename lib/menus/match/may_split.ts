import type { TermEntry } from "./term_entry.ts";
import type { Window } from "./window.ts";

/** From how many letters on a term may stand in the text split into more words than it has. */
const minSplitLetters = 5;
/** Of a script that does not part words, where a blank is for looks. */
const minSplitCharacters = 3;

/** Whether a term may stand there in more words than it has: `pep si`, but not `forest` as `for est` in a sentence. */
export function maySplit(entry: TermEntry, window: Window): boolean {
  const { tokens, first, last, unknown } = window;
  if (entry.letters.length < minSplitLetters) {
    return entry.mayBeWithin ? entry.letters.length >= minSplitCharacters : splitsAtDigits(window);
  }
  for (let at = first; at <= last; at++) if (tokens[at]!.capital) return true;
  for (let at = first; at <= last; at++) {
    if (unknown[at] && !entry.words.includes(tokens[at]!.text)) return true;
  }
  return false;
}

/**
 * Whether a short term stands there with a gap between a digit and a letter: a hyphen, as in `7-UP` and `R-1`, or a blank
 * before a word with a capital letter, as in `7 UP`, where a capital letter says something.
 */
function splitsAtDigits({ text, tokens, first, last }: Window): boolean {
  for (let at = first + 1; at <= last; at++) {
    const one = tokens[at - 1]!, other = tokens[at]!;
    if (/[0-9]$/.test(one.text) === /^[0-9]/.test(other.text)) return false;
    if (other.attached) continue;
    const isName = other.capital && other.text.length > 1 && text.slice(one.end, other.start).trim() === "";
    if (!isName || first > 0 && !tokens.some(({ capital, lower, upper }) => lower || capital && !upper)) {
      return false;
    }
  }
  return true;
}
