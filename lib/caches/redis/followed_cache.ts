import type { Cache, HashedEntry } from "../cache.ts";
import type { JournalMark, Written } from "./redis_journal.ts";

/** A cache shared by several processes that can be followed: it reports which keys any of them has written. */
export interface FollowedCache extends Cache {
  /** Bytes of a key's hash that the cache stores, from the first on. */
  readonly hashBytes: number;
  /** As `get`, by the keys' hashes. */
  getHashed(hashes: readonly Uint8Array[], signal: AbortSignal): Promise<(number | undefined)[]>;
  /** As `set`, by the keys' hashes. */
  setHashed(entries: readonly HashedEntry[], signal: AbortSignal): Promise<void>;
  /**
   * As `getHashed`, and in the same round trip what was written after a mark; without a mark, nothing and a mark at the
   * end. `written` is `undefined` if the mark belongs to another history. A key that was not written up to the mark, and
   * is not in `written` if that is all, was missing at some moment of this call.
   */
  follow(
    hashes: readonly Uint8Array[],
    mark: JournalMark | undefined,
    signal: AbortSignal,
  ): Promise<{ answers: (number | undefined)[]; written: Written | undefined }>;
  /** All that is stored, by any process, with any period and clock. */
  census(signal: AbortSignal): Promise<CacheCensus>;
  server(signal: AbortSignal): Promise<CacheServer>;
  /** Records of all entries of these generations that exist from the beginning to the end, in batches. */
  records(generations: readonly string[], signal: AbortSignal): AsyncIterable<readonly Uint8Array[]>;
}

export interface CacheCensus {
  /** All generations, by their name in keys; "" for entries that do not expire. */
  readonly generations: readonly string[];
  /** Entries, approximately. */
  readonly entries: number;
}

/** The server behind a cache. */
export interface CacheServer {
  /** Changes when the server may have lost some of its writes. */
  readonly history: string;
  /** The eviction policy, if keys may be evicted: `allkeys-lru`. */
  readonly eviction?: string;
}
