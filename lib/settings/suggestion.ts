import { closest as nearest, distance } from "fastest-levenshtein";

/** What somebody who wrote `word` most likely meant, in a form for the end of a message; "" if nothing is near. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const guess = nearest(word, candidates);
  return distance(word, guess) <= Math.max(2, word.length * 0.4) ? `; did you mean ${guess}?` : "";
}
