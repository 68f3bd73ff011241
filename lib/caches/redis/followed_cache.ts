import type { Cache, HashedEntry } from "../cache.ts";
import type { JournalMark, Written } from "./redis_journal.ts";

/** A cache shared by many that can be followed: it tells which keys were written since, by anybody. */
export interface FollowedCache extends Cache {
  /** Bytes of a key's hash that the cache keeps, from its beginning. */
  readonly hashBytes: number;
  /** As `get`, by the keys' hashes. */
  getHashed(hashes: readonly Uint8Array[], signal: AbortSignal): Promise<(number | undefined)[]>;
  /** As `set`, by the keys' hashes. */
  setHashed(entries: readonly HashedEntry[], signal: AbortSignal): Promise<void>;
  /**
   * As `getHashed`, and in the same round trip what was written after a mark; without a mark, nothing and a mark at
   * the end. `written` is `undefined` where the mark is of another past. A key of which nothing was written up to the
   * mark, nor by `written` that is all, was not there at a moment of this call.
   */
  follow(
    hashes: readonly Uint8Array[],
    mark: JournalMark | undefined,
    signal: AbortSignal,
  ): Promise<{ answers: (number | undefined)[]; written: Written | undefined }>;
  /** What is held, whoever wrote it, whatever the periods and clocks that it was written by. */
  census(signal: AbortSignal): Promise<CacheCensus>;
  server(signal: AbortSignal): Promise<CacheServer>;
  /** Records of all entries of these generations that are there from the beginning to the end, in batches. */
  records(generations: readonly string[], signal: AbortSignal): AsyncIterable<readonly Uint8Array[]>;
}

export interface CacheCensus {
  /** All generations that there are, by the name that they have in keys; "" for what is kept for ever. */
  readonly generations: readonly string[];
  /** Entries, more or less. */
  readonly entries: number;
}

/** The server behind a cache. */
export interface CacheServer {
  /** Another one than before where the server may have forgotten some of its past. */
  readonly history: string;
  /** By which rule keys are evicted, where they may be: `allkeys-lru`. */
  readonly eviction?: string;
}
