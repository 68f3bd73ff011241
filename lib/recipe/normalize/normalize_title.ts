import { foldText } from "./fold_text.ts";
import { spellOut } from "./spell_out.ts";
import { withoutAsides } from "./without_asides.ts";
import { withoutGender } from "./without_gender.ts";
import { withoutNumbers } from "./without_numbers.ts";

/** Without any of these, a title can only have abbreviations, and hours behind a preposition. */
const signs = /[^\p{L} ]/u;
const letterOrDigit = /[\p{L}\p{N}]/u;
/** A title of more UTF-16 units than this is only folded: the time that the rules take may grow as its square. */
const maxTitleUnits = 1_000;

/**
 * A title as others write it: folded ({@linkcode foldText}), abbreviations spelled out, and without what says nothing
 * of the work: gender markers, requisition numbers, places and work modes that stand apart, exclamation marks.
 *
 * Words of rank are never taken out, and no two ranks become one. Where nothing would be left, the folded title
 * stays; so does one of more than a thousand characters. What comes out comes out again when it is put in.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { normalizeTitle } from "./normalize_title.ts";
 *
 * assertEquals(normalizeTitle("Sr. Software Eng. II (m/w/d) - Remote [JR-00123]"), "senior software engineer ii");
 * ```
 */
export function normalizeTitle(title: string): string {
  let text = foldText(title);
  if (text.length > maxTitleUnits) return text;
  // What one rule takes out may bring two words together that another rule knows. Every round shortens the text or
  // leaves fewer abbreviations in it, so there is a last one.
  while (true) {
    const next = foldText(round(text));
    if (next === text || !letterOrDigit.test(next)) return text;
    text = next;
  }
}

function round(text: string): string {
  if (!signs.test(text)) return spellOut(withoutAsides(text));
  return spellOut(withoutAsides(withoutNumbers(withoutGender(text))));
}
