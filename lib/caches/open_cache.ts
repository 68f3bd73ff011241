import { readPem } from "../read_pem.ts";
import { address, amount, type Settings, text, type Values } from "../settings/setting.ts";
import type { Cache } from "./cache.ts";

/** Where what is known is kept. */
export const cacheSettings = {
  cache: address({
    help: "Where answers are kept: redis://…, rediss://…, sqlite:PATH, memory:, none:",
    forms: ["redis://HOST:PORT", "rediss://HOST:PORT", "sqlite:PATH", "memory:", "none:"],
    accepts: /^(?:rediss?:\/\/.|sqlite:.|memory:$|none:$)/,
    default: "sqlite:.sluice/cache.db",
  }),
  cacheCa: text({
    help: "Certificate authorities to check a rediss:// server with, a PEM file; the system's when left out",
    placeholder: "PATH",
  }),
  cacheTimeoutSeconds: amount({
    help: "How long one read or write of the cache may take, connecting included, 0.1 to 600",
    placeholder: "SECONDS",
    min: 0.1,
    max: 600,
    default: 5,
  }),
} satisfies Settings;

/** Values of {@linkcode cacheSettings}; their defaults where left out. */
export type OpenCacheOptions = Partial<Values<typeof cacheSettings>>;

/**
 * Opens the cache at an address, for one namespace. A Redis that is down is no error here: its reads and writes
 * reject until it is back. Only the code of the cache in question is loaded.
 *
 * @param url `redis://…`, `rediss://…`, `sqlite:PATH`, `memory:` or `none:`.
 * @throws {Error} The address has none of these forms; the SQLite file or the PEM file cannot be used.
 */
export async function openCache(
  url: string,
  namespace: string,
  options: OpenCacheOptions = {},
): Promise<Cache> {
  const timeoutSeconds = options.cacheTimeoutSeconds ?? cacheSettings.cacheTimeoutSeconds.default;
  if (/^rediss?:/.test(url)) {
    const { RedisCache } = await import("./redis.ts");
    const ca = options.cacheCa === undefined
      ? undefined
      : await readPem("certificate authorities", options.cacheCa);
    return new RedisCache(url, namespace, { ca, timeoutSeconds });
  }
  const path = sqlitePath(url);
  if (path !== undefined) {
    const { SqliteCache } = await import("./sqlite.ts");
    return new SqliteCache(path, namespace, { timeoutSeconds });
  }
  if (url === "memory:") return new (await import("./memory.ts")).MemoryCache(namespace);
  if (url === "none:") return new (await import("./none.ts")).NoCache();
  const shown = url.replace(/\/\/.*@/, "//…@"); // a mistyped redis:// may hold a password
  throw new Error(
    `Cannot open cache ${shown}: it must be redis://HOST:PORT, rediss://HOST:PORT, sqlite:PATH, memory: or none:`,
  );
}

/** The file of a `sqlite:` address; `undefined` for other addresses. */
export function sqlitePath(url: string): string | undefined {
  return /^sqlite:(?:\/\/)?(.+)$/.exec(url)?.[1];
}
