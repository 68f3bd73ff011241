/** C0 but tab and newline, DEL, C1, and what changes the direction of the text around it. */
// deno-lint-ignore no-control-regex
const controls = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/**
 * A text as it may go to a terminal: control characters, which could move its cursor, change its title or hide what
 * stands beside them, are spelled out as `\u{1b}`. Newlines and tabs stay.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { printable } from "./printable.ts";
 *
 * assertEquals(printable("comp\x1b]0;title\x07any"), "comp\\u{1b}]0;title\\u{7}any");
 * ```
 */
export function printable(text: string): string {
  return text.replace(controls, spelledOut);
}

/** The same of a line of JSON, which still means the same: in its texts the characters are escaped as JSON has it. */
export function printableJson(json: string): string {
  return json.replace(
    controls,
    (char) => char < " " ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** One character as `\u{1b}`. */
export function spelledOut(char: string): string {
  return `\\u{${char.codePointAt(0)!.toString(16)}}`;
}
