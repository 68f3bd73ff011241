import { delay } from "@std/async/delay.js";
import type { Tell } from "../../text/tell.ts";
import { BloomFile, type SavedFilter } from "./bloom_file.ts";
import { BloomFilter } from "./bloom_filter.ts";
import type { Cache, CacheUsage } from "../cache.ts";
import type { CacheServer, FollowedCache } from "./followed_cache.ts";
import { keyHash } from "../key_hash.ts";
import type { Written } from "./redis_journal.ts";

/** Memory of the filter at most: at a rate of 0.001, for 140 million keys. Beyond it, there is none. */
const maxFilterBytes = 256 * 1024 ** 2;
/** Least number of keys that a filter is made for. */
const leastCapacity = 100_000;
/** How much larger than what is there a filter is made. */
const spareCapacity = 1.5;
/** Keys of a step of the reading that makes the filter, some milliseconds of the server's time. */
const keysPerStep = 4_000;
/** The pause after each step. */
const stepPauseMs = 5;
/** Keys that the share is taken of, the last ones counting most. */
const judgedKeys = 4_000;
/** Where the filter is not worth it, one window of so many is tested all the same. */
const windowsPerTest = 16;
/** How long a filter that could not be made is left alone, in milliseconds. */
const restMs = 10_000;

export interface BloomCacheOptions {
  /** The share of keys that are not known, but looked up all the same, at most: more than 0, less than 1. */
  readonly rate: number;
  /**
   * Share of keys that the filter has to rule out to be worth its test, 0 to 1. A fifth unless told: the bench
   * (`--only bloom`) says what it gains when.
   */
  readonly leastRuledOut?: number;
  /** The file that the filter is kept in between runs; none unless told. */
  readonly path?: string;
  /** Told when there is no filter to be had, once until there is. */
  readonly onTrouble: Tell;
}

/** A filter, and the place in the journal up to which it has all that was written. */
interface Filter extends SavedFilter {
  mark: SavedFilter["mark"];
  /** Whether it holds all that was there before the journal too. */
  isWhole: boolean;
}

/**
 * A Bloom filter of the keys that are known, in front of a cache that others write to as well: a key that the filter
 * does not have is not looked up. One that it takes for known by mistake is.
 *
 * **Why it never has a key asked that is in the cache.** The cache's journal ({@linkcode RedisJournal}) has each key
 * that is written, by whatever process, from the same step on as its answer is there. A filter is made in this order:
 * a mark in the journal, then all entries of the cache, which has those that were there at the mark; from then on,
 * what the journal says. So a whole filter has all that was written up to its mark, and what the cache forgets stays in
 * it, which costs a lookup and no more. `get` hands each window's mark on, in the round trip in which it looks up the
 * keys that the filter has, and is told what was written after it. A key is held for new only when the filter did not
 * have it, and it is not among those either: then it was not in the cache at the moment of the telling, which a
 * lookup at that moment would have said as well. All others are looked up: in a second round trip, where they were
 * written a moment ago; all keys of the window, where much was written and not all of it is told, and where the
 * journal does not have the mark (the server was flushed, restarted, or another takes its place; nobody followed for
 * days). In the last case the filter is thrown away, and another one made.
 *
 * **Where it gains.** A test costs less than a lookup, but a lookup of a key that the filter has costs both. So it is
 * left out where it rules out less than a fifth of the keys of late.
 *
 * The making goes on in the background, a few 100,000 keys a second; the filter is of no effect until it is
 * whole. It is left where the server was restarted meanwhile or a generation has ended, and not begun where the server may evict the directories
 * that lead to its answers, as these come back into sight later. It is saved when it is whole and when the cache is
 * closed, with its mark, so that a later process goes on from there. All of it can be lost without harm.
 */
export class BloomCache implements Cache {
  readonly #cache: FollowedCache;
  readonly #options: BloomCacheOptions;
  /** None any more where it could not be written once. */
  #file: BloomFile | undefined;
  readonly #closing = new AbortController();
  #filter: Filter | undefined;
  /** What is in the file, if anything. */
  #saved: { readonly number: number; readonly entries: number } | undefined;
  #making: Promise<void> | undefined;
  /** Of the keys that were tested of late. */
  #ruledOut = 1;
  #untestedWindows = 0;
  #hasLoaded = false;
  #hasTold = false;
  #restsUntilMs = 0;

