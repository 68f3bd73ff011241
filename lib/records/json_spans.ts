/** What a value or a name holds that the reader has to know. */
export const spanFlags = {
  /** A string with escapes in it. */
  escapes: 1,
  /**
   * Something that PostgreSQL's `text` and `jsonb` cannot hold: the character U+0000, half a surrogate pair, a number
   * of thousands of digits, containers nested hundreds deep.
   */
  unholdable: 2,
} as const;

/** A field's name, to look for. */
export class FieldName {
  /** As `JSON.parse` gives it. */
  readonly text: string;
  /** In quotes, as it stands in a line that writes it without escapes. */
  readonly quoted: Uint8Array;

  constructor(text: string) {
    this.text = text;
    // One with a lone surrogate stands in a line with escapes only.
    this.quoted = encoder.encode(text.isWellFormed() ? `"${text}"` : "");
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** How deep containers may lie in each other before a value counts as unholdable. */
const maxDepth = 500;
/** Longest number, in bytes, that `numeric` holds whatever it is; its exponent may have three digits. */
const maxNumberBytes = 1_000;

/**
 * Where the fields of one JSON object are in its bytes. The arrays are used again for the next record. Reads as much of
 * the grammar as it needs to find the fields: within them, bytes that are not JSON may go unnoticed.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { FieldName, JsonSpans } from "./json_spans.ts";
 *
 * const bytes = new TextEncoder().encode('{"level": [1], "x": {"level": 2} }');
 * const spans = new JsonSpans();
 * assertEquals(spans.read(bytes, 0, bytes.length), true);
 * const found = spans.find(bytes, new FieldName("level"));
 * assertEquals(found.map((i) => new TextDecoder().decode(bytes.subarray(spans.values[i], spans.valueEnds[i]))), ["[1]"]);
 * ```
 */
export class JsonSpans {
  /** Number of fields. */
  count = 0;
  /** Of each field: where its name begins and ends, quotes included, where its value does, and the flags of both. */
  names: Int32Array<ArrayBuffer> = new Int32Array(64);
  nameEnds: Int32Array<ArrayBuffer> = new Int32Array(64);
  values: Int32Array<ArrayBuffer> = new Int32Array(64);
  valueEnds: Int32Array<ArrayBuffer> = new Int32Array(64);
  nameFlags: Uint8Array<ArrayBuffer> = new Uint8Array(64);
  valueFlags: Uint8Array<ArrayBuffer> = new Uint8Array(64);
  /** Where a further field goes: behind the last one, before white space; in an object without fields, behind its brace. */
  fieldsEnd = 0;
  #flags = 0;

  /** Indexes of the fields of a name, in order: several where it stands several times. */
  find(bytes: Uint8Array, name: FieldName): number[] {
    const found: number[] = [];
    for (let i = 0; i < this.count; i++) if (this.#hasName(bytes, i, name)) found.push(i);
    return found;
  }

  #hasName(bytes: Uint8Array, field: number, { quoted, text }: FieldName): boolean {
    const start = this.names[field]!, end = this.nameEnds[field]!;
    if (this.nameFlags[field] !== 0) return JSON.parse(decoder.decode(bytes.subarray(start, end))) === text;
    if (end - start !== quoted.length) return false;
    for (let i = 1; i < quoted.length; i++) if (bytes[start + i] !== quoted[i]) return false;
    return true;
  }

  /** Finds the fields of the object that the bytes from `start` to `end` are; whether they are one. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.count = 0;
    let at = skipSpace(bytes, start, end);
    if (bytes[at] !== 0x7b || at >= end) return false;
    this.fieldsEnd = at + 1;
    at = skipSpace(bytes, at + 1, end);
    if (bytes[at] === 0x7d && at < end) return skipSpace(bytes, at + 1, end) === end;
    for (;;) {
      if (at >= end || bytes[at] !== 0x22) return false;
      const field = this.count++;
      if (field === this.names.length) this.#grow();
      this.#flags = 0;
      this.names[field] = at;
      at = this.#string(bytes, at, end);
      if (at < 0) return false;
      this.nameEnds[field] = at;
      this.nameFlags[field] = this.#flags;
      at = skipSpace(bytes, at, end);
      if (at >= end || bytes[at] !== 0x3a) return false;
      at = skipSpace(bytes, at + 1, end);
      this.#flags = 0;
      this.values[field] = at;
      at = this.#value(bytes, at, end);
      if (at < 0) return false;
      this.valueEnds[field] = this.fieldsEnd = at;
      this.valueFlags[field] = this.#flags;
      at = skipSpace(bytes, at, end);
      if (at >= end) return false;
      if (bytes[at] === 0x7d) return skipSpace(bytes, at + 1, end) === end;
      if (bytes[at] !== 0x2c) return false;
      at = skipSpace(bytes, at + 1, end);
    }
  }

  /** The end of the value that begins at `at`, or -1. */
  #value(bytes: Uint8Array, at: number, end: number): number {
    if (at >= end) return -1;
    const first = bytes[at]!;
    if (first === 0x22) return this.#string(bytes, at, end);
    if (first !== 0x7b && first !== 0x5b) return this.#scalar(bytes, at, end);
    let depth = 0;
    while (at < end) {
      const byte = bytes[at]!;
      if (byte === 0x22) {
        at = this.#string(bytes, at, end);
        if (at < 0) return -1;
        continue;
      }
      if (byte === 0x7b || byte === 0x5b) {
        if (++depth > maxDepth) this.#flags |= spanFlags.unholdable;
      } else if (byte === 0x7d || byte === 0x5d) {
        if (--depth === 0) return at + 1;
      } else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
        at = this.#scalar(bytes, at, end);
        continue;
      }
      at++;
    }
    return -1;
  }

