/** Where a value stands in a text: from `start` up to, not including, `end`, in UTF-16 units. */
export interface FieldSpan {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds the values of a field at the top of an object, in order; several where the field stands several times.
 *
 * @param text Valid JSON of an object.
 * @param field The field's name as `JSON.parse` gives it; in the text it may be written with escapes.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { fieldSpans } from "./json_field.ts";
 *
 * const text = '{"level": [1], "x": {"level": 2}}';
 * assertEquals(fieldSpans(text, "level").map(({ start, end }) => text.slice(start, end)), ["[1]"]);
 * ```
 */
export function fieldSpans(text: string, field: string): FieldSpan[] {
  const spans: FieldSpan[] = [];
  let depth = 0;
  /** The name before a value at the top, once it was read. */
  let name: string | undefined;
  /** Where the value of the field that is looked for begins, and the last of it that was seen. */
  let start = -1, end = -1;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (" \t\r\n".includes(char)) continue;
    if (depth === 1 && (char === "," || char === "}")) {
      if (start >= 0) spans.push({ start, end });
      name = undefined;
      start = -1;
    }
    if (depth === 1 && name === field && start < 0 && char !== ":") start = i;
    if (char === '"') {
      const open = i;
      i = stringEnd(text, open);
      if (depth === 1 && name === undefined) name = JSON.parse(text.slice(open, i + 1));
    } else if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth--;
    end = i + 1;
  }
  return spans;
}

/** The index of the quote that ends the string that begins at `open`. */
function stringEnd(text: string, open: number): number {
  for (let end = text.indexOf('"', open + 1);; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}
