import type { Answer } from "../batch.ts";
import { type Recipe, recipeKey } from "../../recipe/recipe.ts";
import { scanLinesWasm } from "./scan_lines.wasm.ts";

export interface LineScannerOptions {
  readonly recipe: Recipe;
  /** Distinct keys that are remembered, from window to window; a window with more of them is slower. */
  readonly maxKeys?: number;
  /** Bytes of keys that are remembered. A key that is larger is left to `JSON.parse`. */
  readonly maxKeyTableBytes?: number;
}

/** Stands in {@linkcode ScannedLines.slots} for a line that has to be judged with `JSON.parse`. */
export const SLOW_LINE = 0xffff_ffff;
/** To be put into {@linkcode ScannedLines.slots} for a line that is no record. */
export const DROPPED_LINE = 0xffff_fffd;

/**
 * What the scanner found out about a window's lines: views of the scanner's memory, good until its next call. What is written to
 * `slots`, `spliceStarts` and `spliceEnds` is taken over by {@linkcode LineScanner.take}.
 */
export interface ScannedLines {
  /** The lines, each with its LF. */
  readonly text: Uint8Array<ArrayBuffer>;
  /** For each line, the index of its LF. */
  readonly ends: Uint32Array;
  /** For each line, its key's index in `keys`, or 0xffff_fffe for a blank line, or one of the two above. */
  readonly slots: Uint32Array;
  /** For each line, what the answer takes the place of; where that is nothing, a field has to be made. */
  readonly spliceStarts: Uint32Array;
  readonly spliceEnds: Uint32Array;
  /** The distinct keys of the lines that are not slow, in the order of their first line. */
  readonly keys: string[];
  /** Indexes of the lines that are {@linkcode SLOW_LINE}. */
  readonly slow: Uint32Array;
  readonly blank: number;
  /** Whether some line ends in CR and LF. */
  readonly hasCr: boolean;
}

/** Records' lines with what {@linkcode LineScanner.encode} needs: copies, independent of the scanner. */
export interface TakenLines {
  readonly text: Uint8Array<ArrayBuffer>;
  readonly ends: Uint32Array;
  readonly spliceStarts: Uint32Array;
  readonly spliceEnds: Uint32Array;
  readonly keyOf: ArrayLike<number>;
  /** For each record, which of the window's lines it was; absent where every line is a record. */
  readonly lineIndexes?: Uint32Array;
}

/** What the module of `scan_lines.as.ts` exports; numbers are bytes or addresses. */
interface Exports extends Globals {
  readonly memory: WebAssembly.Memory;
  configure(fieldBytes: number, maxKeys: number, arenaBytes: number, seed: bigint): void;
  setFields(company: number, title: number, output: number, prefix: number): void;
  reserve(lines: number, textBytes: number, outBytes: number): void;
  forget(): void;
  isNearlyFull(lines: number): number;
  windowEnd(textBytes: number, lines: number, bytes: number): number;
  scan(textBytes: number, maxLineBytes: number): void;
  pack(): number;
  encode(records: number, answers: number): number;
}

type Columns = "ends" | "slots" | "spliceStarts" | "spliceEnds" | "lineIndexes" | "slotKeys" | "slowLines";
type Counts = "lineCount" | "slowCount" | "blankCount" | "slotCount" | "hasCr" | "keyCount";
type Globals = {
  readonly [name in "fields" | "keys" | "text" | "out" | Columns | Counts]: WebAssembly.Global;
};

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** A key's entry begins with so many bytes; the second and the third word are how long company and title are. */
const KEY_HEADER = 24;
const REFUSED = 255;
/** More memory than this is given back once it is not needed: only windows with very long lines do. */
const keptMemoryBytes = 16 * 1024 ** 2;

let compiled: WebAssembly.Module | undefined;

/**
 * Reads lines of JSON as bytes, in WebAssembly: finds a window's records, their keys, and where their answers go,
 * and writes records with their answers. A line that it takes is one that `JSON.parse` takes, with the same keys;
 * of what it does not take it says nothing, and `JSON.parse` has to.
 *
 * All calls are synchronous, and nothing is kept between them but the table of known keys: one scanner serves all
 * streams of a thread. Its memory is that table, and a window's lines twice.
 */
