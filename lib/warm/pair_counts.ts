export interface PairCountsOptions {
  /** Pairs that are held at once. */
  readonly maxPairs: number;
}

/**
 * How often each pair came: exactly while there are `maxPairs` of them at most. Past that, the rarer half is let go
 * again and again, and what is left counts for less (Misra and Gries): a pair that came more than `error` times is
 * held for sure, and its count is too low by `error` at most.
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

  /** How much too low a count may be. */
  get error(): number {
    return this.#error;
  }

  add(key: string, times: number): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + times);
    if (this.#counts.size > this.#maxPairs) this.#thin();
  }

  /** The pairs that are held, most frequent ones first, equals in the order in which they came. */
  byFrequency(): string[] {
    return [...this.#counts].sort(([, a], [, b]) => b - a).map(([key]) => key);
  }

  /** Takes the middle count off each pair, and lets those go that have none left. */
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
