import type { CacheStats, HashedEntry } from "../cache.ts";
import type { RedisClient } from "../../redis/redis_client.ts";
import type { RedisRoute } from "../../redis/redis_route.ts";

/** How answers are stored in Redis: buckets or strings. Keys are identified by {@linkcode keyHash}. */
export interface RedisLayout {
  /** Bytes of a key's hash that identify it. */
  readonly hashBytes: number;
  /** As the cache's. */
  readonly freshMs?: number;
  /**
   * What is stored, in the order of the hashes; `null` for a miss.
   *
   * @throws {PartialRedisError} Some servers of a Cluster are unavailable: `null` for their keys.
   */
  read(route: RedisRoute, hashes: readonly Uint8Array[]): Promise<(string | null)[]>;
  /** @throws {PartialRedisError} Some servers of a Cluster are unavailable: for each entry, whether it is written. */
  write(route: RedisRoute, entries: readonly HashedEntry[]): Promise<void>;
  /** How the server should be configured for this layout, as text for the user; `undefined` if all is well. */
  advice(client: RedisClient): Promise<string | undefined>;
  stats(route: RedisRoute): Promise<CacheStats>;
  /** What is stored, in batches; entries that move meanwhile may come twice. */
  stored(route: RedisRoute): AsyncGenerator<[hash: Uint8Array, value: string][]>;
}
