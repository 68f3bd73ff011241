import { SluiceError } from "../errors/sluice_error.ts";
import { stringHash } from "./string_hash.ts";

export interface DistinctKeysOptions {
  /** Keys kept at once. Defaults to 3,000,000, which take 38 MB, and half as much again while the table grows. */
  readonly maxKeys?: number;
}

const leastSlots = 1024;
const withoutAnswer = 1, firstAnswer = 2, knownBit = 128;
/** How full the table may be. */
const maxLoad = 0.75;

/**
 * Counts distinct keys, and those among them that are known: exactly up to `maxKeys`, by 64 bits of their hash (that
 * two of 3 million share them has a chance of one in four million). Keeps a byte for the answer of each.
 *
 * Past that, it keeps those keys whose hashes end in a 0, half of them all, then a quarter, and so on, and counts each
 * for as many as it stands for: an estimate, off by `relativeError` at most in two cases of three.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { DistinctKeys } from "./distinct_keys.ts";
 *
 * const keys = new DistinctKeys();
 * assertEquals([keys.add("a"), keys.add("b"), keys.add("a")], [true, true, false]);
 * keys.setKnown("b", 3);
 * assertEquals([keys.distinct, keys.known, keys.answer("b"), keys.relativeError], [2, 1, 3, 0]);
 * ```
 */
export class DistinctKeys {
  readonly #maxKeys: number;
  /** Taken for each hash. */
  readonly #hashed = new Uint32Array(2);
  /** Two words of a hash for each slot. */
  #words = new Uint32Array(2 * leastSlots);
  /** Of each slot: 0 empty, 1 without an answer, 2 and more an answer, with `knownBit` one that is known. */
  #states = new Uint8Array(leastSlots);
  #kept = 0;
  #keptKnown = 0;
  /** Each kept key stands for 2 to the power of this. */
  #level = 0;

  /** @throws {SluiceError} `internal`: `maxKeys` is below 1. */
  constructor({ maxKeys = 3_000_000 }: DistinctKeysOptions = {}) {
    if (!(maxKeys >= 1)) {
      const reason = `maxKeys is ${maxKeys}, not 1 or more`;
      throw new SluiceError({ kind: "internal", action: "count keys", reason });
    }
    this.#maxKeys = maxKeys;
  }

  /** Takes a key in. Whether it is a new one; `undefined` where it is one of those that are not kept. */
  add(key: string): boolean | undefined {
    const [high, low] = this.#hash(key);
    if (!this.#isKept(low)) return undefined;
    const slot = this.#slotOf(high, low);
    if (this.#states[slot] !== 0) return false;
    this.#fill(slot, high, low, withoutAnswer);
    this.#kept++;
    if (this.#kept > this.#maxKeys) {
      do this.#rebuild(this.#states.length, ++this.#level); while (this.#kept > this.#maxKeys);
    } else if (this.#kept > maxLoad * this.#states.length) {
      this.#rebuild(2 * this.#states.length, this.#level);
    }
    return true;
  }

  /**
   * Says that a key that was taken in is known.
   *
   * @param answer 0 to 125.
   */
  setKnown(key: string, answer: number): void {
    const slot = this.#slotOfKey(key);
    const state = this.#states[slot]!;
    if (state === 0) return;
    if (state < knownBit) this.#keptKnown++;
    this.#states[slot] = knownBit | (firstAnswer + answer);
  }

  /** Keeps an answer with a key that was taken in and has none; it is no more known for that. */
  setLikely(key: string, answer: number): void {
    const slot = this.#slotOfKey(key);
    if (this.#states[slot] === withoutAnswer) this.#states[slot] = firstAnswer + answer;
  }

  /** The answer of a key, where it is kept and has one. */
  answer(key: string): number | undefined {
    const state = this.#states[this.#slotOfKey(key)]! & ~knownBit;
    return state >= firstAnswer ? state - firstAnswer : undefined;
  }

  get distinct(): number {
    return this.#kept * 2 ** this.#level;
  }

  /** Of the distinct ones. */
  get known(): number {
    return this.#keptKnown * 2 ** this.#level;
  }

  /** 0 where the counts are exact; else their standard error as a part of them. */
  get relativeError(): number {
    return this.#level === 0 ? 0 : 1.2 / Math.sqrt(Math.max(1, this.#kept));
  }

  #isKept(word: number): boolean {
    return word % 2 ** this.#level === 0;
  }

  #slotOfKey(key: string): number {
    const [high, low] = this.#hash(key);
    return this.#slotOf(high, low);
  }

  #hash(key: string): readonly [high: number, low: number] {
    const words = stringHash(key, this.#hashed);
    return [words[0]!, words[1]!];
  }

  /** Where a hash is, or where it is to go. */
  #slotOf(high: number, low: number): number {
    const mask = this.#states.length - 1;
    for (let slot = high & mask;; slot = (slot + 1) & mask) {
      if (this.#states[slot] === 0) return slot;
      if (this.#words[2 * slot] === high && this.#words[2 * slot + 1] === low) return slot;
    }
  }

  #fill(slot: number, high: number, low: number, state: number): void {
    this.#words[2 * slot] = high;
    this.#words[2 * slot + 1] = low;
    this.#states[slot] = state;
  }

  /** Puts what is kept at a level into a table of its own. */
  #rebuild(slots: number, level: number): void {
    const words = this.#words, states = this.#states;
    this.#words = new Uint32Array(2 * slots);
    this.#states = new Uint8Array(slots);
    this.#level = level;
    this.#kept = this.#keptKnown = 0;
    states.forEach((state, slot) => {
      const high = words[2 * slot]!, low = words[2 * slot + 1]!;
      if (state === 0 || !this.#isKept(low)) return;
      this.#fill(this.#slotOf(high, low), high, low, state);
      this.#kept++;
      if (state >= knownBit) this.#keptKnown++;
    });
  }
}
