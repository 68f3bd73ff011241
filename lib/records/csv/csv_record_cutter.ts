import type { CsvDelimiter } from "./csv_delimiters.ts";

const LF = 10, CR = 13, QUOTE = 0x22;

/** Where in a record the next byte stands; plain numbers, since they are compared for each byte. */
const FIELD_START = 0, UNQUOTED = 1, QUOTED = 2;
/** Behind a quote that ends the field, or is the first half of a quote in it. */
const QUOTE_SEEN = 3;
/** Behind such a quote and a CR, which is good before an LF only. */
const QUOTE_AND_CR_SEEN = 4;

/**
 * Finds the ends of CSV records: the newlines outside quotes. Takes a record in as many parts as it comes in, and
 * holds nothing of it. Quotes are `"`, doubled inside a field; a field is quoted where its first byte is a quote.
 *
 * A quote at another place is stray. The field then continues without quotes, so that its record ends with the line.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { CsvRecordCutter } from "./csv_record_cutter.ts";
 *
 * const bytes = new TextEncoder().encode('1,"a\nb"\n2,c\n3,');
 * const cutter = new CsvRecordCutter({ delimiter: "," });
 * assertEquals([cutter.cut(bytes, 0), cutter.cut(bytes, 8), cutter.cut(bytes, 12)], [8, 12, undefined]);
 * ```
 */
export class CsvRecordCutter {
  /** Lines of the record that ended last, or of the part read so far of an unfinished one. */
  lines = 1;
  /** Fields of that record; they mean little where it has a stray quote. */
  fields = 1;
  hasStrayQuote = false;
  readonly #delimiter: number;
  #state = FIELD_START;
  #isEnded = false;

  constructor({ delimiter }: { readonly delimiter: CsvDelimiter }) {
    this.#delimiter = delimiter.charCodeAt(0);
  }

  /**
   * Continues the record that is being read, or begins the next one.
   *
   * @param start Where to continue in `bytes`; what was read up to there is not looked at again.
   * @param end Where the bytes end.
   * @returns The index behind the record's LF; `undefined` where the record does not end there.
   */
  cut(bytes: Uint8Array, start: number, end: number = bytes.length): number | undefined {
    if (this.#isEnded) this.reset();
    const delimiter = this.#delimiter;
    let state = this.#state, { lines, fields } = this;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      if (state === QUOTED) {
        if (byte === QUOTE) state = QUOTE_SEEN;
        else if (byte === LF) lines++;
      } else if (byte === LF) {
        this.#state = FIELD_START;
        this.#isEnded = true;
        this.lines = lines;
        this.fields = fields;
        return i + 1;
      } else if (byte === delimiter) {
        if (state === QUOTE_AND_CR_SEEN) this.hasStrayQuote = true;
        state = FIELD_START;
        fields++;
      } else if (state === UNQUOTED) {
        if (byte === QUOTE) this.hasStrayQuote = true;
      } else if (state === FIELD_START) {
        state = byte === QUOTE ? QUOTED : UNQUOTED;
      } else if (state === QUOTE_SEEN && byte === QUOTE) {
        state = QUOTED;
      } else if (state === QUOTE_SEEN && byte === CR) {
        state = QUOTE_AND_CR_SEEN;
      } else {
        this.hasStrayQuote = true;
        state = UNQUOTED;
      }
    }
    this.#state = state;
    this.lines = lines;
    this.fields = fields;
    return undefined;
  }

  /** Discards the unfinished record: the next byte begins a new one. */
  reset(): void {
    this.#state = FIELD_START;
    this.#isEnded = false;
    this.lines = 1;
    this.fields = 1;
    this.hasStrayQuote = false;
  }
}
