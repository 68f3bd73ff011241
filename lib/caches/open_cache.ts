import { readAuthorities } from "../tls/read_pem.ts";
import {
  address,
  amount,
  choice,
  period,
  type Settings,
  text,
  toggle,
  type Values,
} from "../settings/setting.ts";
import { printableAddress } from "../text/printable_address.ts";
import type { Tell } from "../text/tell.ts";
import { SluiceError } from "../errors/sluice_error.ts";
import type { Cache } from "./cache.ts";
import { cacheAddress } from "./cache_address.ts";

/** Where answers are kept, and how. */
export const cacheSettings = {
  url: address({
    help:
      "Where answers are kept: redis://…, redis+cluster://HOST:PORT,…, redis+unix:///PATH, sqlite:PATH, memory:, none:",
    forms: [
      "redis://HOST:PORT",
      "rediss://HOST:PORT",
      "redis+cluster://HOST:PORT,…",
      "redis+unix:///PATH",
      "sqlite:PATH",
      "memory:",
      "none:",
    ],
    accepts: /^(?:rediss?(?:\+cluster)?:\/\/.|(?:redis\+)?unix:\/\/.|sqlite:.|memory:$|none:$)/,
    default: "sqlite:.sluice/cache.db",
  }),
  ca: text({
    help: "Certificate authorities to verify a rediss:// or rediss+cluster:// server with, a PEM file",
    placeholder: "PATH",
    defaultText: "the system's",
  }),
  timeout: period({
    help: "Timeout of one cache read or write, connecting included, 100ms to 10m",
    heading: "Retries and timeouts",
    was: { name: "cacheTimeoutSeconds", unit: "s" },
    min: "100ms",
    max: "10m",
    default: "5s",
  }),
  required: toggle({
    help: "End, or fail what needs it, when the cache cannot be used, rather than ask and pay again",
    name: "requireCache",
  }),
  layout: choice(["buckets", "strings"], {
    help:
      "How answers are stored in Redis: buckets take an eighth of the memory; strings can be evicted one by one and need no scripts",
    default: "buckets",
  }),
  ttl: period({
    help: "How long Redis keeps an answer after its last use, at least, 1m to 3650d",
    name: "ttl",
    min: "1m",
    max: "3650d",
    defaultText: "unlimited",
  }),
  bloom: amount({
    help:
      "Keep a Bloom filter of the keys in Redis, and skip lookups of keys it does not hold; the rate of false positives, 0.000001 to 0.1",
    name: "bloom",
    placeholder: "RATE",
    min: 0.000001,
    max: 0.1,
    defaultText: "no filter",
  }),
} satisfies Settings;

/** What a cache is opened with beside its settings. */
export interface OpenCacheOptions {
  /** Whether reading an answer renews its TTL; defaults to true. */
  readonly prolongs?: boolean;
  /** Folder that Bloom filters are kept in between runs, created if it is missing; by default they are not kept. */
  readonly bloomFolder?: string;
  /** Called when a Bloom filter cannot be used. */
  readonly onTrouble?: Tell;
}

/** Values of {@linkcode cacheSettings}; defaults apply to those left out. */
export type CacheConfig = Pick<Values<typeof cacheSettings>, "url"> & Partial<Values<typeof cacheSettings>>;

/**
 * Opens a cache for one namespace. A Redis that is down is no error here: its reads and writes reject until it is back.
 * Only the code of the cache in question is loaded.
 *
 * @throws {SluiceError} The address has none of the forms; the SQLite file or the PEM file cannot be used; `ttl` is
 * set for a file, or `bloom` for anything but a Redis with buckets.
 */
export async function openCache(
  config: CacheConfig,
  namespace: string,
  options: OpenCacheOptions = {},
): Promise<Cache> {
  const { bloom, timeoutSeconds = cacheSettings.timeout.default, ttlSeconds, url } = config;
  const { server, path } = cacheAddress(url) ?? {};
  if (server === "redis") return await openRedisCache({ ...config, timeoutSeconds }, namespace, options);
  const shown = printableAddress(url);
  if (bloom !== undefined && server !== undefined) {
    throw unusable(
      shown,
      "bloom is for redis:// and rediss:// only, here a lookup costs no more than the filter",
    );
  }
  if (server === "sqlite") {
    if (ttlSeconds !== undefined) {
      throw unusable(shown, "ttl is for Redis only, a file keeps answers forever");
    }
    const { SqliteCache } = await import("./sqlite.ts");
    return new SqliteCache(path!, namespace, { timeoutSeconds });
  }
  if (server === "memory") return new (await import("./memory.ts")).MemoryCache(namespace);
  if (server === "none") return new (await import("./none.ts")).NoCache();
  throw unusable(
    shown,
    "it must be redis://HOST:PORT, rediss://HOST:PORT, redis+cluster://HOST:PORT,…, redis+unix:///PATH, sqlite:PATH, memory: or none:",
  );
}

async function openRedisCache(
  { bloom: rate, ca, layout = cacheSettings.layout.default, timeoutSeconds, ttlSeconds, url }: CacheConfig,
  namespace: string,
  { bloomFolder, onTrouble = () => {}, prolongs }: OpenCacheOptions,
): Promise<Cache> {
  const { RedisCache } = await import("./redis/redis.ts");
  const cache = new RedisCache(url, namespace, {
    ca: ca === undefined ? undefined : await readAuthorities(ca),
    timeoutSeconds,
    layout,
    ttlSeconds: ttlSeconds === undefined ? undefined : Math.round(ttlSeconds),
    prolongs,
  });
  if (rate === undefined) return cache;
  if (layout !== "buckets") {
    throw unusable(
      cache.url,
      "bloom needs cacheLayout buckets, as writes to strings are not recorded in a journal",
    );
  }
  if (cache.isCluster) {
    throw unusable(cache.url, "bloom needs one server, a Cluster has no single journal of all writes");
  }
  const { BloomCache } = await import("./redis/bloom.ts");
  const { bloomPath } = await import("./redis/bloom_file.ts");
  const path = bloomFolder === undefined ? undefined : bloomPath(bloomFolder, cache.url, namespace);
  return new BloomCache(cache, { rate, path, onTrouble });
}

function unusable(url: string, reason: string): SluiceError {
  return new SluiceError({ kind: "settings", action: "open cache", subject: url, reason });
}