export class LineScanner {
  readonly #recipe: Recipe;
  readonly #options: LineScannerOptions;
  #exports!: Exports;
  #bytes!: Uint8Array<ArrayBuffer>;
  #words!: Uint32Array<ArrayBuffer>;
  /** By id, the known keys: one string for each, so that looking it up again need not hash it again. */
  #keys: string[] = [];
  #prefixBytes = 0;
  #tableBytes = 0;

  constructor(options: LineScannerOptions) {
    this.#recipe = options.recipe;
    this.#options = options;
    this.#start();
  }

  /**
   * Finds where a window ends.
   *
   * @param chunk What has come.
   * @param limits How many more lines and bytes make the window full: it ends with the line that reaches either.
   * @returns How much of the chunk belongs to the window, if it gets full; and how many lines end in that, or in
   * the whole chunk.
   */
  windowEnd(chunk: Uint8Array, limits: { lines: number; bytes: number }): { end?: number; lines: number } {
    this.#reserve(0, chunk.length, 0);
    const { text, lineCount, windowEnd } = this.#exports;
    this.#bytes.set(chunk, text.value);
    const end = windowEnd(chunk.length, limits.lines, Math.max(0, limits.bytes));
    return { end: end === 0 ? undefined : end, lines: lineCount.value };
  }

