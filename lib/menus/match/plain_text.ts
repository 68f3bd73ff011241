import { type Characters, decodeEntities } from "./decode_entities.ts";
import { removeTags } from "./remove_tags.ts";

/** A text as a reader sees it, and where its characters stand in the text as it was given. */
export interface PlainText {
  readonly text: string;
  /** Where, in the text as it was given, the characters from `start` to before `end` begin and end. */
  span(start: number, end: number): { readonly start: number; readonly end: number };
}

/** What may have to be changed: nearly all texts have none of it, and are taken as they are. */
const suspects = /[&<\u00a0\u2000-\u200a\u2010\u2011\u2018\u2019\u201c\u201d\u202f\u3000]/;

/** Characters that a program sets for those of a keyboard. */
const typeset = /[\u00a0\u2000-\u200a\u2010\u2011\u2018\u2019\u201c\u201d\u202f\u3000]/g;

/**
 * A text as a reader sees it: characters in place of HTML's entities (`&eacute;`, `&#233;`, `&#xe9;`), which may be
 * encoded several times over, without tags, and with a line end for each tag that ends a line or a paragraph. What is
 * no entity of HTML and no tag of it stays: `B&B`, `a < b`. Spaces, hyphens and quotation marks are those of
 * a keyboard.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { plainText } from "./plain_text.ts";
 *
 * const plain = plainText("<b>Nescaf&eacute;</b>");
 * assertEquals(plain.text, "Nescafé");
 * assertEquals(plain.span(6, 7), { start: 9, end: 17 });
 * ```
 */
export function plainText(text: string): PlainText {
  if (!suspects.test(text)) return { text, span: (start, end) => ({ start, end }) };
  let characters: Characters | undefined;
  if (text.includes("&")) characters = decodeEntities(text);
  if ((characters?.text ?? text).includes("<")) {
    characters = removeTags(characters ?? { text, starts: undefined, ends: undefined });
  }
  const { starts, ends } = characters ?? {};
  return {
    text: (characters?.text ?? text).replace(typeset, typed),
    span: starts === undefined || ends === undefined
      ? (start, end) => ({ start, end })
      : (start, end) => ({ start: starts[start]!, end: ends[end - 1]! }),
  };
}

/** One character for one, so that offsets stay. */
function typed(character: string): string {
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
}
