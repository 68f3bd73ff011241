import { readAuthorities } from "../tls/read_pem.ts";
import { address, amount, choice, period, type Settings, text, type Values } from "../settings/setting.ts";
import type { Tell } from "../text/tell.ts";
import type { Cache } from "./cache.ts";

/** Where what is known is kept. */
export const cacheSettings = {
  cache: address({
    help: "Where answers are kept: redis://…, redis+cluster://HOST:PORT,…, sqlite:PATH, memory:, none:",
    forms: [
      "redis://HOST:PORT",
      "rediss://HOST:PORT",
      "redis+cluster://HOST:PORT,…",
      "sqlite:PATH",
      "memory:",
      "none:",
    ],
    accepts: /^(?:rediss?(?:\+cluster)?:\/\/.|sqlite:.|memory:$|none:$)/,
    default: "sqlite:.sluice/cache.db",
  }),
  cacheCa: text({
    help:
      "Certificate authorities to check a rediss:// server (or rediss+cluster://) with, a PEM file; the system's when left out",
    placeholder: "PATH",
  }),
  cacheTimeoutSeconds: amount({
    help: "How long one read or write of the cache may take, connecting included, 0.1 to 600",
    placeholder: "SECONDS",
    min: 0.1,
    max: 600,
    default: 5,
  }),
  cacheLayout: choice(["buckets", "strings"], {
    help:
      "How answers lie in Redis: buckets take an eighth of the memory; strings are evicted one by one, no scripts",
    default: "buckets",
  }),
  ttl: period({
    help:
      "How long an answer is kept in Redis from the last time that it is asked for, at least; 1m to 3650d",
    min: "1m",
    max: "3650d",
    defaultText: "kept for ever",
  }),
  bloom: amount({
    help:
      "Keep a Bloom filter of the keys in Redis, and look up none that it lacks; false positives, 0.000001 to 0.1",
    placeholder: "RATE",
    min: 0.000001,
    max: 0.1,
    defaultText: "no filter",
  }),
} satisfies Settings;

/** Values of {@linkcode cacheSettings}; their defaults where left out. */
export interface OpenCacheOptions extends Partial<Values<typeof cacheSettings>> {
  /** Whether answers with a period are kept longer for being asked for; they are unless told. */
  readonly prolongs?: boolean;
  /** Folder that Bloom filters are kept in between runs; made where there is none. They are not kept unless told. */
  readonly bloomFolder?: string;
  /** Told when there is no Bloom filter to be had. */
  readonly onTrouble?: Tell;
}

/**
 * Opens the cache at an address, for one namespace. A Redis that is down is no error here: its reads and writes
 * reject until it is back. Only the code of the cache in question is loaded.
 *
 * @param url `redis://…`, `rediss://…`, `redis+cluster://…`, `rediss+cluster://…`, `sqlite:PATH`, `memory:` or `none:`.
 * @throws {Error} The address has none of these forms; the SQLite file or the PEM file cannot be used; `ttl` is
 * set for a file, or `bloom` for what is no Redis with buckets.
 */
export async function openCache(
  url: string,
  namespace: string,
  options: OpenCacheOptions = {},
): Promise<Cache> {
  const timeoutSeconds = options.cacheTimeoutSeconds ?? cacheSettings.cacheTimeoutSeconds.default;
  if (/^rediss?(?:\+cluster)?:/.test(url)) {
    const { RedisCache } = await import("./redis/redis.ts");
    const ca = options.cacheCa === undefined ? undefined : await readAuthorities(options.cacheCa);
    const layout = options.cacheLayout ?? cacheSettings.cacheLayout.default;
    const ttlSeconds = options.ttl === undefined ? undefined : Math.round(options.ttl);
    const cache = new RedisCache(url, namespace, {
      ca,
      timeoutSeconds,
      layout,
      ttlSeconds,
      prolongs: options.prolongs,
    });
    const { bloom: rate, bloomFolder, onTrouble = () => {} } = options;
    if (rate === undefined) return cache;
    if (layout !== "buckets") {
      throw new Error(
        `Cannot open cache ${cache.url}: bloom needs cacheLayout buckets, as nobody notes what is written to strings`,
      );
    }
    if (cache.isCluster) {
      throw new Error(
        `Cannot open cache ${cache.url}: bloom needs one server, a Cluster has no place to note all that is written`,
      );
    }
    const { BloomCache } = await import("./redis/bloom.ts");
    const { bloomPath } = await import("./redis/bloom_path.ts");
    const path = bloomFolder === undefined ? undefined : bloomPath(bloomFolder, cache.url, namespace);
    return new BloomCache(cache, { rate, path, onTrouble });
  }
  const shown = url.replace(/\/\/.*@/, "//…@"); // a mistyped redis:// may hold a password
  if (options.bloom !== undefined && knownForms.test(url)) {
    throw new Error(
      `Cannot open cache ${shown}: bloom is for redis:// and rediss:// only, here a lookup costs no more than the filter`,
    );
  }
  const path = sqlitePath(url);
  if (path !== undefined && options.ttl !== undefined) {
    throw new Error(
      `Cannot open cache ${url}: ttl is for Redis only, a file keeps answers for ever`,
    );
  }
  if (path !== undefined) {
    const { SqliteCache } = await import("./sqlite.ts");
    return new SqliteCache(path, namespace, { timeoutSeconds });
  }
  if (url === "memory:") return new (await import("./memory.ts")).MemoryCache(namespace);
  if (url === "none:") return new (await import("./none.ts")).NoCache();
  throw new Error(
    `Cannot open cache ${shown}: it must be redis://HOST:PORT, rediss://HOST:PORT, redis+cluster://HOST:PORT,…, ` +
      `sqlite:PATH, memory: or none:`,
  );
}

/** Addresses of caches that are no Redis. */
const knownForms = /^(?:sqlite:.|memory:$|none:$)/;

/** The file of a `sqlite:` address; `undefined` for other addresses. */
export function sqlitePath(url: string): string | undefined {
  return /^sqlite:(?:\/\/)?(.+)$/.exec(url)?.[1];
}
