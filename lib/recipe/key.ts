/** The fields that a question is made of: what the model is asked about. */
export interface KeyFields {
  readonly company: string;
  readonly title: string;
}

/**
 * A key as one string: equal strings if and only if both fields are equal. The length of the company stands in
 * front, so that ("ab", "c") and ("a", "bc") differ.
 *
 * @example
 * ```ts
 * import { assertNotEquals } from "@std/assert/mod.js";
 * import { encodeKey } from "./key.ts";
 *
 * assertNotEquals(encodeKey("ab", "c"), encodeKey("a", "bc"));
 * ```
 */
export function encodeKey(company: string, title: string): string {
  return `${company.length}:${company}${title}`;
}

/** Takes apart what {@linkcode encodeKey} made. */
export function decodeKey(key: string): KeyFields {
  const colon = key.indexOf(":");
  const end = colon + 1 + Number(key.slice(0, colon));
  return { company: key.slice(colon + 1, end), title: key.slice(end) };
}
