/** Characters that a program sets for those of a keyboard, one for one. */
const typeset = /[\u00a0\u2000-\u200a\u2010\u2011\u2018\u2019\u201c\u201d\u202f\u3000]/g;

/**
 * A text with the spaces, hyphens and quotation marks of a keyboard, of the same length.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { typed } from "./typed.ts";
 *
 * assertEquals(typed("Jack Daniel’s"), "Jack Daniel's");
 * ```
 */
export function typed(text: string): string {
  return text.replace(typeset, (character) => {
    switch (character) {
      case "\u2010":
      case "\u2011":
        return "-";
      case "\u2018":
      case "\u2019":
        return "'";
      case "\u201c":
      case "\u201d":
        return '"';
      default:
        return " ";
    }
  });
}
