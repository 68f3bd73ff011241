import { JsonSpans, spanFlags } from "../../records/json_spans.ts";
import { type ColumnFit, columnFit, type PostgresColumn } from "./postgres_column.ts";

export interface CopyRowsOptions {
  /** In the order of the COPY statement, which has `sluice_rest` and `sluice_line` behind them. */
  readonly columns: readonly PostgresColumn[];
  /** Whether the table can hold what has no column; an error says so where there is such. */
  readonly hasRest: boolean;
}

/** Rows leave in chunks of about so many bytes. */
const chunkBytes = 192 * 1024;
const tab = 0x09, newline = 0x0a, carriageReturn = 0x0d, quote = 0x22, backslash = 0x5c;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** A name of a field, as it stood in a record, and its column's number: -1 where it has none. */
interface KnownName {
  readonly bytes: Uint8Array;
  readonly column: number;
}

/**
 * JSON lines to rows in the text format of PostgreSQL's COPY. Values are copied as they are written, never read as
 * JavaScript's numbers; of a name that occurs twice in a record, the last value counts. What has no column, or does not
 * fit its column, goes into `sluice_rest` as a JSON object. What PostgreSQL cannot hold at all stands there as
 * `{"sluice_json": TEXT}`, with the value's JSON as text, under a name that is the name's JSON, without quotes, where
 * that is what cannot be held. Buffers a line, and one chunk of rows.
 */
export class CopyRows {
  /** Rows so far. */
  rows = 0;
  /** Lines so far, blank ones too. */
  lines = 0;
  /** For each column, whether a record has had a value for it. */
  readonly used: boolean[];
  readonly #columns: readonly PostgresColumn[];
  readonly #fits: readonly ColumnFit[];
  readonly #hasRest: boolean;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #spans = new JsonSpans();
  /** The names of the last record, by their place in it: the next one most likely has the same. */
  readonly #names: KnownName[] = [];
  /** For each column, the field of the present record; -1 where it has none. */
  readonly #fields: Int32Array;
  /** Fields of the present record that go into the rest. */
  #rest: number[] = [];
  #open = new Uint8Array(0);
  #out = new Uint8Array(2 * chunkBytes);
  #filled = 0;

  constructor({ columns, hasRest }: CopyRowsOptions) {
    this.#columns = columns;
    this.#hasRest = hasRest;
    this.#fits = columns.map(({ type }) => columnFit(type));
    this.#numbers = new Map(columns.map(({ name }, i) => [name, i]));
    this.#fields = new Int32Array(columns.length);
    this.used = columns.map(() => false);
  }

