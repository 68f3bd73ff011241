import { mix } from "../../../lib/seniority/sample/mix.ts";
import type { BoundedCache } from "./policy.ts";

/** As in `lib/caches/redis/bucket_place.lua`: a bucket with more is halved. */
const maxBucketKeys = 127;

/**
 * A cache of which whole buckets leave, as Redis evicts those of `lib/caches/redis/redis_buckets.ts`: a use of a key is one
 * of its bucket, and one that is evicted takes all of its keys along.
 */
export class BucketCache implements BoundedCache {
  readonly #capacity: number;
  readonly #order: "LRU" | "LFU";
  /** By number, the least recently used first. */
  readonly #buckets = new Map<
    number,
    { readonly keys: Set<number>; uses: number }
  >();
  /** Numbers of the buckets that were halved. */
  readonly #halved = new Set<number>();
  #size = 0;

  constructor(capacity: number, order: "LRU" | "LFU") {
    this.#capacity = capacity;
    this.#order = order;
  }

  has(key: number): boolean {
    const number = this.#numberOf(key), bucket = this.#buckets.get(number);
    if (bucket === undefined) return false;
    bucket.uses++;
    this.#buckets.delete(number);
    this.#buckets.set(number, bucket);
    return bucket.keys.has(key);
  }

  add(key: number): void {
    while (this.#size >= this.#capacity) this.#evict();
    let number = this.#numberOf(key);
    const bucket = this.#buckets.getOrInsertComputed(
      number,
      () => ({ keys: new Set<number>(), uses: 1 }),
    );
    bucket.keys.add(key);
    this.#size++;
    if (bucket.keys.size <= maxBucketKeys) return;
    this.#buckets.delete(number);
    this.#halved.add(number);
    for (const moved of bucket.keys) {
      number = this.#numberOf(moved);
      this.#buckets.getOrInsertComputed(
        number,
        () => ({ keys: new Set(), uses: bucket.uses }),
      ).keys.add(
        moved,
      );
    }
  }

  /** The lowest bits of the key's hash, as many as its bucket is deep, behind a 1. */
  #numberOf(key: number): number {
    const hash = mix(key, 0);
    for (let depth = 0;; depth++) {
      const number = 2 ** depth + hash % 2 ** depth;
      if (!this.#halved.has(number)) return number;
    }
  }

  #evict(): void {
    let victim = this.#buckets.keys().next().value!;
    if (this.#order === "LFU") {
      let fewest = Infinity;
      for (const [number, { uses }] of this.#buckets) {
        if (uses < fewest) [victim, fewest] = [number, uses];
      }
    }
    this.#size -= this.#buckets.get(victim)!.keys.size;
    this.#buckets.delete(victim);
  }
}
