import { delay } from "@std/async/delay.js";
import { reasonOf, SluiceError } from "../../errors/sluice_error.ts";
import { retryPolicies } from "../../retry/retry_policies.ts";
import type { Tell } from "../../text/tell.ts";
import { BloomFile, type SavedFilter } from "./bloom_file.ts";
import { BloomFilter } from "./bloom_filter.ts";
import type { Cache, CacheUsage } from "../cache.ts";
import type { CacheServer, FollowedCache } from "./followed_cache.ts";
import { keyHash } from "../key_hash.ts";
import type { Written } from "./redis_journal.ts";

/** Memory of the filter, at most: enough for 140 million keys at a rate of 0.001. A larger filter is not made. */
const maxFilterBytes = 256 * 1024 ** 2;
/** Smallest number of keys that a filter is sized for. */
const leastCapacity = 100_000;
/** A filter is sized for so many times the keys that exist. */
const spareCapacity = 1.5;
/** Keys read in one step while the filter is made: some milliseconds of the server's time. */
const keysPerStep = 4_000;
/** The pause after each step. */
const stepPauseMs = 5;
/** Keys over which the share of ruled out keys is averaged, the last ones counting most. */
const averagedKeys = 4_000;
/** While the filter does not pay, one window of so many is still tested. */
const windowsPerTest = 16;
export interface BloomCacheOptions {
  /** The rate of false positives, at most: more than 0, less than 1. */
  readonly rate: number;
  /**
   * The filter is used while it rules out at least this share of the keys, 0 to 1. Defaults to 0.2: the bench
   * (`--only bloom`) shows what is gained when.
   */
  readonly leastRuledOut?: number;
  /** The file that keeps the filter between runs. Defaults to none. */
  readonly path?: string;
  /** Called when a filter cannot be made; again only after one was made. */
  readonly onTrouble: Tell;
}

/** A filter, and the mark in the journal up to which it has all written keys. */
interface Filter extends SavedFilter {
  mark: SavedFilter["mark"];
  /** Whether it also has all keys from before the journal. */
  isWhole: boolean;
}

/**
 * A Bloom filter of the keys in the cache, in front of a cache that other processes write to as well: a key that the filter
 * rules out is not looked up. False positives are.
 *
 * **Why no key in the cache is ever asked.** The cache's journal ({@linkcode RedisJournal}) has each key that any process
 * writes, from the same step on in which its answer is stored. A filter is made in this order: a mark in the journal; then
 * all entries of the cache, which include those that existed at the mark; from then on, what the journal has. So a whole
 * filter has all keys written up to its mark. Entries that expire stay in it, which costs a lookup and nothing else. `get`
 * sends each window's mark along, in the round trip that looks up the keys that the filter may have, and receives what was
 * written after it. A key counts as a miss only if the filter does not have it, and it is not among those either: then it
 * was not in the cache at the moment of the reply, and a lookup at that moment would have missed as well. All others are
 * looked up: in a second round trip, if they were written a moment ago; all keys of the window, if much was written and
 * the reply does not have all of it, or if the journal does not have the mark (the server was flushed, restarted or
 * replaced; no process followed for days). In that last case the filter is dropped, and another one made.
 *
 * **When it pays.** A test costs less than a lookup, but a key that the filter may have costs both. So the filter is
 * bypassed while it rules out less than a fifth of the recent keys.
 *
 * A filter is made in the background, a few 100,000 keys per second, and has no effect until it is whole. It is dropped if
 * the server was restarted meanwhile or a generation has ended. It is not made if the server may evict the directories
 * that lead to its answers, as these reappear later. It is saved when it is whole and when the cache is closed, with its
 * mark, so that a later process can resume from there. All of it can be lost without harm.
 */
export class BloomCache implements Cache {
  readonly #cache: FollowedCache;
  readonly #options: BloomCacheOptions;
  /** Absent after it could not be written. */
  #file: BloomFile | undefined;
  readonly #closing = new AbortController();
  #filter: Filter | undefined;
  /** What the file has, if anything. */
  #saved: { readonly number: number; readonly entries: number } | undefined;
  #making: Promise<void> | undefined;
  /** The share of recently tested keys that were ruled out. */
  #ruledOut = 1;
  #untestedWindows = 0;
  #hasLoaded = false;
  #hasTold = false;
  #restsUntilMs = 0;

  /** @throws {SluiceError} The rate is out of its range. */
  constructor(cache: FollowedCache, options: BloomCacheOptions) {
    if (!(options.rate > 0 && options.rate < 1)) {
      throw new SluiceError({
        kind: "settings",
        action: "open cache",
        subject: cache.url,
        reason: `the Bloom filter's rate is ${options.rate}`,
      });
    }
    this.#cache = cache;
    this.#options = options;
    this.#file = options.path === undefined ? undefined : new BloomFile(options.path);
  }

