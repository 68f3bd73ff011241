import { type CircuitBreakerPolicy, CircuitState } from "cockatiel";
import { LRUCache } from "lru-cache";
import { type Cache, PartialReadError, PartialWriteError } from "../caches/cache.ts";
import type { Model } from "../models/model.ts";
import type { Tell } from "../text/tell.ts";
import { bytes, type Settings } from "../settings/setting.ts";
import { SluiceError } from "../errors/sluice_error.ts";
import { plural } from "../text/format.ts";
import { restingBreaker, restMs } from "./resting_breaker.ts";

/** How many answers are kept in memory. */
export const answerMemorySettings = {
  memory: bytes({
    help: "Memory for cached answers, in front of the cache, 1MiB to 64GiB",
    name: "memoryCache",
    was: { name: "memoryCacheMib", unit: "MiB" },
    min: 1024 ** 2,
    max: 64 * 1024 ** 3,
    default: 64 * 1024 ** 2,
  }),
} satisfies Settings;

export interface AnswerMemoryOptions {
  readonly cache: Cache;
  /** What counts as an answer; other values in the cache count as misses. */
  readonly range: Model["range"];
  /** Size of the answers kept in memory, in bytes, roughly. */
  readonly memoryCacheBytes: number;
  /** Whether to fail while the cache cannot be read or written. Defaults to false. */
  readonly isRequired?: boolean;
  /** Called when the cache fails, and when it works again. */
  readonly onTrouble: Tell;
}

/** The cache cannot be used, and nothing may be asked without it. */
export class CacheRequiredError extends SluiceError {
  override readonly name = "CacheRequiredError";

  constructor(url: string, reason: string) {
    super({
      kind: "cache",
      action: "continue without the cache",
      subject: url,
      reason: `requireCache is set; ${reason}`,
    });
  }
}

/** Answers kept until the cache takes them; some 20 MB. */
const maxUnwritten = 100_000;
/** Of these in one write. */
const maxWrittenAtOnce = 5_000;
/** How long the last attempt to write them may take, in milliseconds, and the last one to refresh answers. */
const closeTimeoutMs = 2_000;
/** Keys of answers in memory that were used and wait to be refreshed in the cache. */
const maxStaleKeys = 100_000;
/** Of these in one read. */
const maxRefreshedAtOnce = 1_000;

/** An answer of a cache with expiry, and the period of time in which it was last read from the cache. */
interface ExpiringAnswer {
  readonly answer: number;
  period: number;
}

/** What one takes in memory beyond a plain answer. */
const expiringBytes = 40;

/** Round trips to the cache, and the time spent in them, added up. */
export interface CacheRoundTrips {
  reads: number;
  readSeconds: number;
  writes: number;
  writeSeconds: number;
}

/**
 * The answers in this process's memory, with least recently used eviction, in front of the cache that outlives it. A
 * cache that is down counts as an empty one, unless it is required.
 *
 * A cache with expiry (`freshMs`) does not see hits in memory. So an answer's first hit there in each period of
 * `freshMs` is followed by a read from the cache, in the background, a window's at a time; what has expired there by then
 * is written again.
 */
export class AnswerMemory {
  readonly stats: CacheRoundTrips = { reads: 0, readSeconds: 0, writes: 0, writeSeconds: 0 };
  readonly #options: AnswerMemoryOptions;
  readonly #memory: LRUCache<string, number | ExpiringAnswer>;
  /** Apart from each other: a read-only replica can still be read. */
  readonly #reading: CircuitBreakerPolicy;
  readonly #writing: CircuitBreakerPolicy;
  /** Answers that could not be written yet, oldest first. */
  readonly #unwritten = new Map<string, number>();
  /** When some of the cache's servers were last unavailable; `undefined` while all are available. */
  #partAwayMs: number | undefined;
  #catchingUp: Promise<void> | undefined;
  /** Answers that were used in memory, to be refreshed in the cache. */
  readonly #stale = new Map<string, number>();
  /** Why the cache failed last. */
  #failure = "";
  readonly #closing = new AbortController();
  #refreshing: Promise<void> | undefined;

