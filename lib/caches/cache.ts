import { SluiceError } from "../errors/sluice_error.ts";

/**
 * The seam between the answers of a process and those that outlive it. One implementation for each kind of server
 * (`redis/`, `sqlite.ts`), and two without one (`memory.ts`, `none.ts`). A cache is opened for one namespace: the
 * recipe's model, version and normalisation. Its errors are a `SluiceError` of kind "cache".
 */
export interface Cache {
  /** The cache's address, without secrets. */
  readonly url: string;
  /**
   * Set if answers expire: a period in milliseconds, counted from the beginning of unix time. An answer that is read once
   * in a period is kept as if it had been read at the period's end.
   */
  readonly freshMs?: number;
  /**
   * Looks up a window's keys in one round trip.
   *
   * @returns The answers in the order of the keys; `undefined` for a miss. A stored value that is not a whole number is a
   * miss.
   * @throws {PartialReadError} Some of its servers are unavailable.
   */
  get(keys: readonly string[], signal: AbortSignal): Promise<(number | undefined)[]>;
  /**
   * Stores answers, replacing older ones; resolves when the cache has acknowledged them all.
   *
   * @throws {PartialWriteError} Some of its servers are unavailable.
   */
  set(entries: readonly (readonly [key: string, answer: number])[], signal: AbortSignal): Promise<void>;
  /**
   * Connects, so that a server that cannot be used is found before anything is asked. Absent if opening shows that.
   *
   * @throws {SluiceError} `settings`: the address does not fit the server; `cache`: it cannot be reached.
   */
  connect?(signal: AbortSignal): Promise<void>;
  /** Connects, and resolves to a description for the user: `Redis 7.0.15, 1,234 keys`. */
  check(signal: AbortSignal): Promise<string>;
  /** What the cache's server has used since its start; absent if the cache has no server process. */
  usage?(signal: AbortSignal): Promise<CacheUsage>;
  /** This cache, if it outlives its process and can be maintained as a whole. */
  readonly maintained?: MaintainedCache;
  /** Waits for writes in flight, then disconnects. */
  close(): Promise<void>;
}

/** What a read or write was about, and why it failed in part. */
export type PartialFailure = Pick<SluiceError, "action" | "subject" | "reason">;

/** Some of a cache's servers are unavailable; the others' answers are valid. */
export class PartialReadError extends SluiceError {
  override readonly name = "PartialReadError";
  /** In the order of the keys; `undefined` for a miss, or if the key's server is unavailable. */
  readonly answers: readonly (number | undefined)[];

  constructor(
    { action, subject, reason }: PartialFailure,
    answers: readonly (number | undefined)[],
    cause?: unknown,
  ) {
    super({ kind: "cache", action, subject, reason, cause });
    this.answers = answers;
  }
}

/** Some of a cache's servers are unavailable; the others have stored their entries. */
export class PartialWriteError extends SluiceError {
  override readonly name = "PartialWriteError";
  /** For each entry, whether it is not stored. */
  readonly isLeft: readonly boolean[];

  constructor({ action, subject, reason }: PartialFailure, isLeft: readonly boolean[], cause?: unknown) {
    super({ kind: "cache", action, subject, reason, cause });
    this.isLeft = isLeft;
  }
}

/** What a cache's server uses, for all its clients together. */
export interface CacheUsage {
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

/** An answer by the hash of its key: {@linkcode keyHash}, or the first bytes of it. */
export type HashedEntry = readonly [hash: Uint8Array, answer: number];

/** What is stored in a namespace; approximate while other processes write. */
export interface CacheStats {
  readonly entries: number;
  /** Memory or disk for one entry, names and tables included, estimated from a sample; absent without entries. */
  readonly bytesPerEntry?: number;
  /** Entries by the time at which they expire; one without `expiresAt` does not expire. */
  readonly generations: readonly CacheGeneration[];
  /** Lookups of all the server's clients since its start; absent if the server does not report it. */
  readonly server?: ServerLookups;
}

/** Keys of the server that were looked up. If answers are in buckets, these keys are buckets. */
export interface ServerLookups {
  readonly found: number;
  readonly missed: number;
}

export interface CacheGeneration {
  readonly expiresAt?: Date;
  readonly entries: number;
  /** Keys of the server that hold them, if that is not one for each. */
  readonly buckets?: number;
}

/** What can be done with all entries of a cache that outlives its process. */
export interface CacheMaintenance {
  /** Bytes of {@linkcode keyHash} that the cache stores, from the first on: they identify a key. */
  readonly hashBytes: number;
  /** Counts the entries of the cache's namespace. */
  stats(signal: AbortSignal): Promise<CacheStats>;
  /**
   * All entries of the cache's namespace that `get` would find, in batches, with hashes of `hashBytes`. An entry that is
   * stored before the first batch is asked for, and does not expire meanwhile, comes once or, if it moves, twice.
   */
  entries(signal: AbortSignal): AsyncIterable<readonly HashedEntry[]>;
  /**
   * As `set`, by the keys' hashes.
   *
   * @throws {SluiceError} A hash has fewer than `hashBytes`. Of longer ones, the first are used.
   */
  setHashed(entries: readonly HashedEntry[], signal: AbortSignal): Promise<void>;
  /**
   * Removes all entries of a namespace, of any layout, in steps between which other clients are served; resolves to the
   * number of removed entries.
   */
  drop(namespace: string, signal: AbortSignal): Promise<number>;
}

/** A cache that outlives its process. */
export type MaintainedCache = Cache & CacheMaintenance;
