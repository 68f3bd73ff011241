import { Buffer } from "node:buffer";
import { RESP_TYPES } from "redis";
import placeLua from "./bucket_place.lua" with { type: "text" };
import carryLua from "./bucket_carry.lua" with { type: "text" };
import lookupLua from "./bucket_lookup.lua" with { type: "text" };
import storeLua from "./bucket_store.lua" with { type: "text" };
import walkLua from "./bucket_walk.lua" with { type: "text" };
import { SluiceError } from "../../errors/sluice_error.ts";
import type { CacheStats, HashedEntry } from "../cache.ts";
import { permitted } from "../../redis/permitted.ts";
import type { RedisClient } from "../../redis/redis_client.ts";
import { type JournalMark, journalScripts, RedisJournal, type Written } from "./redis_journal.ts";
import type { RedisLayout } from "./redis_layout.ts";
import type { RedisRoute, RunOnRedis } from "../../redis/redis_route.ts";
import { RedisScript } from "../../redis/redis_script.ts";
import { scanRedis } from "../../redis/scan_redis.ts";
import { settleParts } from "../../redis/settle_parts.ts";

/** The layout's number, in every key: a later layout shares a server with this one, and neither reads the other. */
const format = 2;
/** Hash tags, so slots of a Cluster; a window goes to each of them. */
const tags = 64;
/** Bits of a record's first byte below its tag. */
const rootBits = 2;
/** Bytes of a key's hash that are stored: tag, root and field. */
const recordBytes = 8;
/** Records of one script call at most, so that it holds the server for a few milliseconds. */
const maxScriptRecords = 1_000;
/** Buckets of one step of a walk: up to 4,000 entries. */
const bucketsPerStep = 32;
/** Entries of a bucket among many. */
const meanBucketEntries = 90;
/** A bucket's entries reach it just before the bucket is split. */
const neededListpackEntries = 128;
/** The longest answer has 17 characters. */
const neededListpackBytes = 17;
/** Buckets whose memory is asked for, out of all. */
const maxSampledBuckets = 500;
/** A clock that is off by less does no harm worth telling. */
const tolerableSkewMs = 60_000;

const lookup = new RedisScript(lookupLua);
const carry = new RedisScript(placeLua, carryLua);
const store = new RedisScript(placeLua, journalScripts.appendLua, storeLua);
const walk = new RedisScript(placeLua, walkLua);

/** The scripts of the layout. A fake server recognizes them by their `sha1`. */
export const bucketScripts = { lookup, carry, store, walk, follow: journalScripts.follow };

export interface RedisBucketsOptions {
  /** How long answers are kept, at least, since they were last read; at most twice as long. */
  readonly ttlMs?: number;
  /** Whether reading an answer prolongs it, which needs permission to write. Defaults to true. */
  readonly prolongs?: boolean;
  /** Whether each hash tag's records are sent in a command of their own, as a Cluster needs. */
  readonly isCluster?: boolean;
  /** The time, in milliseconds of unix time. */
  readonly now: () => number;
}

/**
 * Answers in buckets, hashes small enough to be packed (listpacks): 13.5 bytes for one in a million as in any other
 * number, where a string of its own takes 104.
 *
 * **Names.** `sluice:2:<namespace>:{3f}168` is bucket 168 of hash tag 3f, `sluice:2:<namespace>:{3f}` the directory
 * that says how many buckets the tag has. With a period (`ttlMs`), a generation's name stands before the tag: the
 * second in which it expires, in base 36: `sluice:2:<namespace>:tk3x0a{3f}168`.
 *
 * **What identifies a key** is the first 64 bits of {@linkcode keyHash}, always: 6 of the tag, 2 of the root, 56 of
 * the field; the buckets' numbers are bits of the same. The chance that any two keys share an answer unnoticed is
 * one in 92,000 among 20 million keys, and one in 37 among a billion (n² / 2⁶⁵). The hash being a cryptographic
 * one, an attacker who wants a posting to collide with a given other one has to try 2⁶⁴ of them; any one of 20 million, 2⁴⁰.
 *
 * **Growing.** A bucket that has more than 127 entries is halved by the script that put the last one in. Where an
 * entry lies is read in the same script that looks for it, so that no client can have stale knowledge of it, and
 * a script is run as a whole or not at all, whatever fails. That makes buckets of 64 to 127 entries, 90 on average. If the server evicts a directory, its answers are misses until it has grown again; nothing else happens.
 *
 * **Following.** Each write is recorded in a {@linkcode RedisJournal} while any process follows it.
 *
 * **Time** is this process's clock: it makes the names, which a Cluster wants to know before a script runs. A clock
 * that is wrong costs questions, never wrong answers: a generation's end is part of its name, and the same
 * for every process.
 *
 * A script rather than commands side by side: lookups of 1,000 keys out of a million run at 1.2 times the rate of
 * MGET on strings, the hashing included; one `HGET` for each key, sent together, at a third of the script's.
 */
