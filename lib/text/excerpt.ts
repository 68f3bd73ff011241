import { count } from "./format.ts";
import { printable } from "./printable.ts";

/**
 * The beginning of a text from outside, on one line and fit for terminals.
 *
 * @param text What of it is shown.
 * @param bytes Length of all of it, in UTF-8: how much is missing is said.
 */
export function excerpt(text: string, bytes: number): string {
  const shown = printable(text.replace(/[\n\r\t]/g, (char) => named[char]!));
  const shownBytes = new TextEncoder().encode(text).length;
  return shownBytes < bytes ? `${shown}… (cut: it has ${count(bytes)} bytes)` : shown;
}

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
