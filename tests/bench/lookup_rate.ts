import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { Cache } from "../../lib/caches/cache.ts";
import { cacheKey } from "./cache_key.ts";

const windows = 200, windowKeys = 1_000;

/**
 * Looks up windows of 1,000 keys, drawn evenly from the entries, one window after the other; resolves to keys per second.
 *
 * @throws {Error} A key was not found, or with another answer.
 */
export async function lookupRate(
  cache: Pick<Cache, "get">,
  entries: number,
  seed: number,
): Promise<number> {
  const { signal } = new AbortController();
  const random = xoroshiro128plus(seed);
  let seconds = 0;
  for (let window = 0; window < windows; window++) {
    const numbers = Array.from(
      { length: windowKeys },
      () => (random.next() >>> 0) % entries,
    );
    const keys = numbers.map(cacheKey);
    const started = performance.now();
    const answers = await cache.get(keys, signal);
    seconds += (performance.now() - started) / 1000;
    const wrong = numbers.findIndex((n, i) => answers[i] !== n % 7 + 1);
    if (wrong >= 0) {
      throw new Error(
        `Cannot count lookups: ${keys[wrong]} has the answer ${answers[wrong]}`,
      );
    }
  }
  return windows * windowKeys / seconds;
}
