/**
 * The seam between the answers and what is known across runs. One implementation for each kind of server
 * (`redis.ts`, `sqlite.ts`), and two without one (`memory.ts`, `none.ts`). A cache is opened for one namespace:
 * the recipe's model, version and normalisation.
 */
export interface Cache {
  /** The cache's address, without secrets. */
  readonly url: string;
  /**
   * Looks up a window's keys in one round trip.
   *
   * @returns The answers in the order of the keys; `undefined` where none is known. A stored value that is not
   * a whole number counts as unknown.
   */
  get(keys: readonly string[], signal: AbortSignal): Promise<(number | undefined)[]>;
  /** Stores answers, over older ones; resolves when the cache has acknowledged them all. */
  set(entries: readonly (readonly [key: string, answer: number])[], signal: AbortSignal): Promise<void>;
  /** Connects, and resolves to what was found there, for people: `Redis 7.0.15, 1,234 keys`. */
  check(signal: AbortSignal): Promise<string>;
  /** Waits for writes under way, then disconnects. */
  close(): Promise<void>;
}
