import { circuitBreaker, ConsecutiveBreaker, handleAll } from "cockatiel";
import { LRUCache } from "lru-cache";
import type { Cache } from "../caches/cache.ts";
import type { Model } from "../models/model.ts";
import { type Settings, whole } from "../settings/setting.ts";

/** What is kept in memory of what is known. */
export const knownSettings = {
  memoryCacheMib: whole({
    help: "Memory for known answers, in MiB, 1 to 65536",
    min: 1,
    max: 65_536,
    default: 64,
  }),
} satisfies Settings;

export interface KnownOptions {
  readonly cache: Cache;
  /** What counts as an answer; other values in the cache count as unknown. */
  readonly range: Model["range"];
  /** Size of the answers kept in memory, in bytes, roughly. */
  readonly memoryCacheBytes: number;
  /** Told when the cache fails, and when it works again. */
  readonly onTrouble: (message: string) => void;
}

/** How long a cache that failed is left alone, in milliseconds. */
const cacheRestMs = 5_000;

/**
 * What is known: the answers of this process, least recently used ones leaving first, before the cache that
 * outlives it. A cache that is down counts as one that knows nothing.
 */
export class Known {
  /** Round trips to the cache, and the time spent in them, added up. */
  readonly stats = { reads: 0, readSeconds: 0, writes: 0, writeSeconds: 0 };
  readonly #options: KnownOptions;
  readonly #memory: LRUCache<string, number>;
  readonly #breaker = circuitBreaker(handleAll, {
    halfOpenAfter: cacheRestMs,
    breaker: new ConsecutiveBreaker(1),
  });

  constructor(options: KnownOptions) {
    this.#options = options;
    this.#memory = new LRUCache({
      maxSize: options.memoryCacheBytes,
      // A key of one byte a character, its place in the map and in the list.
      sizeCalculation: (_answer, key) => key.length + 100,
    });
    this.#breaker.onBreak((reason) => {
      const cause = "error" in reason && reason.error instanceof Error
        ? reason.error.message
        : String(reason);
      options.onTrouble(`Going on without the cache: ${cause}`);
    });
    this.#breaker.onReset(() => options.onTrouble(`The cache works again: ${options.cache.url}`));
  }

  /** An answer out of this process's memory. */
  recall(key: string): number | undefined {
    return this.#memory.get(key);
  }

  remember(key: string, answer: number): void {
    this.#memory.set(key, answer);
  }

  /** The cache's answers in the order of the keys, in one round trip. Never throws. */
  async read(keys: readonly string[], signal: AbortSignal): Promise<(number | undefined)[]> {
    const { cache, range } = this.#options;
    const started = performance.now();
    try {
      const answers = await this.#breaker.execute(() => {
        this.stats.reads++;
        return cache.get(keys, signal).catch((error) => {
          if (signal.aborted) return keys.map(() => undefined); // no fault of the cache's
          throw error;
        });
      });
      return answers.map((answer) =>
        answer !== undefined && answer >= range.min && answer <= range.max ? answer : undefined
      );
    } catch {
      return new Array(keys.length).fill(undefined); // the breaker has told
    } finally {
      this.stats.readSeconds += (performance.now() - started) / 1000;
    }
  }

  /** Writes to the cache; resolves when it has acknowledged or has failed. Never throws. */
  async write(
    entries: readonly (readonly [key: string, answer: number])[],
    signal: AbortSignal,
  ): Promise<void> {
    const started = performance.now();
    try {
      await this.#breaker.execute(() => {
        this.stats.writes++;
        return this.#options.cache.set(entries, signal);
      });
    } catch {
      // The breaker has told. The next run asks again.
    } finally {
      this.stats.writeSeconds += (performance.now() - started) / 1000;
    }
  }
}