  /**
   * Takes bytes in; yields the rows of the lines that they end. What is yielded is good until the next is asked for.
   *
   * @throws {Error} A line is no JSON object; or has something for `sluice_rest`, which the table does not have.
   */
  *write(bytes: Uint8Array): Generator<Uint8Array<ArrayBuffer>> {
    let start = 0;
    if (this.#open.length > 0) {
      const end = bytes.indexOf(newline);
      const line = joined(this.#open, end < 0 ? bytes : bytes.subarray(0, end));
      this.#open = new Uint8Array(0);
      if (end < 0) {
        this.#open = line;
        return;
      }
      this.#row(line, 0, line.length);
      start = end + 1;
    }
    for (;;) {
      const end = bytes.indexOf(newline, start);
      if (end < 0) break;
      this.#row(bytes, start, end);
      start = end + 1;
      if (this.#filled > chunkBytes) yield this.#taken();
    }
    this.#open = bytes.slice(start) as Uint8Array<ArrayBuffer>;
    if (this.#filled > 0) yield this.#taken();
  }

  /** Whether bytes have come of a line whose end has not. */
  get hasOpenLine(): boolean {
    return this.#open.length > 0;
  }

  /** Yields the row of a last line that has no end. */
  *end(): Generator<Uint8Array<ArrayBuffer>> {
    if (this.#open.length > 0) this.#row(this.#open, 0, this.#open.length);
    this.#open = new Uint8Array(0);
    if (this.#filled > 0) yield this.#taken();
  }

  #taken(): Uint8Array<ArrayBuffer> {
    const taken = this.#out.subarray(0, this.#filled);
    this.#filled = 0;
    return taken;
  }

  #row(bytes: Uint8Array, start: number, end: number): void {
    this.lines++;
    if (isBlank(bytes, start, end)) return;
    const spans = this.#spans, fields = this.#fields;
    if (!spans.read(bytes, start, end)) throw new Error(`line ${this.lines} is no JSON object`);
    this.rows++;
    fields.fill(-1);
    if (this.#rest.length > 0) this.#rest = [];
    for (let i = 0; i < spans.count; i++) {
      const column = this.#columnOf(bytes, i);
      if (column >= 0) fields[column] = i;
      else this.#rest.push(i);
    }
    // A byte becomes four where it is a backslash of what cannot be held.
    this.#reserve((end - start) * 4 + spans.count * 24 + fields.length * 3 + 64);
    for (let column = 0; column < fields.length; column++) {
      const field = fields[column]!;
      if (
        field >= 0 && bytes[spans.values[field]!] !== 0x6e && this.#value(bytes, field, this.#fits[column]!)
      ) {
        this.used[column] = true;
      } else {
        if (field >= 0 && bytes[spans.values[field]!] !== 0x6e) this.#rest.push(field);
        this.#null();
      }
      this.#out[this.#filled++] = tab;
    }
    this.#writeRest(bytes);
    this.#out[this.#filled++] = tab;
    this.#text(String(this.lines));
    this.#out[this.#filled++] = newline;
  }

  /** The column of a field. */
  #columnOf(bytes: Uint8Array, field: number): number {
    const start = this.#spans.names[field]!, end = this.#spans.nameEnds[field]!;
    const known = this.#names[field];
    if (known !== undefined && isSame(known.bytes, bytes, start, end)) return known.column;
    const written = bytes.slice(start, end);
    const isHoldable = (this.#spans.nameFlags[field]! & spanFlags.unholdable) === 0;
    const column = isHoldable ? this.#numbers.get(JSON.parse(decoder.decode(written))) ?? -1 : -1;
    if (field < 1_000) this.#names[field] = { bytes: written, column };
    return column;
  }

  /** Writes a value where it fits; else writes nothing. */
  #value(bytes: Uint8Array, field: number, fit: ColumnFit): boolean {
    const start = this.#spans.values[field]!, end = this.#spans.valueEnds[field]!;
    const flags = this.#spans.valueFlags[field]!;
    if ((flags & spanFlags.unholdable) !== 0) return false;
    const first = bytes[start]!;
    if (fit.json) {
      this.#copy(bytes, start, end);
      return true;
    }
    if (first === quote) {
      const { string } = fit;
      if (string === false) return false;
      if (string === true && flags === 0) {
        this.#copy(bytes, start + 1, end - 1);
        return true;
      }
      const text: string = JSON.parse(decoder.decode(bytes.subarray(start, end)));
      if (string !== true && !string(text)) return false;
      this.#text(text);
      return true;
    }
    const isWord = first === 0x74 || first === 0x66;
    if (isWord || first === 0x7b || first === 0x5b) {
      if (!isWord || !fit.boolean) return false;
    } else {
      const { number } = fit;
      if (number === false) return false;
      if (number !== true && !number(decoder.decode(bytes.subarray(start, end)))) return false;
    }
    this.#copy(bytes, start, end);
    return true;
  }

  #writeRest(bytes: Uint8Array): void {
    if (this.#rest.length === 0) return this.#null();
    const { nameEnds, nameFlags, names, valueEnds, valueFlags, values } = this.#spans;
    if (!this.#hasRest) {
      const name = decoder.decode(bytes.subarray(names[this.#rest[0]!], nameEnds[this.#rest[0]!]));
      throw new Error(
        `line ${this.lines} has no place for ${name}: there is no such column, or the value does not fit it, and the ` +
          `table has no column sluice_rest of type jsonb for such`,
      );
    }
    let before = "{";
    for (const field of this.#rest) {
      this.#text(before);
      before = ",";
      const start = names[field]!, end = nameEnds[field]!;
      if ((nameFlags[field]! & spanFlags.unholdable) === 0) this.#copy(bytes, start, end);
      else this.#text(JSON.stringify(decoder.decode(bytes.subarray(start + 1, end - 1))));
      this.#text(":");
      const from = values[field]!, to = valueEnds[field]!;
      if ((valueFlags[field]! & spanFlags.unholdable) === 0) this.#copy(bytes, from, to);
      else this.#text(`{"sluice_json":${JSON.stringify(decoder.decode(bytes.subarray(from, to)))}}`);
    }
    this.#text("}");
  }

  #null(): void {
    this.#out[this.#filled++] = backslash;
    this.#out[this.#filled++] = 0x4e;
  }

  /** Copies bytes, with what means something to COPY escaped. */
  #copy(bytes: Uint8Array, start: number, end: number): void {
    const out = this.#out;
    let filled = this.#filled;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      if (byte === backslash) {
        out[filled++] = backslash;
        out[filled++] = backslash;
      } else if (byte === tab) {
        out[filled++] = backslash;
        out[filled++] = 0x74;
      } else if (byte === carriageReturn) {
        out[filled++] = backslash;
        out[filled++] = 0x72;
      } else out[filled++] = byte;
    }
    this.#filled = filled;
  }

  #text(text: string): void {
    const escaped = copyText(text);
    this.#filled += encoder.encodeInto(escaped, this.#out.subarray(this.#filled)).written;
  }

  #reserve(bytes: number): void {
    if (this.#filled + bytes <= this.#out.length) return;
    const grown = new Uint8Array(this.#filled + bytes);
    grown.set(this.#out.subarray(0, this.#filled));
    this.#out = grown;
  }
}

const copyEscapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

/** A text as COPY's text format has it. */
export function copyText(text: string): string {
  return /[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, (character) => copyEscapes[character]!) : text;
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte !== 0x20 && byte !== tab && byte !== carriageReturn) return false;
  }
  return true;
}

function isSame(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
