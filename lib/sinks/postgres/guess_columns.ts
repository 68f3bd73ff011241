import { JsonSpans, spanFlags } from "../../records/json_spans.ts";
import { isDouble, isInteger } from "./postgres_column.ts";

/** Columns that are made at most; PostgreSQL has room for about so many in a row, whatever is in them. */
const maxColumns = 200;
/** Longest name of a column, in bytes. */
const maxNameBytes = 63;
/** Records that are looked at. */
const maxSampleLines = 1_000;

/** Names that PostgreSQL keeps for itself, and ours. */
const reserved = new Set([
  ...["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"],
  ...["sluice_rest", "sluice_object", "sluice_line"],
]);

const decoder = new TextDecoder();

/** Kinds of values that a field was seen with. */
interface Seen {
  strings: boolean;
  booleans: boolean;
  containers: boolean;
  /** Numbers that are whole and of 64 bits at most. */
  integers: boolean;
  /** Whole numbers that are larger, and others that a 64-bit floating-point number would change. */
  exact: boolean;
  /** Numbers with a fraction or an exponent. */
  fractions: boolean;
}

/**
 * The columns for the fields of the first 1,000 records, in the order in which fields are first seen: `text` for
 * strings, `boolean`, `bigint` for whole numbers, `numeric` for larger ones, `double precision` for others, `jsonb` for
 * objects and arrays, and where the kinds are mixed. Fields that are only seen as `null` have none; those of a key
 * always have one.
 *
 * @param lines JSON lines, the last one whole.
 */
export function guessColumns(
  lines: Uint8Array,
  key: readonly string[],
): { readonly name: string; readonly type: string }[] {
  const fields = new Map<string, Seen>();
  const spans = new JsonSpans();
  for (let start = 0, line = 0; start < lines.length && line < maxSampleLines; line++) {
    const newline = lines.indexOf(0x0a, start);
    const end = newline < 0 ? lines.length : newline;
    if (spans.read(lines, start, end)) see(lines, spans, fields);
    start = end + 1;
  }
  const columns = new Map(
    [...fields].map(([name, seen]) => [name, typeOf(seen)] as const).filter(([, type]) => type !== undefined),
  );
  const keyColumns = key.map((name) => [name, columns.get(name) ?? "text"] as const);
  const others = [...columns].filter(([name]) => !key.includes(name)).slice(0, maxColumns - key.length);
  const kept = new Map([...keyColumns, ...others]);
  // In the order of the records, but for the fields of the key that they do not have.
  const names = [...new Set([...columns.keys(), ...key])].filter((name) => kept.has(name));
  return names.map((name) => ({ name, type: kept.get(name)! }));
}

function see(lines: Uint8Array, spans: JsonSpans, fields: Map<string, Seen>): void {
  for (let i = 0; i < spans.count; i++) {
    const isHoldable = (spans.nameFlags[i]! & spanFlags.unholdable) === 0;
    const bytes = lines.subarray(spans.names[i], spans.nameEnds[i]);
    if (!isHoldable || bytes.length > 6 * maxNameBytes) continue;
    const name = parsed(bytes);
    if (name === undefined || name === "" || reserved.has(name)) continue;
    if (new TextEncoder().encode(name).length > maxNameBytes) continue;
    let seen = fields.get(name);
    if (seen === undefined) {
      seen = {
        strings: false,
        booleans: false,
        containers: false,
        integers: false,
        exact: false,
        fractions: false,
      };
      fields.set(name, seen);
    }
    const first = lines[spans.values[i]!]!;
    if (first === 0x22) seen.strings = true;
    else if (first === 0x7b || first === 0x5b) seen.containers = true;
    else if (first === 0x74 || first === 0x66) seen.booleans = true;
    else if (first !== 0x6e) {
      const number = decoder.decode(lines.subarray(spans.values[i], spans.valueEnds[i]));
      if (isInteger(number, 9223372036854775807n)) seen.integers = true;
      else seen[/^-?\d+$/.test(number) ? "exact" : "fractions"] = true;
      if (!isDouble(number) && /[.eE]/.test(number)) seen.exact = true;
    }
  }
}

function parsed(bytes: Uint8Array): string | undefined {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

function typeOf({ booleans, containers, exact, fractions, integers, strings }: Seen): string | undefined {
  const numbers = exact || fractions || integers;
  const kinds = [strings, booleans, containers, numbers].filter((kind) => kind).length;
  if (kinds === 0) return undefined;
  if (kinds > 1 || containers) return "jsonb";
  if (strings) return "text";
  if (booleans) return "boolean";
  return exact ? "numeric" : fractions ? "double precision" : "bigint";
}