  /** The end of a number or a word. */
  #scalar(bytes: Uint8Array, at: number, end: number): number {
    const start = at;
    let exponent = -1;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === 0x2c || byte === 0x7d || byte === 0x5d || byte <= 0x20) break;
      if ((byte | 0x20) === 0x65 && exponent < 0) exponent = at;
    }
    const isWord = bytes[start]! >= 0x61;
    if (!isWord && (at - start > maxNumberBytes || (exponent > 0 && at - exponent > 5))) {
      this.#flags |= spanFlags.unholdable;
    }
    return at === start ? -1 : at;
  }

  /** The end of a string, behind its quote, or -1. */
  #string(bytes: Uint8Array, at: number, end: number): number {
    for (at++; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === 0x22) return at + 1;
      if (byte !== 0x5c) continue;
      this.#flags |= spanFlags.escapes;
      if (bytes[++at] !== 0x75) continue;
      const unit = hexUnit(bytes, at + 1);
      at += 4;
      if (unit >= 0xd800 && unit <= 0xdbff && bytes[at + 1] === 0x5c && bytes[at + 2] === 0x75) {
        const low = hexUnit(bytes, at + 3);
        if (low >= 0xdc00 && low <= 0xdfff) {
          at += 6;
          continue;
        }
      }
      if (unit === 0 || (unit >= 0xd800 && unit <= 0xdfff)) this.#flags |= spanFlags.unholdable;
    }
    return -1;
  }

  #grow(): void {
    const grown = (array: Int32Array<ArrayBuffer>) => {
      const larger = new Int32Array(array.length * 2);
      larger.set(array);
      return larger;
    };
    this.names = grown(this.names);
    this.nameEnds = grown(this.nameEnds);
    this.values = grown(this.values);
    this.valueEnds = grown(this.valueEnds);
    const flags = new Uint8Array(this.names.length);
    flags.set(this.nameFlags);
    this.nameFlags = flags;
    const valueFlags = new Uint8Array(this.names.length);
    valueFlags.set(this.valueFlags);
    this.valueFlags = valueFlags;
  }
}

function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && (bytes[at] === 0x20 || bytes[at] === 0x09 || bytes[at] === 0x0d || bytes[at] === 0x0a)) {
    at++;
  }
  return at;
}

/** The number of four hexadecimal digits; NaN if they are not hexadecimal. */
function hexUnit(bytes: Uint8Array, at: number): number {
  let unit = 0;
  for (let i = at; i < at + 4; i++) {
    const byte = bytes[i]!;
    const digit = byte >= 0x30 && byte <= 0x39
      ? byte - 0x30
      : (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66
      ? (byte | 0x20) - 0x57
      : NaN;
    unit = unit * 16 + digit;
  }
  return unit;
}
