import type { Cache } from "../../lib/caches/cache.ts";
import { cacheKey } from "./cache_key.ts";

const windowKeys = 1_000;

/** Stores so many entries, a window at a time; resolves to entries a second. */
export async function fillCache(
  cache: Pick<Cache, "set">,
  entries: number,
): Promise<number> {
  const { signal } = new AbortController();
  const started = performance.now();
  for (let first = 0; first < entries; first += windowKeys) {
    const count = Math.min(windowKeys, entries - first);
    const window = Array.from(
      { length: count },
      (_, i) => [cacheKey(first + i), (first + i) % 7 + 1] as const,
    );
    await cache.set(window, signal);
  }
  return entries * 1000 / (performance.now() - started);
}
