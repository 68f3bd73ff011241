/** A parsed JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * What finds a field's value in records: the field of that very name, else, where the name has dots, the value that
 * the path leads to, through objects, and through arrays by index from 0. `undefined` where there is none.
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
