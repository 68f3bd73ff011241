import type { TermEntry } from "./term_entry.ts";
import { typed } from "./typed.ts";

/** Where the letters of a term stand in a text. Offsets are in UTF-16 units. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

/**
 * Where a text has a term letter for letter, with the signs before and behind its letters; undefined if it has the letters
 * alone, or writes them otherwise.
 *
 * @param span Where the term's letters stand.
 * @param limit Where the next word begins: the term ends there at the latest.
 */
export function exactSpan(
  { isAlias, lead, written }: TermEntry,
  text: string,
  span: TextSpan,
  limit: number,
): TextSpan | undefined {
  const start = span.start - lead, end = start + written.length;
  if (isAlias || start < 0 || end < span.end || end > limit) return undefined;
  return text.startsWith(written, start) || typed(text.slice(start, end)) === written
    ? { start, end }
    : undefined;
}
