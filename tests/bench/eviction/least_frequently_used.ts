import type { BoundedCache } from "./policy.ts";

/**
 * The key with the fewest uses leaves, of several the one that has had so many for the longest. Uses are counted while
 * a key is in the cache. Here only, since no kept library has the policy.
 */
export class LeastFrequentlyUsed implements BoundedCache {
  readonly #capacity: number;
  readonly #uses = new Map<number, number>();
  /** Keys by their uses, in the order in which they came to have so many. */
  readonly #withUses = new Map<number, Set<number>>();
  #fewest = 0;

  /** @param capacity Keys that there is room for, from 1. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(key: number): boolean {
    const uses = this.#uses.get(key);
    if (uses === undefined) return false;
    this.#remove(key, uses);
    this.#put(key, uses + 1);
    return true;
  }

  add(key: number): void {
    if (this.#uses.size >= this.#capacity) {
      while (!this.#withUses.has(this.#fewest)) this.#fewest++;
      const victim = this.#withUses.get(this.#fewest)!.values().next().value!;
      this.#remove(victim, this.#fewest);
      this.#uses.delete(victim);
    }
    this.#put(key, 1);
    this.#fewest = 1;
  }

  #put(key: number, uses: number): void {
    this.#uses.set(key, uses);
    this.#withUses.getOrInsertComputed(uses, () => new Set()).add(key);
  }

  #remove(key: number, uses: number): void {
    const keys = this.#withUses.get(uses)!;
    keys.delete(key);
    if (keys.size === 0) this.#withUses.delete(uses);
  }
}
