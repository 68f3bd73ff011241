/**
 * The seam between the answers and what is known across runs. One implementation for each kind of server
 * (`redis.ts`, `sqlite.ts`), and two without one (`memory.ts`, `none.ts`). A cache is opened for one namespace:
 * the recipe's model, version and normalisation.
 */
export interface Cache {
  /** The cache's address, without secrets. */
  readonly url: string;
  /**
   * Set where answers are forgotten: the length of the stretches of unix time, counted from its beginning, in each of
   * which an answer has to be got once, at least, to be kept as if it had been got at the stretch's end.
   */
  readonly freshMs?: number;
  /**
   * Looks up a window's keys in one round trip.
   *
   * @returns The answers in the order of the keys; `undefined` where none is known. A stored value that is not
   * a whole number counts as unknown.
   * @throws {PartialReadError} Some of its servers are away.
   */
  get(keys: readonly string[], signal: AbortSignal): Promise<(number | undefined)[]>;
  /**
   * Stores answers, over older ones; resolves when the cache has acknowledged them all.
   *
   * @throws {PartialWriteError} Some of its servers are away.
   */
  set(entries: readonly (readonly [key: string, answer: number])[], signal: AbortSignal): Promise<void>;
  /** Connects, and resolves to what was found there, for people: `Redis 7.0.15, 1,234 keys`. */
  check(signal: AbortSignal): Promise<string>;
  /** What the cache's server has spent since its start, where it is a process of its own. */
  usage?(signal: AbortSignal): Promise<CacheUsage>;
  /** Waits for writes under way, then disconnects. */
  close(): Promise<void>;
}

/** Some of a cache's servers are away; what the others know counts. */
export class PartialReadError extends Error {
  override readonly name = "PartialReadError";
  /** In the order of the keys; `undefined` where none is known, or nobody could say. */
  readonly answers: readonly (number | undefined)[];

  constructor(message: string, answers: readonly (number | undefined)[], cause: Error) {
    super(message, { cause });
    this.answers = answers;
  }
}

/** Some of a cache's servers are away; what the others have taken is stored. */
export class PartialWriteError extends Error {
  override readonly name = "PartialWriteError";
  /** For each entry, whether it is not stored. */
  readonly isLeft: readonly boolean[];

  constructor(message: string, isLeft: readonly boolean[], cause: Error) {
    super(message, { cause });
    this.isLeft = isLeft;
  }
}

/** What a cache's server takes, whoever it serves. */
export interface CacheUsage {
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

/** An answer by the hash of its key: {@linkcode keyHash}, or the first bytes of it. */
export type HashedEntry = readonly [hash: Uint8Array, answer: number];

/** What is stored in a namespace; counted while others write, so a little off where they do. */
export interface CacheStats {
  readonly entries: number;
  /** Memory or disk for one entry, names and tables included, out of a sample; `undefined` without entries. */
  readonly bytesPerEntry?: number;
  /** Those that are forgotten at one time lie together; one without `expiresAt` is kept for ever. */
  readonly generations: readonly CacheGeneration[];
  /** What the whole server was asked for since it was started, by everybody; `undefined` where it does not tell. */
  readonly server?: ServerLookups;
}

/** Keys of the server that were looked up: where they are buckets, one that is there is found whatever it holds. */
export interface ServerLookups {
  readonly found: number;
  readonly missed: number;
}

export interface CacheGeneration {
  readonly expiresAt?: Date;
  readonly entries: number;
  /** Keys of the server that hold them, where that is not one for each. */
  readonly buckets?: number;
}

/** What a cache that outlives its process lets be done with all that it holds. */
export interface CacheMaintenance {
  /** Bytes of {@linkcode keyHash} that the cache keeps, from its beginning: what tells its keys apart. */
  readonly hashBytes: number;
  /** Counts the entries of the cache's namespace. */
  stats(signal: AbortSignal): Promise<CacheStats>;
  /**
   * All entries of the cache's namespace that `get` would find, in batches, with hashes of `hashBytes`. What is
   * stored before the first batch is asked for, and is not forgotten meanwhile, comes once or, where it moves,
   * twice.
   */
  entries(signal: AbortSignal): AsyncIterable<readonly HashedEntry[]>;
  /**
   * As `set`, by the keys' hashes.
   *
   * @throws {RangeError} A hash has fewer than `hashBytes`. Of longer ones, the first are taken.
   */
  setHashed(entries: readonly HashedEntry[], signal: AbortSignal): Promise<void>;
  /**
   * Removes all that a namespace holds, whatever its layout, in steps between which others are served; resolves to
   * the number of entries that it removed.
   */
  drop(namespace: string, signal: AbortSignal): Promise<number>;
}

/** A cache that outlives its process. */
export type MaintainedCache = Cache & CacheMaintenance;
