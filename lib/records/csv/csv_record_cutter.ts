import type { CsvDelimiter } from "./csv_delimiters.ts";

const LF = 10, CR = 13, QUOTE = 0x22;

export interface CsvRecordCutterOptions {
  readonly delimiter: CsvDelimiter;
  /** The byte that ends records. Defaults to LF. */
  readonly lineEnd?: typeof LF | typeof CR;
}

/** Where in a record the next byte stands; plain numbers, since they are compared for each byte. */
const FIELD_START = 0, UNQUOTED = 1, QUOTED = 2;
/** Behind a quote that ends the field, or is the first half of a quote in it. */
const QUOTE_SEEN = 3;
/** Behind such a quote and CRs, which are good before an LF only. */
const QUOTE_AND_CR_SEEN = 4;

/**
 * Finds the ends of CSV records: the line ends outside quotes. Takes a record in as many parts as it comes in, and
 * holds nothing of it. Quotes are `"`, doubled inside a field; a field is quoted where its first byte is a quote.
 *
 * A quote at another place is stray. The field then continues without quotes, and its record ends with the line, at the
 * latest: a quote of a later field opens nothing. Where it turns out so late that the record has several lines already, the
 * cutter stops: the record is spoilt, and what follows is for the caller to decide.
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
  /** Where in the bytes a spoilt record's stray quote is. */
  strayAt = 0;
  readonly #delimiter: number;
  readonly #lineEnd: number;
  #state = FIELD_START;
  #isEnded = false;

  constructor({ delimiter, lineEnd = LF }: CsvRecordCutterOptions) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#lineEnd = lineEnd;
  }

  /** Whether the record that is being read has a stray quote, and several lines: it is to be reset. */
  get isSpoilt(): boolean {
    return this.hasStrayQuote && this.lines > 1 && !this.#isEnded;
  }

  /**
   * Continues the record that is being read, or begins the next one.
   *
   * @param start Where to continue in `bytes`; what was read up to there is not looked at again.
   * @param end Where the bytes end.
   * @returns The index behind the record's line end; `undefined` where the record does not end there, or is spoilt.
   */
  cut(bytes: Uint8Array, start: number, end: number = bytes.length): number | undefined {
    if (this.#isEnded) this.reset();
    const delimiter = this.#delimiter, lineEnd = this.#lineEnd;
    let state = this.#state, { lines, fields } = this;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      if (state === QUOTED && !(byte === lineEnd && this.hasStrayQuote)) {
        if (byte === QUOTE) state = QUOTE_SEEN;
        else if (byte === lineEnd) lines++;
        continue;
      }
      if (byte === lineEnd) {
        this.#state = FIELD_START;
        this.#isEnded = true;
        this.lines = lines;
        this.fields = fields;
        return i + 1;
      }
      let isStray = false;
      if (byte === delimiter) {
        isStray = state === QUOTE_AND_CR_SEEN;
        state = FIELD_START;
        fields++;
      } else if (state === UNQUOTED) {
        isStray = byte === QUOTE;
      } else if (state === FIELD_START) {
        state = byte === QUOTE ? QUOTED : UNQUOTED;
      } else if (state === QUOTE_SEEN && byte === QUOTE) {
        state = QUOTED;
      } else if (byte === CR && lineEnd === LF) {
        state = QUOTE_AND_CR_SEEN;
      } else {
        isStray = true;
        state = UNQUOTED;
      }
      if (!isStray) continue;
      this.hasStrayQuote = true;
      this.strayAt = i;
      if (lines > 1) break;
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
