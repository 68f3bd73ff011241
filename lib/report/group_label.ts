/** A group's name as people read it: what cannot be seen, or would change what stands around it, is spelled out. */
export function groupLabel(name: string | undefined): string {
  if (name === undefined) return "(none)";
  if (name.trim() === "") return name === "" ? "(empty)" : `(blank: ${JSON.stringify(name)})`;
  return name.replace(unseen, (char) => named[char] ?? `\\u{${char.codePointAt(0)!.toString(16)}}`);
}

/** Controls, among them those of terminals and of the direction of writing; line ends; lone surrogates. */
const unseen = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
