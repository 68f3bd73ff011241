import { AnswerMemory } from "../../answers/answer_memory.ts";
import { NoCache } from "../../caches/none.ts";
import { cacheAddress } from "../../caches/cache_address.ts";
import { type CacheConfig, openCache } from "../../caches/open_cache.ts";
import type { CacheFound } from "../../estimate/estimate.ts";
import { levelRange } from "../../seniority/level_range.ts";
import { answersFingerprint, type Recipe } from "../../recipe/recipe.ts";
import { fileExists } from "../open/file_exists.ts";
import type { Tell } from "../../text/tell.ts";

export interface CachesToReadOptions {
  readonly cache: CacheConfig;
  readonly signal: AbortSignal;
  /** Called when the cache fails, and when it works again, once per message. */
  readonly tell: Tell;
}

/** One cache's answers under several recipes. Nothing is written: no file is created, no TTL renewed. */
export class CachesToRead {
  #found: CacheFound | undefined;
  #hasFailed = false;
  readonly #options: CachesToReadOptions;
  readonly #opened: { close(): Promise<void> }[] = [];
  readonly #reported = new Set<string>();

  constructor(options: CachesToReadOptions) {
    this.#options = options;
  }

  /** The cache, and what could be learnt from it; good once `reader` was called. */
  get found(): CacheFound {
    const { state, url } = this.#found!;
    return { url, state: this.#hasFailed ? "unreachable" : state };
  }

  /**
   * What reads the answers to a recipe's keys, in their order; a cache that is down knows nothing.
   *
   * @throws {Error} As {@linkcode openCache}; or the file cannot be looked at.
   */
  async reader(recipe: Recipe): Promise<(keys: readonly string[]) => Promise<(number | undefined)[]>> {
    const { signal, tell } = this.#options;
    const cache = await this.#open(await answersFingerprint(recipe));
    this.#opened.push(cache);
    const memory = new AnswerMemory({
      cache,
      range: levelRange,
      memoryCacheBytes: 1,
      onTrouble: (message, level) => {
        if (level !== "info") this.#hasFailed = true;
        if (this.#reported.has(message)) return;
        this.#reported.add(message);
        tell(message, level);
      },
    });
    return (keys) => memory.read(keys, signal);
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map((cache) => cache.close()));
  }

  async #open(namespace: string) {
    const { cache: settings } = this.#options;
    const path = cacheAddress(settings.url)?.path;
    if (path !== undefined && !await fileExists(path)) {
      this.#found = { url: `sqlite:${path}`, state: "absent" };
      return new NoCache();
    }
    // A Bloom filter would have Redis begin a journal, and is of no use to one command.
    const cache = await openCache({ ...settings, bloom: undefined }, namespace, { prolongs: false });
    this.#found = { url: cache.url, state: cache.maintained === undefined ? "none" : "read" };
    return cache;
  }
}
