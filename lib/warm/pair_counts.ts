import type { Batch } from "../records/batch.ts";

export interface PairCountsOptions {
  /** Pairs held at once, at most. */
  readonly maxPairs: number;
}

/**
 * How often each pair occurs: exact up to `maxPairs` pairs. Past that, the rarer half is dropped each time there are too
 * many, and the remaining counts are lowered (Misra and Gries): a pair that occurs more than `error` times is always
 * held, and its count is too low by at most `error`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { PairCounts } from "./pair_counts.ts";
 *
 * const counts = new PairCounts({ maxPairs: 10 });
 * for (const key of ["a", "b", "b", "c"]) counts.add(key, 1);
 * assertEquals([counts.byFrequency(), counts.error], [["b", "a", "c"], 0]);
 * ```
 */
export class PairCounts {
  readonly #maxPairs: number;
  readonly #counts = new Map<string, number>();
  #error = 0;

  constructor({ maxPairs }: PairCountsOptions) {
    this.#maxPairs = maxPairs;
  }

  /** Pairs that are held. */
  get size(): number {
    return this.#counts.size;
  }

  /** By how much a count may be too low. */
  get error(): number {
    return this.#error;
  }

  add(key: string, times: number): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + times);
    if (this.#counts.size > this.#maxPairs) this.#thin();
  }

  /** Counts the pairs of a batch's records. */
  addBatch({ keyOf, keys }: Pick<Batch, "keyOf" | "keys">): void {
    const times = new Uint32Array(keys.length);
    for (let i = 0; i < keyOf.length; i++) times[keyOf[i]!]!++;
    keys.forEach((key, i) => this.add(key, times[i]!));
  }

  /** The pairs that are held, most frequent ones first, equals in the order in which they came. */
  byFrequency(): string[] {
    return [...this.#counts].sort(([, a], [, b]) => b - a).map(([key]) => key);
  }

  /** Subtracts the median count from each pair, and drops the pairs that have none left. */
  #thin(): void {
    const sorted = Float64Array.from(this.#counts.values()).sort();
    const off = sorted[sorted.length >> 1]!;
    for (const [key, times] of this.#counts) {
      if (times > off) this.#counts.set(key, times - off);
      else this.#counts.delete(key);
    }
    this.#error += off;
  }
}
