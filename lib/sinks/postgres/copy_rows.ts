import { SluiceError } from "../../errors/sluice_error.ts";
import { type Answer, type Batch, noAnswer } from "../../records/batch.ts";
import { JsonSpans, spanFlags } from "../../records/json_spans.ts";
import { answerText } from "../../records/stages/encode.ts";
import type { Misfits } from "./judge_rows.ts";
import { noPlace } from "./no_place.ts";
import { type ColumnFit, columnFit, type PostgresColumn } from "./postgres_column.ts";

export interface CopyRowsOptions {
  /** In the order of the COPY statement, which has `sluice_rest` and `sluice_line` behind them. */
  readonly columns: readonly PostgresColumn[];
  /** Whether the table can hold what has no column; an error says so where there is such. */
  readonly hasRest: boolean;
  /** Field that the answer is written to. */
  readonly outputField: string;
  /** Field that gets where the answer came from; absent if that is not recorded. */
  readonly provenanceField?: string;
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

/** Fields that take the place of a record's own: its answer, and where that came from. */
interface Added {
  readonly bytes: Uint8Array;
  readonly spans: JsonSpans;
  /** Which column each of them goes to; -1 for none. */
  readonly columns: readonly number[];
}

/** Answers that are kept ready made. */
const maxKeptAnswers = 1_000;
/** Stands for the column of a field that an answer takes the place of. */
const REPLACED = -2;

/**
 * Batches of JSON lines to rows in the text format of PostgreSQL's COPY, each with its answer. Values are copied as they
 * are written, never read as JavaScript's numbers; of a name that occurs twice in a record, the last value counts. What
 * has no column, or does not fit its column, goes into `sluice_rest` as a JSON object. What PostgreSQL cannot hold at all
 * stands there as `{"sluice_json": TEXT}`, with the value's JSON as text, under a name that is the name's JSON, without
 * quotes, where that is what cannot be held. Buffers a chunk of rows.
 */
export class CopyRows {
  /** Rows so far. */
  rows = 0;
  /** What the rows take as JSON lines, in bytes. */
  bytes = 0;
  /** For each column, whether a record has had a value for it. */
  readonly used: boolean[];
  /** For each column with values that did not fit, how many, and the first one's row. */
  readonly #misfits = new Map<number, { count: number; readonly line: number }>();
  readonly #columns: readonly PostgresColumn[];
  readonly #fits: readonly ColumnFit[];
  readonly #hasRest: boolean;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #outputField: string;
  readonly #provenanceField: string | undefined;
  readonly #spans = new JsonSpans();
  /** The names of the last record, by their place in it: the next one most likely has the same. */
  readonly #names: KnownName[] = [];
  readonly #added = new Map<string, Added>();
  /** For each column, the field of the present record; -1 where it has none, -2 and below for those that are added. */
  readonly #fields: Int32Array;
  /** Fields of the present record that go into the rest, in the same numbers. */
  #rest: number[] = [];
  #out = new Uint8Array(2 * chunkBytes);
  #filled = 0;

  constructor({ columns, hasRest, outputField, provenanceField }: CopyRowsOptions) {
    this.#columns = columns;
    this.#hasRest = hasRest;
    this.#outputField = outputField;
    this.#provenanceField = provenanceField;
    this.#fits = columns.map(columnFit);
    this.#numbers = new Map(columns.map(({ name }, i) => [name, i]));
    this.#fields = new Int32Array(columns.length);
    this.used = columns.map(() => false);
  }

  /** The values so far that did not fit their columns. */
  get misfits(): readonly Misfits[] {
    return Array.from(this.#misfits, ([column, misfits]) => {
      const { name, type } = this.#columns[column]!;
      return { name, type, ...misfits };
    });
  }

