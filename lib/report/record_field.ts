/** A parsed JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * What finds a field's value in records: the field of that very name, else, where the name has dots, the value that
 * the path leads to, through objects, and through arrays by index from 0. `undefined` if it leads nowhere.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { recordField } from "./record_field.ts";
 *
 * const country = recordField("location.country");
 * assertEquals(country({ location: { country: "CA" } }), "CA");
 * assertEquals(country({ "location.country": "FR", location: { country: "CA" } }), "FR");
 * assertEquals(country({ location: "Toronto" }), undefined);
 * ```
 */
export function recordField(name: string): (record: JsonObject) => unknown {
  const path = name.split(".");
  return (record) => {
    if (Object.hasOwn(record, name)) return record[name];
    if (path.length === 1) return undefined;
    let value: unknown = record;
    for (const step of path) {
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
      if (Array.isArray(value) && !/^\d+$/.test(step)) return undefined;
      value = (value as JsonObject)[step];
    }
    return value;
  };
}

/**
 * A field's value as a group's name: text as it is, numbers, true and false as JSON writes them, objects and arrays
 * as JSON; `undefined` where there is no value, or null.
 *
 * @throws {RangeError} An object is nested too deeply to be written.
 */
export function groupName(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return undefined;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

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
