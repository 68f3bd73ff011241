import type { CacheStats, HashedEntry } from "./cache.ts";
import type { RedisClient } from "./redis_client.ts";

/** Does something with a connected client; rejects as a cache's methods do. */
export type RunOnRedis = <T>(command: (client: RedisClient) => Promise<T>) => Promise<T>;

/** How answers lie in a Redis: buckets or strings. Keys are told by {@linkcode keyHash}. */
export interface RedisLayout {
  /** Bytes of a key's hash that tell it from others. */
  readonly hashBytes: number;
  /** As the cache's. */
  readonly freshMs?: number;
  /** What is stored, in the order of the hashes; `null` where nothing is. */
  read(client: RedisClient, hashes: readonly Uint8Array[]): Promise<(string | null)[]>;
  write(client: RedisClient, entries: readonly HashedEntry[]): Promise<void>;
  /** What the server should be told for this layout's sake, for people; `undefined` where all is well. */
  advice(client: RedisClient): Promise<string | undefined>;
  stats(run: RunOnRedis): Promise<CacheStats>;
  /** What is stored, in batches; entries that move meanwhile come twice at worst. */
  stored(run: RunOnRedis): AsyncGenerator<[hash: Uint8Array, value: string][]>;
}