  constructor(options: AnswerMemoryOptions) {
    this.#options = options;
    this.#memory = new LRUCache({
      maxSize: options.memoryCacheBytes,
      // A key of one byte a character, its place in the map and in the list.
      sizeCalculation: (answer, key) => key.length + 100 + (typeof answer === "number" ? 0 : expiringBytes),
    });
    const { cache, onTrouble } = options;
    this.#reading = restingBreaker({
      onFailure: (cause) => this.#failed(`Continuing without the cache: ${cause}`, cause),
      onRecovery: () => onTrouble(`The cache works again: ${cache.url}`, "info"),
    });
    this.#writing = restingBreaker({
      onFailure: (cause) => this.#failed(`Continuing without writing to the cache: ${cause}`, cause),
      onRecovery: () => onTrouble(`The cache takes answers again: ${cache.url}`, "info"),
    });
  }

  /** Whether the cache is left alone after a failure of reads or of writes. */
  get isDown(): boolean {
    return [this.#reading, this.#writing].some(({ state }) => state !== CircuitState.Closed);
  }

  /** An answer in this process's memory. */
  recall(key: string): number | undefined {
    const found = this.#memory.get(key);
    if (typeof found !== "object") return found ?? this.#unwritten.get(key);
    if (found.period !== this.#period() && this.#stale.size < maxStaleKeys) this.#refresh(key, found);
    return found.answer;
  }

  /** Puts an answer into memory that the cache has just given, or is about to get. */
  remember(key: string, answer: number): void {
    const period = this.#period();
    this.#memory.set(key, period === undefined ? answer : { answer, period });
  }

  /** Why nothing may be asked now; `undefined` if the cache works, or is not required. */
  get lost(): CacheRequiredError | undefined {
    const isDown = this.#reading.state !== CircuitState.Closed ||
      (this.#writing.state !== CircuitState.Closed && this.#unwritten.size > 0);
    return this.#options.isRequired && isDown
      ? new CacheRequiredError(this.#options.cache.url, this.#failure)
      : undefined;
  }

  /**
   * The cache's answers in the order of the keys, in one round trip.
   *
   * @throws {CacheRequiredError} It cannot be read; only if it is required.
   */
  async read(keys: readonly string[], signal: AbortSignal): Promise<(number | undefined)[]> {
    try {
      const answers = await this.#tryToRead(keys, signal);
      // Nothing else shows that it takes answers again.
      if (this.lost !== undefined) await this.#catchUpOnce(signal);
      return answers;
    } catch {
      const { lost } = this; // the breaker has reported it
      if (lost !== undefined && !signal.aborted) throw lost;
      return new Array(keys.length).fill(undefined);
    }
  }

  /**
   * Writes to the cache; resolves when the cache has acknowledged or failed. What fails is kept, up to
   * {@linkcode maxUnwritten} answers, and written when the cache works again. Never throws.
   */
  async write(entries: readonly Entry[], signal: AbortSignal): Promise<void> {
    let left: readonly Entry[];
    try {
      left = await this.#tryToWrite(entries, signal);
    } catch {
      left = entries; // the breaker has reported it
    }
    // What is dropped here, the next run asks again.
    for (const [key, answer] of left) this.#unwritten.set(key, answer);
    for (const key of this.#unwritten.keys()) {
      if (this.#unwritten.size <= maxUnwritten) break;
      this.#unwritten.delete(key);
    }
    if (left.length > 0) return;
    void this.#catchUpOnce(signal);
  }

  /** Tries a last time to write what could not be written. Never throws. */
  async close(): Promise<void> {
    await this.#catchingUp;
    await this.#closeRefreshing();
    if (this.#unwritten.size === 0) return;
    const { cache, onTrouble } = this.#options;
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), closeTimeoutMs);
    let some = this.#someUnwritten();
    try {
      for (; some.length > 0; some = this.#someUnwritten()) {
        await cache.set(some, timeout.signal);
        this.#forgetWritten(some);
      }
    } catch (error) {
      if (error instanceof PartialWriteError) this.#forgetWritten(some.filter((_, i) => !error.isLeft[i]));
      const { size } = this.#unwritten;
      onTrouble(
        `Cannot write ${
          plural(size, "answer")
        } to ${cache.url}: it still takes none; later runs will ask them again`,
        "error",
      );
    } finally {
      clearTimeout(timer);
    }
  }

  async #tryToRead(keys: readonly string[], signal: AbortSignal): Promise<(number | undefined)[]> {
    const { cache, range } = this.#options;
    const started = performance.now();
    try {
      const answers = await this.#reading.execute(() => {
        this.stats.reads++;
        return cache.get(keys, signal).then((answers) => {
          this.#sawWhole();
          return answers;
        }, (error) => {
          if (signal.aborted) return keys.map(() => undefined); // not a failure of the cache
          if (!(error instanceof PartialReadError) || this.#options.isRequired) throw error;
          this.#sawPart(error);
          return error.answers;
        });
      });
      return answers.map((answer) =>
        answer !== undefined && answer >= range.min && answer <= range.max ? answer : undefined
      );
    } finally {
      this.stats.readSeconds += (performance.now() - started) / 1000;
    }
  }

  /** Resolves to the entries that unavailable servers should have stored. */
  async #tryToWrite(entries: readonly Entry[], signal: AbortSignal): Promise<readonly Entry[]> {
    const started = performance.now();
    try {
      return await this.#writing.execute(async () => {
        this.stats.writes++;
        try {
          await this.#options.cache.set(entries, signal);
          return [];
        } catch (error) {
          if (!(error instanceof PartialWriteError)) throw error;
          this.#sawPart(error);
          return entries.filter((_, i) => error.isLeft[i]);
        }
      });
    } finally {
      this.stats.writeSeconds += (performance.now() - started) / 1000;
    }
  }

  /** The number of the current period of a cache with expiry; `undefined` for other caches. */
  #period(): number | undefined {
    const { freshMs } = this.#options.cache;
    return freshMs === undefined ? undefined : Math.floor(Date.now() / freshMs);
  }

  #refresh(key: string, found: ExpiringAnswer): void {
    this.#stale.set(key, found.answer);
    found.period = this.#period()!;
    this.#refreshing ??= this.#refreshStale().finally(() => this.#refreshing = undefined);
  }

  /** Reads answers that were found in memory, so that the cache keeps them. What fails is tried at its next use. */
  async #refreshStale(): Promise<void> {
    const { signal } = this.#closing;
    await Promise.resolve(); // so that a window's keys go together
    for (let some = this.#someStale(); some.length > 0; some = this.#someStale()) {
      try {
        const answers = await this.#tryToRead(some.map(([key]) => key), signal);
        signal.throwIfAborted();
        const forgotten = some.filter((_, i) => answers[i] === undefined);
        if (forgotten.length > 0) this.#notRefreshed(await this.#tryToWrite(forgotten, signal));
      } catch {
        // The breaker has reported it, or the time to close is over.
        this.#notRefreshed([...some, ...this.#stale]);
        this.#stale.clear();
      }
    }
  }

  #notRefreshed(entries: Iterable<Entry>): void {
    for (const [key] of entries) {
      const found = this.#memory.peek(key);
      if (typeof found === "object") found.period = NaN;
    }
  }

  #someStale(): Entry[] {
    const some = this.#stale.entries().take(maxRefreshedAtOnce).toArray();
    for (const [key] of some) this.#stale.delete(key);
    return some;
  }

  async #closeRefreshing(): Promise<void> {
    const timer = setTimeout(() => this.#closing.abort(), closeTimeoutMs);
    await this.#refreshing;
    clearTimeout(timer);
  }

  #catchUpOnce(signal: AbortSignal): Promise<void> {
    return this.#catchingUp ??= this.#catchUp(signal).finally(() => this.#catchingUp = undefined);
  }

  /** Writes what could not be written, some at a time. It is recalled from here until the cache has it. */
  async #catchUp(signal: AbortSignal): Promise<void> {
    try {
      for (let some = this.#someUnwritten(); some.length > 0; some = this.#someUnwritten()) {
        const left = new Set(await this.#tryToWrite(some, signal));
        this.#forgetWritten(some.filter((entry) => !left.has(entry)));
        if (left.size > 0) return;
      }
    } catch {
      // The breaker has reported it; the next write that succeeds tries again.
    }
  }

  #failed(report: string, cause: string): void {
    this.#failure = cause;
    const { isRequired, onTrouble } = this.#options;
    if (isRequired) {
      onTrouble(`Nothing is asked without the cache, as requireCache is set: ${cause}`, "error");
    } else onTrouble(report);
  }

  #sawPart(error: Error): void {
    if (this.#partAwayMs === undefined) {
      this.#options.onTrouble(`Continuing without a part of the cache: ${error.message}`);
    }
    this.#partAwayMs = performance.now();
  }

  /** A read had all its answers; only some time without a partial one shows that all servers are back. */
  #sawWhole(): void {
    if (this.#partAwayMs === undefined || performance.now() - this.#partAwayMs < restMs) return;
    this.#partAwayMs = undefined;
    this.#options.onTrouble(`The cache works again as a whole: ${this.#options.cache.url}`, "info");
  }

  #someUnwritten(): Entry[] {
    return this.#unwritten.entries().take(maxWrittenAtOnce).toArray();
  }

  #forgetWritten(entries: readonly Entry[]): void {
    for (const [key, answer] of entries) if (this.#unwritten.get(key) === answer) this.#unwritten.delete(key);
  }
}

type Entry = readonly [key: string, answer: number];
