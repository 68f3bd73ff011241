import { hashText } from "./hash_text.ts";

/** Largest count: one that would be more stays there. */
export const maxSketchCount = 255;
/** Rows of counters. */
const depth = 4;
const magic = 0x534c434d, format = 1, headerBytes = 16;

/**
 * How often texts were seen, in a memory that does not grow: a count-min sketch of bytes, with conservative update. An
 * estimate is never too low, as long as it is below {@linkcode maxSketchCount}; it is too high where, in all four rows,
 * others have come upon a text's counters: after `n` distinct texts in rows of `w` counters, with about the chance
 * (1 − e^(−n/w))⁴. A million texts in the 16 MiB that it has by default: 0.2 %.
 *
 * Cormode and Muthukrishnan, "An improved data stream summary: the count-min sketch and its applications", Journal of
 * Algorithms 55 (2005); the update is that of Estan and Varghese, "New directions in traffic measurement and
 * accounting", SIGCOMM 2002; the rows' indexes from two hashes, Kirsch and Mitzenmacher, "Less hashing, same
 * performance", ESA 2006.
 */
export class CountMinSketch {
  readonly #counters: Uint8Array<ArrayBuffer>;
  readonly #width: number;

  /** @param bytes Its size: the largest power of two up to this, 64 at least. */
  constructor(bytes: number) {
    this.#width = 2 ** Math.floor(Math.log2(Math.max(64, bytes) / depth));
    this.#counters = new Uint8Array(depth * this.#width);
  }

  /** What `toBytes` returned, if it is of a sketch that would be as large with `bytes`; else `undefined`. */
  static from(stored: Uint8Array<ArrayBuffer>, bytes: number): CountMinSketch | undefined {
    const sketch = new CountMinSketch(bytes);
    if (stored.length !== headerBytes + sketch.bytes) return undefined;
    const header = new DataView(stored.buffer, stored.byteOffset, headerBytes);
    const [found, version, rows, width] = [0, 4, 8, 12].map((at) => header.getUint32(at));
    if (found !== magic || version !== format || rows !== depth || width !== sketch.#width) return undefined;
    sketch.#counters.set(stored.subarray(headerBytes));
    return sketch;
  }

  /** Size of the counters. */
  get bytes(): number {
    return this.#counters.length;
  }

  /** Counts a text so many times more; returns how often it was seen by now, or a little more. */
  add(text: string, times: number): number {
    const [index, step] = this.#indexes(text);
    const count = Math.min(maxSketchCount, this.#least(index, step) + times);
    for (let row = 0; row < depth; row++) {
      const at = this.#at(row, index, step);
      if (this.#counters[at]! < count) this.#counters[at] = count;
    }
    return count;
  }

  /** How often a text was seen, or a little more. */
  estimate(text: string): number {
    return this.#least(...this.#indexes(text));
  }

  /** All of it, to be kept. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(headerBytes + this.#counters.length);
    const header = new DataView(bytes.buffer);
    [magic, format, depth, this.#width].forEach((value, i) => header.setUint32(4 * i, value));
    bytes.set(this.#counters, headerBytes);
    return bytes;
  }

  #least(index: number, step: number): number {
    let least = maxSketchCount;
    for (let row = 0; row < depth; row++) {
      least = Math.min(least, this.#counters[this.#at(row, index, step)]!);
    }
    return least;
  }

  #at(row: number, index: number, step: number): number {
    return row * this.#width + ((index + Math.imul(row, step)) & (this.#width - 1));
  }

  #indexes(text: string): [index: number, step: number] {
    return [hashText(text, 0x9747b28c), hashText(text, 0x5bd1e995) | 1];
  }
}
