/** A column of a table in PostgreSQL, as far as values have to fit it. */
export interface PostgresColumn {
  readonly name: string;
  /** As SQL writes it: `bigint`, `character varying(20)`. */
  readonly type: string;
  /** Whether it has a default, so that a field that no record has is left to that. */
  readonly hasDefault: boolean;
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
}

const nothing: ColumnFit = { json: false, boolean: false, number: false, string: false };

/**
 * What fits a column of a type without being changed by it. Of types that are not JSON's (`date`, `uuid`), strings and
 * numbers are the server's to judge.
 */
export function columnFit(type: string): ColumnFit {
  const [, name = type, first, second] = /^([^(]+?)(?:\((\d+)(?:,(-?\d+))?\))?$/.exec(type) ?? [];
  switch (name) {
    case "json":
    case "jsonb":
      return { ...nothing, json: true };
    case "boolean":
      return { ...nothing, boolean: true };
    case "text":
      return { ...nothing, string: true };
    case "character varying": {
      if (first === undefined) return { ...nothing, string: true };
      const max = Number(first);
      // A character is at most two UTF-16 units: most texts need not be counted.
      return { ...nothing, string: (text) => text.length <= max || [...text].length <= max };
    }
    case "bigint":
      return { ...nothing, number: (text) => isInteger(text, 9223372036854775807n) };
    case "integer":
      return { ...nothing, number: (text) => isInteger(text, 2147483647n) };
    case "smallint":
      return { ...nothing, number: (text) => isInteger(text, 32767n) };
    case "numeric":
      return { ...nothing, number: first === undefined ? true : (text) => isDecimal(text, +first, +second!) };
    case "double precision":
      return { ...nothing, number: isDouble };
    case "real":
      return { ...nothing, number: (text) => /^-?\d(?:\.\d{1,5})?$|^-?\d{1,6}$/.test(text) };
    default:
      return { ...nothing, number: true, string: true };
  }
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
  return whole !== undefined && whole.length <= precision - scale && fraction.length <= scale;
}
