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