  get url(): string {
    return this.#cache.url;
  }

  get freshMs(): number | undefined {
    return this.#cache.freshMs;
  }

  /** The filter's memory, and the keys in it; `undefined` while it is not whole. */
  get size(): { readonly bytes: number; readonly entries: number } | undefined {
    return this.#filter?.isWhole ? this.#filter.filter : undefined;
  }

  /**
   * Looks up what the filter does not rule out; a round trip in any case, as other processes may have written. While the
   * filter rules out few keys, looks up all without it, except for one window in 16.
   */
  async get(keys: readonly string[], signal: AbortSignal): Promise<(number | undefined)[]> {
    signal.throwIfAborted();
    if (keys.length === 0) return [];
    const hashes = keys.map(keyHash);
    const filter = this.#filter;
    if (filter === undefined) this.#make();
    if (filter === undefined || (filter.isWhole && !this.#isWorthIt())) {
      return await this.#cache.getHashed(hashes, signal);
    }
    const answers = new Array<number | undefined>(keys.length).fill(undefined);
    const lookUp = async (
      positions: readonly number[],
      found: Promise<readonly (number | undefined)[]>,
    ): Promise<void> => {
      (await found).forEach((answer, i) => answers[positions[i]!] = answer);
    };
    const isTested = filter.isWhole;
    const [maybe, ruledOut] = isTested ? split(hashes, filter.filter) : [[...hashes.keys()], []];
    const followed = this.#cache.follow(maybe.map((position) => hashes[position]!), filter.mark, signal);
    await lookUp(maybe, followed.then(({ answers }) => answers));
    const { written } = await followed;
    const isCurrent = this.#addWritten(filter, written);
    if (isTested) {
      const share = ruledOut.length / keys.length;
      this.#ruledOut += (share - this.#ruledOut) * Math.min(1, keys.length / averagedKeys);
    }
    const rest = isCurrent ? ruledOut.filter((position) => filter.filter.has(hashes[position]!)) : ruledOut;
    if (rest.length > 0) {
      await lookUp(rest, this.#cache.getHashed(rest.map((position) => hashes[position]!), signal));
    }
    return answers;
  }

  async set(
    entries: readonly (readonly [key: string, answer: number])[],
    signal: AbortSignal,
  ): Promise<void> {
    await this.#cache.setHashed(entries.map(([key, answer]) => [keyHash(key), answer]), signal);
  }

  connect(signal: AbortSignal): Promise<void> {
    return this.#cache.connect?.(signal) ?? Promise.resolve();
  }

  async check(signal: AbortSignal): Promise<string> {
    const found = await this.#cache.check(signal);
    const server = await this.#cache.server(signal);
    const why = whyNone(server, this.freshMs !== undefined);
    return why === undefined ? found : `${found}; no Bloom filter is used: ${why}`;
  }

  usage(signal: AbortSignal): Promise<CacheUsage> {
    return this.#cache.usage!(signal);
  }

  /** Waits until the filter is whole, or cannot be made for now. For tests and measurements. */
  async made(): Promise<void> {
    this.#make();
    await this.#making;
  }

  /** Gives up a filter that is being made, saves one that is whole, and closes the cache behind it. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#making;
    await this.#save();
    await this.#cache.close();
  }

  #isWorthIt(): boolean {
    return this.#ruledOut >= (this.#options.leastRuledOut ?? 0.2) ||
      ++this.#untestedWindows % windowsPerTest === 0;
  }

  /** Adds what was written to the filter; returns whether that is all of it. */
  #addWritten(filter: Filter, written: Written | undefined): boolean {
    if (written === undefined) {
      if (this.#filter === filter) this.#filter = undefined;
      this.#make();
      return false;
    }
    const { records, mark, isAll } = written;
    for (let at = 0; at + 8 <= records.length; at += 8) filter.filter.add(records, at);
    // Concurrent windows may get their replies in any order.
    if (mark.number > filter.mark.number) filter.mark = mark;
    if (filter.filter.bytes > maxFilterBytes && this.#filter === filter) {
      this.#giveUp(`it would take more than ${maxFilterBytes / 1024 ** 2} MiB`, Infinity);
    }
    return isAll;
  }

  /** Loads a filter from the file, or makes one, unless there is one already. */
  #make(): void {
    if (
      this.#filter !== undefined || this.#closing.signal.aborted || performance.now() < this.#restsUntilMs
    ) return;
    this.#making ??= this.#makeNow().finally(() => this.#making = undefined);
  }

  async #makeNow(): Promise<void> {
    const { signal } = this.#closing;
    try {
      this.#filter = await this.#load();
      if (this.#filter !== undefined) return;
      if (await this.#read(signal)) this.#hasTold = false;
      else {this.#restsUntilMs = Math.max(
          this.#restsUntilMs,
          performance.now() + retryPolicies.bloomFilter.restMs,
        );}
    } catch (error) {
      if (!signal.aborted) this.#giveUp(error, retryPolicies.bloomFilter.restMs);
    }
  }

  async #load(): Promise<Filter | undefined> {
    // A filter that was dropped is not loaded again.
    if (this.#file === undefined || this.#hasLoaded) return undefined;
    this.#hasLoaded = true;
    try {
      const saved = await this.#file.load(this.#options.rate);
      if (saved === undefined) return undefined;
      this.#saved = { number: saved.mark.number, entries: saved.filter.entries };
      return { ...saved, isWhole: true };
    } catch (error) {
      this.#options.onTrouble(
        `Cannot read the Bloom filter ${this.#file.path}: ${reasonOf(error)}; making a new one`,
      );
    }
  }

