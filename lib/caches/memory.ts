import { SluiceError } from "../errors/sluice_error.ts";
import { plural } from "../text/format.ts";
import type { Cache } from "./cache.ts";

export interface MemoryCacheOptions {
  /** How many answers a namespace keeps; then the least recently used ones are evicted. Defaults to 1,000,000. */
  readonly maxEntries?: number;
}

/**
 * Answers in this process's memory: the cache behind `memory:`. All caches of one namespace share their answers, also
 * after they are closed, as those of a server would. A million entries take about 100 MB with keys of the usual length.
 */
export class MemoryCache implements Cache {
  static readonly #namespaces = new Map<string, Map<string, number>>();

  readonly url = "memory:";
  readonly #answers: Map<string, number>;
  readonly #maxEntries: number;

  constructor(namespace: string, options: MemoryCacheOptions = {}) {
    const { maxEntries = 1_000_000 } = options;
    if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) {
      throw new SluiceError({
        kind: "settings",
        action: "open cache",
        subject: "memory:",
        reason: `maxEntries must be 1 or more, is ${maxEntries}`,
      });
    }
    this.#maxEntries = maxEntries;
    this.#answers = MemoryCache.#namespaces.getOrInsertComputed(namespace, () => new Map());
  }

  // deno-lint-ignore require-await -- async, so that an aborted signal rejects rather than throws
  async get(keys: readonly string[], signal: AbortSignal): Promise<(number | undefined)[]> {
    signal.throwIfAborted();
    return keys.map((key) => {
      const answer = this.#answers.get(key);
      if (answer !== undefined) this.#putLast(key, answer);
      return answer;
    });
  }

  // deno-lint-ignore require-await
  async set(
    entries: readonly (readonly [key: string, answer: number])[],
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    for (const [key, answer] of entries) {
      this.#putLast(key, answer);
      if (this.#answers.size > this.#maxEntries) this.#answers.delete(this.#answers.keys().next().value!);
    }
  }

  // deno-lint-ignore require-await
  async check(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return `memory of this process, ${plural(this.#answers.size, "key")}`;
  }

  async close(): Promise<void> {}

  /** A map's order is that in which its keys came, so the first one is the least recently used. */
  #putLast(key: string, answer: number): void {
    this.#answers.delete(key);
    this.#answers.set(key, answer);
  }
}
