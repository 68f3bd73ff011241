import { linkingWords } from "./linking_words.ts";
import type { Token } from "./token.ts";

/** From what share of words with a capital letter on a field is a title. */
const minTitleShare = 0.6;

/**
 * What a capital letter says in a field. `capitals`: nothing, all are. `small`: nothing, there are none. `title`:
 * little, most words have one. `sentence`: much.
 */
export type FieldStyle = "capitals" | "small" | "title" | "sentence";

/** The style of a field, from its words of two letters and more. */
export function fieldStyle(tokens: readonly Token[]): FieldStyle {
  let words = 0, capital = 0, upper = 0;
  for (const token of tokens) {
    if (token.text.length < 2 || !token.capital && !token.lower || linkingWords.has(token.text)) continue;
    words++;
    if (token.capital) capital++;
    if (token.upper) upper++;
  }
  if (capital === 0) return "small";
  if (upper === words && words > 1) return "capitals";
  return capital >= words * minTitleShare ? "title" : "sentence";
}
