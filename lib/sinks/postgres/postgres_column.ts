import { isDate, isDuration, isTime, isTimestamp } from "./date_texts.ts";

/** A column of a table in PostgreSQL, as far as values have to fit it. */
export interface PostgresColumn {
  readonly name: string;
  /** As SQL writes it: `bigint`, `character varying(20)`. */
  readonly type: string;
  /** Whether it has a default, so that a field that no record has is left to that. */
  readonly hasDefault: boolean;
  /** The type under a domain, which decides what fits. Defaults to `type`. */
  readonly base?: string;
  /** The values of an enum. */
  readonly labels?: readonly string[];
}

/** Whether a number's or a string's text fits a column. */
export type Fit = (text: string) => boolean;

/** What of JSON's values a column takes; a function judges by the number as written, or by the string's text. */
export interface ColumnFit {
  /** Any value, as JSON. */
  readonly json: boolean;
  readonly boolean: boolean;
  readonly number: boolean | Fit;
  readonly string: boolean | Fit;
  /** Whether only the server can judge a string: it fits if the server gives it back as it was. */
  readonly isCompared: boolean;
}

const nothing: ColumnFit = { json: false, boolean: false, number: false, string: false, isCompared: false };

/**
 * What fits a column without being changed by it: a value that is read back as it was, or is the same value in another
 * spelling (`1.50` for `1.5`, a moment in another time zone, a UUID in lower case). What is not JSON's own type is a
 * string; of types that are not in this list, the server is asked.
 */
export function columnFit(
  { base, labels, type }: Pick<PostgresColumn, "type" | "base" | "labels">,
): ColumnFit {
  if (labels !== undefined) return { ...nothing, string: (text) => labels.includes(text) };
  // `timestamp(3) without time zone` has its digits in the middle.
  const [, head = "", first, second, tail = ""] =
    /^([^(]*)(?:\((\d+)(?:,(-?\d+))?\))?([^(]*)$/.exec(base ?? type) ?? [];
  const name = head + tail, hasZone = name.endsWith(" with time zone");
  const digits = first === undefined ? undefined : Number(first);
  switch (name) {
    case "json":
    case "jsonb":
      return { ...nothing, json: true };
    case "boolean":
      return { ...nothing, boolean: true };
    case "text":
    case "citext":
    case "public.citext":
      return { ...nothing, string: true };
    case "character varying":
      return { ...nothing, string: digits === undefined ? true : (text) => isShort(text, digits) };
    case "character":
      return { ...nothing, string: (text) => isShort(text, digits ?? 1) && !text.endsWith(" ") };
    case "bpchar":
      return { ...nothing, string: (text) => !text.endsWith(" ") };
    case "bigint":
      return { ...nothing, number: (text) => isInteger(text, 9223372036854775807n) };
    case "integer":
      return { ...nothing, number: (text) => isInteger(text, 2147483647n) };
    case "smallint":
      return { ...nothing, number: (text) => isInteger(text, 32767n) };
    case "oid":
      return { ...nothing, number: (text) => isInteger(text, 4294967295n) && !text.startsWith("-") };
    case "numeric":
      return {
        ...nothing,
        number: digits === undefined ? hasKeptSign : (text) => isDecimal(text, digits, +second!),
      };
    case "double precision":
      return { ...nothing, number: isDouble };
    case "real":
      return { ...nothing, number: (text) => /^-?\d(?:\.\d{1,5})?$|^-?\d{1,6}$/.test(text) };
    case "date":
      return { ...nothing, string: isDate };
    case "time without time zone":
    case "time with time zone":
      return { ...nothing, string: (text) => isTime(text, digits, hasZone) };
    case "timestamp without time zone":
    case "timestamp with time zone":
      return { ...nothing, string: (text) => isTimestamp(text, digits, hasZone) };
    case "interval":
      return digits === undefined ? { ...nothing, string: isDuration } : compared;
    case "uuid":
      return { ...nothing, string: (text) => /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text) };
    default:
      return compared;
  }
}

const compared: ColumnFit = { ...nothing, string: true, isCompared: true };

/** Whether a text has so many characters at most. A character is at most two UTF-16 units: most need not be counted. */
function isShort(text: string, max: number): boolean {
  return text.length <= max || (text.length <= 2 * max && [...text].length <= max);
}

/** `numeric` has no negative zero. */
function hasKeptSign(text: string): boolean {
  return !/^-0*(?:\.0*)?(?:[eE].*)?$/.test(text);
}

/** Whether a number's text is a whole number of so many at most; one less below zero. */
export function isInteger(text: string, max: bigint): boolean {
  if (!/^-?\d+$/.test(text) || text === "-0") return false;
  if (text.length < 5) return true;
  if (text.length > 20) return false;
  const value = BigInt(text);
  return value <= max && value >= -max - 1n;
}

/** Whether a number's text means the same when it has been a 64-bit floating-point number. */
export function isDouble(text: string): boolean {
  const given = significant(text);
  if (given.digits.length <= 15 && Math.abs(given.exponent) < 290) return true;
  const kept = Number(text);
  if (!Number.isFinite(kept)) return false;
  const { digits, exponent } = significant(String(kept));
  return digits === given.digits && (exponent === given.exponent || digits === "");
}

/** A number's digits without zeros at its ends, and the power of ten that the first one has. */
function significant(text: string): { digits: string; exponent: number } {
  const [, whole = "", fraction = "", power = "0"] = /^-?(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = whole + fraction;
  const digits = all.replace(/^0+/, "");
  const exponent = whole.length - (all.length - digits.length) - 1 + Number(power);
  return { digits: digits.replace(/0+$/, ""), exponent: digits === "" ? 0 : exponent };
}

function isDecimal(text: string, precision: number, scale: number): boolean {
  const [, whole, fraction = ""] = /^-?0*(\d*?)(?:\.(\d+?)0*)?$/.exec(text) ?? [];
  return whole !== undefined && whole.length <= precision - scale && fraction.length <= scale &&
    hasKeptSign(text);
}
