import type { StoredObject } from "../stores/store.ts";

/** Names do not tell of times before this one: 2000-01-01, in seconds since 1970. */
const earliestSeconds = 946_684_800;
/** Nor of times that are further away than this, in seconds: clocks differ. */
const aheadSeconds = 86_400;

/**
 * When an object is from, in seconds since 1970: the time that the last part of its name begins with, in UTC, else its date.
 * A time is unix seconds (10 digits) or milliseconds (13 digits), or a date, with the hour, minute and second or without
 * them: `2024-07-17`, `20240717`, `2024071708`, `2024-07-17T08-30`. Times before 2000 or more than a day from now are none.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { objectTime } from "./object_time.ts";
 *
 * const object = { etag: "", bytes: 0, modifiedMs: 1_000 };
 * assertEquals(objectTime({ ...object, name: "in/1721183934.jsonl" }), 1_721_183_934);
 * assertEquals(objectTime({ ...object, name: "2024071708.jsonl" }), Date.UTC(2024, 6, 17, 8) / 1000);
 * assertEquals(objectTime({ ...object, name: "100000123-export.jsonl" }), 1);
 * ```
 */
export function objectTime({ modifiedMs, name }: StoredObject): number {
  return nameTime(name) ?? modifiedMs / 1000;
}

/** The time that a name tells; `undefined` if it tells none. */
export function nameTime(name: string): number | undefined {
  const last = name.slice(name.lastIndexOf("/") + 1);
  const digits = /^\d+/.exec(last)?.[0] ?? "";
  const unix = digits.length === 10 ? Number(digits) : digits.length === 13 ? Number(digits) / 1000 : NaN;
  return [unix, dateTime(last)].find((seconds) =>
    seconds >= earliestSeconds && seconds <= Date.now() / 1000 + aheadSeconds
  );
}

/** A date at the beginning of a name, in seconds since 1970; NaN if there is none. */
function dateTime(name: string): number {
  const [, year, month, day, hour = "00", minute = "00", second = "00"] =
    /^(\d{4})(\d\d)(\d\d)(?:[T_-]?(\d\d)(?:(\d\d)(\d\d)?)?)?(?!\d)/.exec(name) ??
      /^(\d{4})-(\d\d)-(\d\d)(?:[T_-](\d\d)(?:[-:_]?(\d\d)(?:[-:_]?(\d\d))?)?)?(?!\d)/.exec(name) ?? [];
  if (year === undefined) return NaN;
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const ms = Date.parse(`${text}Z`);
  // Date.parse takes 30 February for 1 March.
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text) ? ms / 1000 : NaN;
}
