import type { CacheStats, HashedEntry } from "../cache.ts";
import type { RedisClient } from "../../redis/redis_client.ts";
import type { RedisRoute } from "../../redis/redis_route.ts";

/** How answers lie in a Redis: buckets or strings. Keys are told by {@linkcode keyHash}. */
export interface RedisLayout {
  /** Bytes of a key's hash that tell it from others. */
  readonly hashBytes: number;
  /** As the cache's. */
  readonly freshMs?: number;
  /**
   * What is stored, in the order of the hashes; `null` where nothing is.
   *
   * @throws {PartialRedisError} Some servers of a Cluster are away: `null` for what they would know.
   */
  read(route: RedisRoute, hashes: readonly Uint8Array[]): Promise<(string | null)[]>;
  /** @throws {PartialRedisError} Some servers of a Cluster are away: for each entry, whether it is written. */
  write(route: RedisRoute, entries: readonly HashedEntry[]): Promise<void>;
  /** What the server should be told for this layout's sake, for people; `undefined` where all is well. */
  advice(client: RedisClient): Promise<string | undefined>;
  stats(route: RedisRoute): Promise<CacheStats>;
  /** What is stored, in batches; entries that move meanwhile come twice at worst. */
  stored(route: RedisRoute): AsyncGenerator<[hash: Uint8Array, value: string][]>;
}