  /** Makes a filter of the cache's entries; resolves to whether it is whole, and of a single history. */
  async #read(signal: AbortSignal): Promise<boolean> {
    const { rate } = this.#options;
    const { written } = await this.#cache.follow([], undefined, signal);
    const server = await this.#cache.server(signal);
    const { entries, generations } = await this.#cache.census(signal);
    const why = whyNone(server, generations.some((generation) => generation !== ""));
    if (why !== undefined) {
      this.#giveUp(why, Infinity);
      return false;
    }
    const capacity = Math.max(leastCapacity, entries * spareCapacity);
    const filter: Filter = {
      filter: new BloomFilter({ rate, capacity }),
      mark: written!.mark,
      isWhole: false,
    };
    this.#filter = filter;
    let read = 0;
    for await (const records of this.#cache.records(generations, signal)) {
      for (const record of records) filter.filter.add(record);
      read += records.length;
      if (read < keysPerStep) continue;
      read = 0;
      this.#addWritten(filter, (await this.#cache.follow([], filter.mark, signal)).written);
      if (this.#filter !== filter) return false;
      await delay(stepPauseMs, { signal });
    }
    if (
      (await this.#cache.server(signal)).history !== server.history ||
      await this.#hasEnded(generations, signal)
    ) {
      this.#filter = undefined;
      return false;
    }
    filter.isWhole = this.#filter === filter;
    await this.#save();
    return filter.isWhole;
  }

  /** Whether one of the generations is gone: entries that moved out of it may not have been read. */
  async #hasEnded(generations: readonly string[], signal: AbortSignal): Promise<boolean> {
    if (generations.every((generation) => generation === "")) return false;
    const left = new Set((await this.#cache.census(signal)).generations);
    return generations.some((generation) => !left.has(generation));
  }

  async #save(): Promise<void> {
    const filter = this.#filter;
    if (filter === undefined || !filter.isWhole || this.#file === undefined) return;
    const saved = { number: filter.mark.number, entries: filter.filter.entries };
    if (saved.number === this.#saved?.number && saved.entries === this.#saved.entries) return;
    try {
      await this.#file.save({ filter: filter.filter, mark: filter.mark });
      this.#saved = saved;
    } catch (error) {
      this.#options.onTrouble(`Cannot keep the Bloom filter in ${this.#file.path}: ${reasonOf(error)}`);
      this.#file = undefined;
    }
  }

  #giveUp(cause: unknown, forMs: number): void {
    this.#filter = undefined;
    this.#restsUntilMs = performance.now() + forMs;
    if (!this.#hasTold) this.#options.onTrouble(`Continuing without the Bloom filter: ${reasonOf(cause)}`);
    this.#hasTold = true;
  }
}

/** Why no filter can be made of a server's entries: evicted ones may reappear without a record in the journal. */
function whyNone({ eviction }: CacheServer, hasExpiry: boolean): string | undefined {
  if (eviction?.startsWith("allkeys") || (eviction?.startsWith("volatile") && hasExpiry)) {
    return `maxmemory-policy is ${eviction}`;
  }
}

/** Positions of the keys that the filter may have, and of those that it rules out. */
function split(hashes: readonly Uint8Array[], filter: BloomFilter): [maybe: number[], ruledOut: number[]] {
  const maybe: number[] = [], ruledOut: number[] = [];
  hashes.forEach((hash, position) => (filter.has(hash) ? maybe : ruledOut).push(position));
  return [maybe, ruledOut];
}