  /**
   * Scans lines.
   *
   * @param pieces Together, lines each of which ends in LF.
   * @param lines How many they are.
   * @param maxLineBytes Longer lines are {@linkcode SLOW_LINE}.
   */
  scan(pieces: readonly Uint8Array[], lines: number, maxLineBytes: number): ScannedLines {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (this.#bytes.length > this.#tableBytes + Math.max(keptMemoryBytes, 8 * length)) this.#start();
    this.#reserve(lines, length, 0);
    const exports = this.#exports;
    if (exports.isNearlyFull(lines)) {
      exports.forget();
      this.#keys = [];
    }
    let at = exports.text.value;
    for (const piece of pieces) {
      this.#bytes.set(piece, at);
      at += piece.length;
    }
    exports.scan(length, maxLineBytes);
    this.#learnKeys();
    const slotKeys = this.#column(exports.slotKeys, exports.slotCount.value);
    const keys = new Array<string>(slotKeys.length);
    for (let slot = 0; slot < keys.length; slot++) keys[slot] = this.#keys[slotKeys[slot]!]!;
    return {
      text: this.#bytes.subarray(exports.text.value, exports.text.value + length),
      ends: this.#column(exports.ends, lines),
      slots: this.#column(exports.slots, lines),
      spliceStarts: this.#column(exports.spliceStarts, lines),
      spliceEnds: this.#column(exports.spliceEnds, lines),
      keys,
      slow: this.#column(exports.slowLines, exports.slowCount.value),
      blank: exports.blankCount.value,
      hasCr: exports.hasCr.value !== 0,
    };
  }

  /**
   * Takes the records out of the scanner: the lines that are neither blank nor dropped, without the CR of their line
   * ends.
   *
   * @param scanned What the last call of `scan` returned.
   */
  take({ text, ends, blank, hasCr }: ScannedLines, dropped: number): TakenLines {
    const exports = this.#exports;
    const isWhole = blank === 0 && dropped === 0 && !hasCr;
    const length = isWhole ? text.length : exports.pack();
    const records = isWhole ? ends.length : exports.lineCount.value;
    return {
      text: text.slice(0, length),
      ends: this.#column(exports.ends, records).slice(),
      spliceStarts: this.#column(exports.spliceStarts, records).slice(),
      spliceEnds: this.#column(exports.spliceEnds, records).slice(),
      keyOf: this.#column(exports.slots, records).slice(),
      lineIndexes: isWhole ? undefined : this.#column(exports.lineIndexes, records).slice(),
    };
  }

  /**
   * Records with their answers, each ending in LF; and how many they are, since refused ones are left out.
   *
   * @param answers For each key, a whole number from 0 to 254, or `refused`. `undefined` comes back if it is not.
   */
  encode(
    taken: Omit<TakenLines, "lineIndexes">,
    answers: readonly (Answer | undefined)[],
  ): { bytes: Uint8Array<ArrayBuffer>; records: number } | undefined {
    const { text, ends, spliceStarts, spliceEnds, keyOf } = taken;
    const codes = new Uint8Array(answers.length);
    for (let i = 0; i < answers.length; i++) {
      const answer = answers[i] === "refused" ? REFUSED : answers[i] as number;
      if (!(answer >= 0 && answer <= REFUSED) || (answer === REFUSED && answers[i] !== "refused")) {
        return undefined;
      }
      codes[i] = answer;
      if (codes[i] !== answer) return undefined;
    }
    const records = ends.length;
    const prefix = this.#prefixBytes + 3;
    // The answers stand behind the text, where the padding was.
    this.#reserve(records, text.length + codes.length, text.length + records * prefix);
    const exports = this.#exports;
    const codesAt = exports.text.value + text.length;
    this.#bytes.set(text, exports.text.value);
    this.#bytes.set(codes, codesAt);
    this.#words.set(ends, exports.ends.value >>> 2);
    this.#words.set(keyOf, exports.slots.value >>> 2);
    this.#words.set(spliceStarts, exports.spliceStarts.value >>> 2);
    this.#words.set(spliceEnds, exports.spliceEnds.value >>> 2);
    const length = exports.encode(records, codesAt);
    return {
      bytes: this.#bytes.slice(exports.out.value, exports.out.value + length),
      records: exports.lineCount.value,
    };
  }

  #start(): void {
    const { maxKeys = 32_768, maxKeyTableBytes = 2 * 1024 ** 2 } = this.#options;
    const { companyField, titleField, outputField } = this.#recipe;
    compiled ??= new WebAssembly.Module(Uint8Array.fromBase64(scanLinesWasm));
    const { exports } = new WebAssembly.Instance(compiled);
    this.#exports = exports as unknown as Exports;
    const names = [companyField, titleField, outputField].map(fieldBytes);
    names.push(encoder.encode(`,${JSON.stringify(outputField)}:`));
    // So that no input can be made whose keys collide.
    const [seed] = crypto.getRandomValues(new BigUint64Array(1));
    this.#exports.configure(
      names.reduce((sum, name) => sum + name.length, 0),
      maxKeys,
      maxKeyTableBytes,
      seed!,
    );
    this.#view();
    let at = this.#exports.fields.value;
    for (const name of names) {
      this.#bytes.set(name, at);
      at += name.length;
    }
    const [company, title, output, prefix] = names.map((name) => name.length);
    this.#exports.setFields(company!, title!, output!, prefix!);
    this.#prefixBytes = prefix!;
    this.#tableBytes = this.#bytes.length;
    this.#keys = [];
  }

  #reserve(lines: number, textBytes: number, outBytes: number): void {
    this.#exports.reserve(lines, textBytes, outBytes);
    if (this.#bytes.buffer !== this.#exports.memory.buffer) this.#view();
  }

  /** Memory that grows gets a new buffer. */
  #view(): void {
    const buffer = this.#exports.memory.buffer as ArrayBuffer;
    this.#bytes = new Uint8Array(buffer);
    this.#words = new Uint32Array(buffer);
  }

  #column(at: WebAssembly.Global, length: number): Uint32Array<ArrayBuffer> {
    const start = at.value >>> 2;
    return this.#words.subarray(start, start + length);
  }

  /** What it takes now. */
  get memoryBytes(): number {
    return this.#bytes.length;
  }

  /** Makes strings of the keys that were not known before. */
  #learnKeys(): void {
    const { keys, keyCount } = this.#exports;
    for (let id = this.#keys.length; id < keyCount.value; id++) {
      const entry = this.#words[(keys.value >>> 2) + id]!;
      const at = entry + KEY_HEADER, middle = at + this.#words[(entry >>> 2) + 1]!;
      const company = decoder.decode(this.#bytes.subarray(at, middle));
      const title = decoder.decode(this.#bytes.subarray(middle, middle + this.#words[(entry >>> 2) + 2]!));
      this.#keys.push(recipeKey(company, title, this.#recipe));
    }
  }
}

/** A field's name as it stands in a line. */
function fieldBytes(field: string): Uint8Array {
  // One with a lone surrogate can only stand there with escapes, which `JSON.parse` judges. No name holds this byte.
  return field.isWellFormed() ? encoder.encode(field) : Uint8Array.of(0xff);
}
