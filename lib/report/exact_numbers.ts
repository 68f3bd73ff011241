import type { JsonObject } from "./record_field.ts";

/** TypeScript's library does not know of the third argument yet. */
type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;

/** Whether `JSON.parse` may have made one number of several. */
export function isInexact(value: unknown): boolean {
  return typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER;
}

/** Parses an object once more, with the numbers that are too large to be exact as the text they are written with. */
export function parseExactly(line: string): JsonObject {
  const keep: Reviver = (_, value, context) => isInexact(value) ? context?.source ?? value : value;
  return JSON.parse(line, keep);
}