export class RedisBuckets implements RedisLayout {
  readonly hashBytes = recordBytes;
  readonly freshMs: number | undefined;
  readonly #prefix: string;
  readonly #options: RedisBucketsOptions;
  readonly #journal: RedisJournal;

  /** @throws {SluiceError} The namespace has a brace in it, which would be taken for the hash tag. */
  constructor(namespace: string, options: RedisBucketsOptions) {
    if (/[{}]/.test(namespace)) {
      throw new SluiceError({
        kind: "internal",
        action: "keep answers in buckets",
        reason: `the namespace ${namespace} has a brace in it`,
      });
    }
    this.#prefix = `sluice:${format}:${namespace}:`;
    this.#options = options;
    this.#journal = new RedisJournal(this.#prefix);
    this.freshMs = options.ttlMs;
  }

  /** What the layout's keys of a namespace begin with, of any generation, and the form of the rest. */
  static keysOf(namespace: string): { prefix: string; rest: RegExp } {
    return {
      prefix: `sluice:${format}:${namespace}:`,
      rest: /^(?:([0-9a-z]*)\{[0-9a-f]{2}\}(\d*)|journal)$/,
    };
  }

  /** Removes a bucket, a directory or a journal; resolves to its entries. */
  static async remove(client: RedisClient, name: string): Promise<number> {
    const isBucket = /\d$/.test(name);
    const [entries] = await Promise.all([isBucket ? client.hLen(name) : 0, client.unlink(name)]);
    return Number(entries);
  }

  async read(route: RedisRoute, hashes: readonly Uint8Array[]): Promise<(string | null)[]> {
    const { prolongs = true, ttlMs } = this.#options;
    const values = new Array<string | null>(hashes.length).fill(null);
    const generation = this.#generation();
    await settleParts(
      this.#calls(hashes).map(async ({ positions, records, tags }) => {
        const those = tags.map((tag) => this.#base(tag, generation));
        const replies = await route.to(those[0]!, async (client) => {
          const lookUp = (names: string[]) =>
            lookup.run(client, names, [records]) as Promise<(string | null)[]>;
          if (ttlMs === undefined) return await lookUp(those);
          const before = tags.map((tag) => this.#base(tag, generation! - ttlMs));
          if (prolongs) {
            const names = those.flatMap((name, i) => [name, before[i]!]);
            return await carry.run(client, names, [records, `${generation}`]) as (string | null)[];
          }
          const [now, then] = await Promise.all([lookUp(those), lookUp(before)]);
          return now.map((reply, i) => reply ?? then[i]!);
        });
        replies.forEach((reply, i) => values[positions[i]!] = reply);
      }),
      () => values,
    );
    return values;
  }

