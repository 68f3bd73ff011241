import { SieveCache } from "@neophi/sieve-cache";
import { LRUCache } from "lru-cache";
import { LeastFrequentlyUsed } from "./least_frequently_used.ts";
import { BucketCache } from "./bucket_cache.ts";
import type { BoundedCache, Policy } from "./policy.ts";

const lru: Policy = {
  name: "LRU",
  open: (max) => mapped(new LRUCache<number, number>({ max })),
};
const lfu: Policy = {
  name: "LFU",
  open: (capacity) => new LeastFrequentlyUsed(capacity),
};
const sieve: Policy = {
  name: "SIEVE",
  open: (capacity) => mapped(new SieveCache<number, number>(capacity)),
};

/** The oldest leave, used or not. */
const fifo: Policy = {
  name: "oldest first",
  open(capacity) {
    const keys = new Set<number>();
    return {
      has: (key) => keys.has(key),
      add(key) {
        if (keys.size >= capacity) keys.delete(keys.values().next().value!);
        keys.add(key);
      },
    };
  },
};

/** Nothing leaves: what comes when the room is taken is not kept. */
const noEviction: Policy = {
  name: "none leave",
  open(capacity) {
    const keys = new Set<number>();
    return {
      has: (key) => keys.has(key),
      add: (key) => void (keys.size < capacity && keys.add(key)),
    };
  },
};

/** The policies that are compared, in the order of the table. */
export const policies: readonly Policy[] = [
  lru,
  lfu,
  sieve,
  fifo,
  noEviction,
  {
    name: "LRU, buckets",
    open: (capacity) => new BucketCache(capacity, "LRU"),
  },
  {
    name: "LFU, buckets",
    open: (capacity) => new BucketCache(capacity, "LFU"),
  },
];

function mapped(
  map: {
    get(key: number): number | undefined;
    set(key: number, value: number): unknown;
  },
): BoundedCache {
  return {
    has: (key) => map.get(key) !== undefined,
    add: (key) => void map.set(key, 1),
  };
}