  /** @throws {RangeError} The rate is none. */
  constructor(cache: FollowedCache, options: BloomCacheOptions) {
    if (!(options.rate > 0 && options.rate < 1)) {
      throw new RangeError(`Cannot open cache ${cache.url}: the Bloom filter's rate is ${options.rate}`);
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

  /** The filter's memory, and the keys in it; nothing while it is not whole. */
  get size(): { readonly bytes: number; readonly entries: number } | undefined {
    return this.#filter?.isWhole ? this.#filter.filter : undefined;
  }

  /**
   * Looks up what the filter does not rule out; a round trip in any case, as others may have written. Where the
   * filter rules out few of late, looks up all without it, but for one window in 16.
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
    const [maybe, unheard] = isTested ? split(hashes, filter.filter) : [[...hashes.keys()], []];
    const followed = this.#cache.follow(maybe.map((position) => hashes[position]!), filter.mark, signal);
    await lookUp(maybe, followed.then(({ answers }) => answers));
    const { written } = await followed;
    const isTold = this.#heed(filter, written);
    if (isTested) {
      const share = unheard.length / keys.length;
      this.#ruledOut += (share - this.#ruledOut) * Math.min(1, keys.length / judgedKeys);
    }
    const rest = isTold ? unheard.filter((position) => filter.filter.has(hashes[position]!)) : unheard;
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

  /** Takes in what was written; says whether that is all of it. */
  #heed(filter: Filter, written: Written | undefined): boolean {
    if (written === undefined) {
      if (this.#filter === filter) this.#filter = undefined;
      this.#make();
      return false;
    }
    const { records, mark, isAll } = written;
    for (let at = 0; at + 8 <= records.length; at += 8) filter.filter.add(records, at);
    // Windows side by side are told by turns.
    if (mark.number > filter.mark.number) filter.mark = mark;
    if (filter.filter.bytes > maxFilterBytes && this.#filter === filter) {
      this.#giveUp(`it would take more than ${maxFilterBytes / 1024 ** 2} MiB`, Infinity);
    }
    return isAll;
  }

  /** Gets a filter out of the file, or makes one, unless there is one already. */
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
      else this.#restsUntilMs = Math.max(this.#restsUntilMs, performance.now() + restMs);
    } catch (error) {
      if (!signal.aborted) this.#giveUp(error, restMs);
    }
  }

  async #load(): Promise<Filter | undefined> {
    // What was thrown away once is not better the second time.
    if (this.#file === undefined || this.#hasLoaded) return undefined;
    this.#hasLoaded = true;
    try {
      const saved = await this.#file.load(this.#options.rate);
      if (saved === undefined) return undefined;
      this.#saved = { number: saved.mark.number, entries: saved.filter.entries };
      return { ...saved, isWhole: true };
    } catch (error) {
      this.#options.onTrouble(
        `Cannot read the Bloom filter ${this.#file.path}: ${messageOf(error)}; it is made anew`,
      );
    }
  }

  /** Makes a filter of what the cache has; resolves to whether it is whole, and not of two pasts. */
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
      this.#heed(filter, (await this.#cache.follow([], filter.mark, signal)).written);
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

  /** Whether one of the generations is gone: what was carried out of it may not have been read. */
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
      this.#options.onTrouble(`Cannot keep the Bloom filter in ${this.#file.path}: ${messageOf(error)}`);
      this.#file = undefined;
    }
  }

  #giveUp(cause: unknown, forMs: number): void {
    this.#filter = undefined;
    this.#restsUntilMs = performance.now() + forMs;
    if (!this.#hasTold) this.#options.onTrouble(`Going on without the Bloom filter: ${messageOf(cause)}`);
    this.#hasTold = true;
  }
}

/** Why no filter can be made of what a server holds: what it evicts may come back, out of the journal's sight. */
function whyNone({ eviction }: CacheServer, hasMortals: boolean): string | undefined {
  if (eviction?.startsWith("allkeys") || (eviction?.startsWith("volatile") && hasMortals)) {
    return `maxmemory-policy is ${eviction}`;
  }
}

/** Positions of what the filter may have, and of what it has not. */
function split(hashes: readonly Uint8Array[], filter: BloomFilter): [maybe: number[], unheard: number[]] {
  const maybe: number[] = [], unheard: number[] = [];
  hashes.forEach((hash, position) => (filter.has(hash) ? maybe : unheard).push(position));
  return [maybe, unheard];
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