  async write(route: RedisRoute, entries: readonly HashedEntry[]): Promise<void> {
    const generation = this.#generation();
    const isWritten = new Array<boolean>(entries.length).fill(false);
    const calls = this.#calls(entries.map(([hash]) => hash));
    await settleParts(
      calls.map(async ({ tags, records, positions }) => {
        const answers = Array.from(positions, (position) => entries[position]![1]).join(",");
        const keys = tags.map((tag) => this.#base(tag, generation));
        const args = [records, answers, `${generation ?? ""}`];
        await route.to(keys[0]!, (client) =>
          // Of a Cluster, the journal lies in one slot, and a tag's records in another.
          this.#options.isCluster
            ? store.run(client, keys, [...args, ""])
            : store.run(client, [this.#journal.name, ...keys], [...args, RedisJournal.token()]));
        for (const position of positions) isWritten[position] = true;
      }),
      () => isWritten,
    );
  }

  follow(client: RedisClient, mark: JournalMark | undefined): Promise<Written | undefined> {
    return this.#journal.follow(client, mark);
  }

  /**
   * The existing generations, whatever clock or period they were written by, and about how many entries they
   * have. One that is there from the beginning to the end is among them: a scan meets each key that stays, and a
   * bucket stays when it is split (that all of 128 hashes leave it has a chance of one in 2¹²⁸).
   */
  async generations(run: RunOnRedis): Promise<{ generations: string[]; entries: number }> {
    const { rest } = RedisBuckets.keysOf("");
    const generations = new Set<string>();
    let buckets = 0;
    for await (const names of scanRedis(run, this.#prefix)) {
      for (const name of names) {
        const [, generation, bucket] = rest.exec(name.slice(this.#prefix.length)) ?? [];
        if (generation !== undefined) generations.add(generation);
        if (bucket) buckets++;
      }
    }
    return { generations: [...generations].sort(), entries: buckets * meanBucketEntries };
  }

  async advice(client: RedisClient): Promise<string | undefined> {
    const advice: string[] = [];
    const limits = await client.configGet("hash-max-*").catch(() => undefined);
    if (limits !== undefined) {
      for (
        const [what, needed] of [["entries", neededListpackEntries], ["value", neededListpackBytes]] as const
      ) {
        const name = [`hash-max-listpack-${what}`, `hash-max-ziplist-${what}`].find((name) => name in limits);
        const value = limits[name ?? ""] ?? Infinity;
        if (Number(value) < needed) {
          advice.push(
            `${name} is ${value}: answers take several times the memory, set it to ${needed} or more`,
          );
        }
      }
    } else if (await this.#isUnpacked(client)) {
      advice.push(
        `answers are not packed and take several times the memory: set hash-max-listpack-entries to ` +
          `${neededListpackEntries} or more, hash-max-listpack-value to ${neededListpackBytes} or more`,
      );
    }
    const policy = /^maxmemory_policy:(\S+)/m.exec(await permitted(client.info("memory")) ?? "")?.[1] ??
      "noeviction";
    const isEvicted = policy.startsWith("allkeys") ||
      (policy.startsWith("volatile") && this.#options.ttlMs !== undefined);
    // With a period, the generation that expires first is removed: entries that were not read in this one.
    if (isEvicted && policy !== "volatile-ttl") {
      advice.push(
        `maxmemory-policy is ${policy}: a hundred answers are evicted at once, used ones among them; volatile-ttl ` +
          `with --ttl evicts those that were not used lately`,
      );
    }
    if (this.#options.ttlMs !== undefined) {
      const [seconds] = await client.time();
      const skewMs = this.#options.now() - Number(seconds) * 1000;
      if (Math.abs(skewMs) > tolerableSkewMs) {
        advice.push(`its clock and this machine's differ by ${Math.round(Math.abs(skewMs) / 1000)} s`);
      }
    }
    return advice.length === 0 ? undefined : advice.join("; ");
  }

  async stats(route: RedisRoute): Promise<CacheStats> {
    const generations = new Map<string, { entries: number; buckets: number }>();
    const { rest } = RedisBuckets.keysOf("");
    const seen = new Set<string>(); // a scan names a key twice at times
    let sampledBytes = 0, sampledEntries = 0, sampled = 0;
    for (const run of await route.servers()) {
      for await (const names of scanRedis(run, this.#prefix)) {
        const buckets = names.map((name) => ({ name, match: rest.exec(name.slice(this.#prefix.length)) }))
          .filter(({ name, match }) => match?.[2] && !seen.has(name) && seen.add(name));
        const sample = buckets.slice(0, Math.min(buckets.length, 20, maxSampledBuckets - sampled)).map((
          { name },
        ) => name);
        const { lengths, bytes } = await run(async (client) => {
          const [lengths, bytes] = await Promise.all([
            Promise.all(buckets.map(({ name }) => client.hLen(name))),
            Promise.all(sample.map((name) => client.memoryUsage(name))),
          ]);
          return { lengths, bytes };
        });
        sampled += sample.length;
        bytes.forEach((used, i) => {
          sampledBytes += Number(used ?? 0);
          sampledEntries += Number(lengths[i]);
        });
        buckets.forEach(({ match }, i) => {
          const generation = generations.getOrInsertComputed(match![1]!, () => ({ entries: 0, buckets: 0 }));
          generation.entries += Number(lengths[i]);
          generation.buckets++;
        });
      }
    }
    const found = [...generations].map(([end, counts]) => ({
      ...(end === "" ? {} : { expiresAt: new Date(parseInt(end, 36) * 1000) }),
      ...counts,
    }));
    return {
      entries: found.reduce((sum, { entries }) => sum + entries, 0),
      ...(sampledEntries === 0 ? {} : { bytesPerEntry: sampledBytes / sampledEntries }),
      generations: found.sort((a, b) => Number(a.expiresAt ?? Infinity) - Number(b.expiresAt ?? Infinity)),
    };
  }

  /** @param generations Defaults to those that are read, the last one first. */
  async *stored(
    route: RedisRoute,
    generations = this.#visible(),
  ): AsyncGenerator<[hash: Uint8Array, value: string][]> {
    for (const generation of generations) {
      for (let tag = 0; tag < tags; tag++) {
        for (let next = 0; next >= 0;) {
          const base = `${this.#prefix}${generation}${hashTag(tag)}`;
          const [after, numbers, buckets] = await route.to(base, (client) =>
            walk.run(
              client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }) as unknown as RedisClient,
              [base],
              [`${next}`, `${bucketsPerStep}`],
            )) as [number, number[], Buffer[][]];
          const batch = buckets.flatMap((bucket, i) => entriesOf(bucket, tag, numbers[i]!));
          if (batch.length > 0) yield batch;
          next = after;
        }
      }
    }
  }

  /** When an entry written now expires, in milliseconds of unix time; `undefined` for never. */
  #generation(): number | undefined {
    const { ttlMs, now } = this.#options;
    return ttlMs === undefined ? undefined : (Math.floor(now() / ttlMs) + 2) * ttlMs;
  }

  /** The names of the generations that are read, the last one first. */
  #visible(): string[] {
    const { ttlMs } = this.#options;
    const generation = this.#generation();
    return ttlMs === undefined ? [""] : [nameOf(generation! - ttlMs), nameOf(generation)];
  }

  #base(tag: number, generation?: number): string {
    return `${this.#prefix}${nameOf(generation)}${hashTag(tag)}`;
  }

  /** Looks at the first buckets that a scan finds. */
  async #isUnpacked(client: RedisClient): Promise<boolean> {
    for await (const names of scanRedis((command) => command(client), this.#prefix)) {
      const encodings = await Promise.all(names.map((name) => client.objectEncoding(name)));
      return encodings.includes("hashtable");
    }
    return false;
  }

  /** The calls of a script that cover a window: for each, its records by tag, and where they are in the window. */
  #calls(hashes: readonly Uint8Array[]): ScriptCall[] {
    const sorted = byTag(hashes);
    const calls: ScriptCall[] = [];
    for (let start = 0; start < sorted.length;) {
      const tag = tagOf(hashes[sorted[start]!]!);
      let end = Math.min(start + maxScriptRecords, sorted.length);
      if (this.#options.isCluster) {
        for (let i = start + 1; i < end; i++) if (tagOf(hashes[sorted[i]!]!) !== tag) end = i;
      }
      const positions = sorted.subarray(start, end);
      const records = Buffer.alloc(positions.length * recordBytes);
      const tags: number[] = [];
      positions.forEach((position, i) => {
        const hash = hashes[position]!;
        if (tagOf(hash) !== tags.at(-1)) tags.push(tagOf(hash));
        for (let byte = 0; byte < recordBytes; byte++) records[i * recordBytes + byte] = hash[byte]!;
      });
      calls.push({ tags, records, positions });
      start = end;
    }
    return calls;
  }
}

/** A generation's name in keys: the second in which it expires, base 36; "" for never. */
function nameOf(generation: number | undefined): string {
  return generation === undefined ? "" : (generation / 1000).toString(36);
}

function hashTag(tag: number): string {
  return `{${tag.toString(16).padStart(2, "0")}}`;
}

interface ScriptCall {
  readonly tags: readonly number[];
  readonly records: Buffer;
  readonly positions: Uint32Array;
}

function tagOf(hash: Uint8Array): number {
  return hash[0]! >> rootBits;
}

/** Positions of the hashes, tag by tag, those of one tag in their order: the last answer to a key must hold. */
function byTag(hashes: readonly Uint8Array[]): Uint32Array {
  const starts = new Uint32Array(tags + 1);
  for (const hash of hashes) starts[tagOf(hash) + 1]!++;
  for (let tag = 0; tag < tags; tag++) starts[tag + 1]! += starts[tag]!;
  const positions = new Uint32Array(hashes.length);
  hashes.forEach((hash, i) => positions[starts[tagOf(hash)]!++] = i);
  return positions;
}

/** The entries of a bucket, in which fields and values alternate; other fields are ignored. */
function entriesOf(bucket: readonly Buffer[], tag: number, number: number): [Uint8Array, string][] {
  const entries: [Uint8Array, string][] = [];
  for (let i = 0; i + 1 < bucket.length; i += 2) {
    const field = bucket[i]!;
    if (field.length !== recordBytes - 1) continue;
    const root = number % 2 ** rootBits;
    entries.push([Uint8Array.of(tag << rootBits | root, ...field), bucket[i + 1]!.toString()]);
  }
  return entries;
}