  /**
   * The rows of a batch, without the records whose question was refused, in chunks of their own buffers.
   *
   * @throws {SluiceError} A record has something for `sluice_rest`, which the table does not have.
   */
  *write({ answers, ends, keyOf, origins, text }: Batch): Generator<Uint8Array<ArrayBuffer>> {
    for (let i = 0; i < ends.length; i++) {
      const slot = keyOf[i]!, answer = answers[slot];
      if (answer === "refused") continue;
      if (answer === undefined) throw noAnswer();
      this.#row(text, i === 0 ? 0 : ends[i - 1]! + 1, ends[i]!, this.#addedOf(answer, origins?.[slot]));
      if (this.#filled > chunkBytes) yield this.#taken();
    }
    if (this.#filled > 0) yield this.#taken();
  }

  #taken(): Uint8Array<ArrayBuffer> {
    const taken = this.#out.slice(0, this.#filled);
    this.#filled = 0;
    return taken;
  }

  /** The fields that an answer adds to a record. */
  #addedOf(answer: Exclude<Answer, "refused">, origin: string | undefined): Added {
    const id = `${answer} ${origin}`;
    let added = this.#added.get(id);
    if (added === undefined) {
      const provenance = this.#provenanceField === undefined
        ? ""
        : `,${JSON.stringify(this.#provenanceField)}:${JSON.stringify(origin)}`;
      const bytes = encoder.encode(
        `{${JSON.stringify(this.#outputField)}:${answerText(answer)}${provenance}}`,
      );
      const spans = new JsonSpans();
      spans.read(bytes, 0, bytes.length);
      const columns = [this.#outputField, this.#provenanceField].slice(0, spans.count)
        .map((name) => this.#numbers.get(name!) ?? -1);
      added = { bytes, spans, columns };
      if (this.#added.size >= maxKeptAnswers) this.#added.clear();
      this.#added.set(id, added);
    }
    return added;
  }

  #row(bytes: Uint8Array, start: number, end: number, added: Added): void {
    const spans = this.#spans, fields = this.#fields;
    this.rows++;
    if (!spans.read(bytes, start, end)) {
      const subject = `record ${this.rows}`, reason = "its line is not a JSON object";
      throw new SluiceError({ kind: "internal", action: "make a row of", subject, reason });
    }
    fields.fill(-1);
    if (this.#rest.length > 0) this.#rest = [];
    let replaced = 0;
    for (let i = 0; i < spans.count; i++) {
      const column = this.#columnOf(bytes, i);
      if (column >= 0) fields[column] = i;
      else if (column === REPLACED) replaced += spans.valueEnds[i]! - spans.names[i]! + 1;
      else this.#rest.push(i);
    }
    added.columns.forEach((column, i) => {
      if (column >= 0) fields[column] = -2 - i;
      else this.#rest.push(-2 - i);
    });
    this.bytes += end - start - replaced + added.bytes.length;
    // A byte becomes four where it is a backslash of what cannot be held.
    this.#reserve((end - start + added.bytes.length) * 4 + (spans.count + 2) * 24 + fields.length * 3 + 64);
    for (let column = 0; column < fields.length; column++) {
      const field = fields[column]!;
      const isNull = field === -1 || this.#isNull(bytes, field, added);
      if (!isNull && this.#value(bytes, field, added, this.#fits[column]!)) this.used[column] = true;
      else {
        if (!isNull) {
          this.#rest.push(field);
          this.#misfits.getOrInsertComputed(column, () => ({ count: 0, line: this.rows })).count++;
        }
        this.#null();
      }
      this.#out[this.#filled++] = tab;
    }
    this.#writeRest(bytes, added);
    this.#out[this.#filled++] = tab;
    this.#text(String(this.rows));
    this.#out[this.#filled++] = newline;
  }

  #isNull(bytes: Uint8Array, field: number, added: Added): boolean {
    return field >= 0
      ? bytes[this.#spans.values[field]!] === 0x6e
      : added.bytes[added.spans.values[-2 - field]!] === 0x6e;
  }

  /** The column of a field of the record; {@linkcode REPLACED} where an answer takes its place, -1 where it has none. */
  #columnOf(bytes: Uint8Array, field: number): number {
    const start = this.#spans.names[field]!, end = this.#spans.nameEnds[field]!;
    const known = this.#names[field];
    if (known !== undefined && isSame(known.bytes, bytes, start, end)) return known.column;
    const written = bytes.slice(start, end);
    const name: string = JSON.parse(decoder.decode(written));
    const isHoldable = (this.#spans.nameFlags[field]! & spanFlags.unholdable) === 0;
    const column = name === this.#outputField || name === this.#provenanceField
      ? REPLACED
      : isHoldable
      ? this.#numbers.get(name) ?? -1
      : -1;
    if (field < 1_000) this.#names[field] = { bytes: written, column };
    return column;
  }

  /** Writes a value where it fits; else writes nothing. */
  #value(record: Uint8Array, field: number, added: Added, fit: ColumnFit): boolean {
    const bytes = field >= 0 ? record : added.bytes;
    const spans = field >= 0 ? this.#spans : added.spans, at = field >= 0 ? field : -2 - field;
    const start = spans.values[at]!, end = spans.valueEnds[at]!;
    const flags = spans.valueFlags[at]!;
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

  #writeRest(record: Uint8Array, added: Added): void {
    if (this.#rest.length === 0) return this.#null();
    if (!this.#hasRest) throw this.#noPlace(record, added);
    let before = "{";
    for (const field of this.#rest) {
      const bytes = field >= 0 ? record : added.bytes;
      const { nameEnds, nameFlags, names, valueEnds, valueFlags, values } = field >= 0
        ? this.#spans
        : added.spans;
      const at = field >= 0 ? field : -2 - field;
      this.#text(before);
      before = ",";
      const start = names[at]!, end = nameEnds[at]!;
      if ((nameFlags[at]! & spanFlags.unholdable) === 0) this.#copy(bytes, start, end);
      else this.#text(JSON.stringify(decoder.decode(bytes.subarray(start + 1, end - 1))));
      this.#text(":");
      const from = values[at]!, to = valueEnds[at]!;
      if ((valueFlags[at]! & spanFlags.unholdable) === 0) this.#copy(bytes, from, to);
      else this.#text(`{"sluice_json":${JSON.stringify(decoder.decode(bytes.subarray(from, to)))}}`);
    }
    this.#text("}");
  }

  #noPlace(record: Uint8Array, added: Added): SluiceError {
    const field = this.#rest[0]!;
    const bytes = field >= 0 ? record : added.bytes;
    const { nameEnds, names, valueEnds, values } = field >= 0 ? this.#spans : added.spans;
    const at = field >= 0 ? field : -2 - field;
    const text = (start: number, end: number) => decoder.decode(bytes.subarray(start, end));
    const name = text(names[at]!, nameEnds[at]!);
    const column = this.#columns[field >= 0 ? this.#columnOf(record, field) : added.columns[at]!];
    const value = text(values[at]!, valueEnds[at]!);
    return noPlace(this.rows, name, column && { value, type: column.type });
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

function isSame(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}
