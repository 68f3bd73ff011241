import { type CircuitBreakerPolicy, CircuitState } from "cockatiel";
import { LRUCache } from "lru-cache";
import { type Cache, PartialReadError, PartialWriteError } from "../caches/cache.ts";
import type { Model } from "../models/model.ts";
import type { Tell } from "../text/tell.ts";
import { type Settings, whole } from "../settings/setting.ts";
import { restingBreaker, restMs } from "./resting_breaker.ts";

/** What is kept in memory of what is known. */
export const answerMemorySettings = {
  memoryCacheMib: whole({
    help: "Memory for known answers, in MiB, 1 to 65536",
    min: 1,
    max: 65_536,
    default: 64,
  }),
} satisfies Settings;

export interface AnswerMemoryOptions {
  readonly cache: Cache;
  /** What counts as an answer; other values in the cache count as unknown. */
  readonly range: Model["range"];
  /** Size of the answers kept in memory, in bytes, roughly. */
  readonly memoryCacheBytes: number;
  /** Told when the cache fails, and when it works again. */
  readonly onTrouble: Tell;
}

/** Answers kept to be written when the cache takes them again; some 20 MB. */
const maxUnwritten = 100_000;
/** Of these in one write. */
const maxWrittenAtOnce = 5_000;
/** How long the last attempt to write them may take, in milliseconds, and the last one to have answers kept. */
const closeTimeoutMs = 2_000;
/** Keys of answers in memory that wait for the cache to be told that they are used. */
const maxStaleKeys = 100_000;
/** Of these in one read. */
const maxRefreshedAtOnce = 1_000;

/** An answer of a cache that forgets, and the stretch in which that was last told that the answer is used. */
interface Remembered {
  readonly answer: number;
  stretch: number;
}

/** What one takes in memory beyond a plain answer. */
const rememberedBytes = 40;

/**
 * What is known: the answers of this process, least recently used ones leaving first, before the cache that
 * outlives it. A cache that is down counts as one that knows nothing.
 *
 * A cache that forgets (`freshMs`) sees nothing of what is found in memory. So an answer's first use there in each of
 * its stretches is followed by a read of it, in the background, a window's at a time; what the cache has forgotten
 * by then is written to it again.
 */
export class AnswerMemory {
  /** Round trips to the cache, and the time spent in them, added up. */
  readonly stats = { reads: 0, readSeconds: 0, writes: 0, writeSeconds: 0 };
  readonly #options: AnswerMemoryOptions;
  readonly #memory: LRUCache<string, number | Remembered>;
  /** Apart from each other: a replica that may only be read still knows what it knows. */
  readonly #reading: CircuitBreakerPolicy;
  readonly #writing: CircuitBreakerPolicy;
  /** Answers that could not be written yet, oldest first. */
  readonly #unwritten = new Map<string, number>();
  /** When some of the cache's servers were away last; `undefined` while all are there. */
  #partAwayMs: number | undefined;
  #catchingUp: Promise<void> | undefined;
  /** Answers that were used in memory, and that the cache does not know to be used. */
  readonly #stale = new Map<string, number>();
  readonly #closing = new AbortController();
  #refreshing: Promise<void> | undefined;

