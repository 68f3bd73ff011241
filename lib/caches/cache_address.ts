import { isRedisSocketAddress } from "../redis/redis_address.ts";

/** What a cache's address says, before the cache is opened. */
export interface CacheAddress {
  readonly server: "redis" | "sqlite" | "memory" | "none";
  /** Which processes find its answers: this one alone, those on this machine, or all that reach the server. */
  readonly reach: "process" | "machine" | "network";
  /** The file of a `sqlite:` cache. */
  readonly path?: string;
}

/**
 * Reads a cache's address; `undefined` if it has none of the forms.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { cacheAddress } from "./cache_address.ts";
 *
 * assertEquals(cacheAddress("sqlite:cache.db"), { server: "sqlite", reach: "machine", path: "cache.db" });
 * assertEquals(cacheAddress("redis+cluster://one:6379,two:6379"), { server: "redis", reach: "network" });
 * assertEquals(cacheAddress("redis+unix:///run/redis.sock"), { server: "redis", reach: "machine" });
 * ```
 */
export function cacheAddress(url: string): CacheAddress | undefined {
  if (/^rediss?(?:\+cluster)?:/.test(url)) return { server: "redis", reach: "network" };
  if (isRedisSocketAddress(url)) return { server: "redis", reach: "machine" };
  const path = /^sqlite:(?:\/\/)?(.+)$/.exec(url)?.[1];
  if (path !== undefined) return { server: "sqlite", reach: "machine", path };
  if (url === "memory:" || url === "none:") {
    return { server: url === "memory:" ? "memory" : "none", reach: "process" };
  }
}
