import { decodeEntities } from "./decode_entities.ts";
import type { PlainText } from "./plain_text.ts";
import { removeTags } from "./remove_tags.ts";

/**
 * A text as a reader sees it: characters in place of HTML's entities (`&eacute;`, `&#233;`, `&#xe9;`), which may be
 * encoded several times over, without tags, and with a line end for each tag that ends a line or a paragraph. What is
 * no entity of HTML and no tag of it stays: `B&B`, `a < b`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { plainTextOf } from "./plain_text_of.ts";
 *
 * const { text, starts, ends } = plainTextOf("<b>Nescaf&eacute;</b>");
 * assertEquals([text, starts?.[6], ends?.[6]], ["Nescafé", 9, 17]);
 * ```
 */
export function plainTextOf(text: string): PlainText {
  const decoded = text.includes("&") ? decodeEntities(text) : { text };
  return decoded.text.includes("<") ? removeTags(decoded) : decoded;
}