  constructor(options: AnswerMemoryOptions) {
    this.#options = options;
    this.#memory = new LRUCache({
      maxSize: options.memoryCacheBytes,
      // A key of one byte a character, its place in the map and in the list.
      sizeCalculation: (answer, key) => key.length + 100 + (typeof answer === "number" ? 0 : rememberedBytes),
    });
    const { cache, onTrouble } = options;
    this.#reading = restingBreaker({
      onFailure: (cause) => onTrouble(`Going on without the cache: ${cause}`),
      onRecovery: () => onTrouble(`The cache works again: ${cache.url}`, "info"),
    });
    this.#writing = restingBreaker({
      onFailure: (cause) => onTrouble(`Going on without writing to the cache: ${cause}`),
      onRecovery: () => onTrouble(`The cache takes answers again: ${cache.url}`, "info"),
    });
  }

  /** Whether the cache rests after a failure of reads or of writes. */
  get isDown(): boolean {
    return [this.#reading, this.#writing].some(({ state }) => state !== CircuitState.Closed);
  }

  /** An answer out of this process's memory. */
  recall(key: string): number | undefined {
    const found = this.#memory.get(key);
    if (typeof found !== "object") return found ?? this.#unwritten.get(key);
    if (found.stretch !== this.#stretch() && this.#stale.size < maxStaleKeys) this.#refresh(key, found);
    return found.answer;
  }

  /** Puts an answer into memory that the cache has just given, or is about to get. */
  remember(key: string, answer: number): void {
    const stretch = this.#stretch();
    this.#memory.set(key, stretch === undefined ? answer : { answer, stretch });
  }

  /** The cache's answers in the order of the keys, in one round trip. Never throws. */
  async read(keys: readonly string[], signal: AbortSignal): Promise<(number | undefined)[]> {
    try {
      return await this.#tryToRead(keys, signal);
    } catch {
      return new Array(keys.length).fill(undefined); // the breaker has told
    }
  }

  /**
   * Writes to the cache; resolves when it has acknowledged or has failed. What it does not take is kept, up to
   * {@linkcode maxUnwritten}, and written when it takes answers again. Never throws.
   */
  async write(entries: readonly Entry[], signal: AbortSignal): Promise<void> {
    let left: readonly Entry[];
    try {
      left = await this.#tryToWrite(entries, signal);
    } catch {
      left = entries; // the breaker has told
    }
    // What there is no room for, the next run asks again.
    for (const [key, answer] of left) this.#unwritten.set(key, answer);
    for (const key of this.#unwritten.keys()) {
      if (this.#unwritten.size <= maxUnwritten) break;
      this.#unwritten.delete(key);
    }
    if (left.length > 0) return;
    this.#catchingUp ??= this.#catchUp(signal).finally(() => this.#catchingUp = undefined);
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
        `Cannot write ${size} answer${
          size === 1 ? "" : "s"
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
          this.#allOfIt();
          return answers;
        }, (error) => {
          if (signal.aborted) return keys.map(() => undefined); // no fault of the cache's
          if (!(error instanceof PartialReadError)) throw error;
          this.#partOfIt(error);
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

  /** Resolves to the entries that the servers which are away would have taken. */
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
          this.#partOfIt(error);
          return entries.filter((_, i) => error.isLeft[i]);
        }
      });
    } finally {
      this.stats.writeSeconds += (performance.now() - started) / 1000;
    }
  }

  /** The stretch of time that a cache that forgets is in; `undefined` for other caches. */
  #stretch(): number | undefined {
    const { freshMs } = this.#options.cache;
    return freshMs === undefined ? undefined : Math.floor(Date.now() / freshMs);
  }

  #refresh(key: string, found: Remembered): void {
    this.#stale.set(key, found.answer);
    found.stretch = this.#stretch()!;
    this.#refreshing ??= this.#refreshStale().finally(() => this.#refreshing = undefined);
  }

  /** Has the cache keep answers that were found in memory. What it does not take is tried at its next use. */
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
        // The breaker has told, or the time to close is over.
        this.#notRefreshed([...some, ...this.#stale]);
        this.#stale.clear();
      }
    }
  }

  #notRefreshed(entries: Iterable<Entry>): void {
    for (const [key] of entries) {
      const found = this.#memory.peek(key);
      if (typeof found === "object") found.stretch = NaN;
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

  /** Writes what could not be written, some at a time. They are known here until the cache has them. */
  async #catchUp(signal: AbortSignal): Promise<void> {
    try {
      for (let some = this.#someUnwritten(); some.length > 0; some = this.#someUnwritten()) {
        const left = new Set(await this.#tryToWrite(some, signal));
        this.#forgetWritten(some.filter((entry) => !left.has(entry)));
        if (left.size > 0) return;
      }
    } catch {
      // The breaker has told; the next write that succeeds tries again.
    }
  }

  #partOfIt(error: Error): void {
    if (this.#partAwayMs === undefined) {
      this.#options.onTrouble(`Going on without a part of the cache: ${error.message}`);
    }
    this.#partAwayMs = performance.now();
  }

  /** A read has had all its answers: whether it would have needed those that were away, time tells. */
  #allOfIt(): void {
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
