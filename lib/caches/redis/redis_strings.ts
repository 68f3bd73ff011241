import type { CacheStats, HashedEntry } from "../cache.ts";
import type { RedisClient } from "../../redis/redis_client.ts";
import type { RedisLayout } from "./redis_layout.ts";
import type { RedisRoute, RunOnRedis } from "../../redis/redis_route.ts";
import { scanRedis } from "../../redis/scan_redis.ts";
import { settleParts } from "../../redis/settle_parts.ts";

/** The layout's number, in every key. */
const format = 1;
const hashBytes = 16;
/** An answer that was found has at least so many periods left. */
const renewedPeriods = 1.25;
/** So many periods are set then: one more, so that this happens once in a period at most. */
const givenPeriods = renewedPeriods + 1;
/** Strings whose memory use is sampled. */
const maxSampledStrings = 500;

export interface RedisStringsOptions {
  /** How long answers are kept, at least, since they were last read. */
  readonly ttlMs?: number;
  /** Whether reading an answer prolongs it, which needs permission to write. Defaults to true. */
  readonly prolongs?: boolean;
  /** Sends a command for each key, as a Cluster wants. */
  readonly isCluster?: boolean;
}

/**
 * Answers as strings of their own: `sluice:1:<namespace>:<hash>` holds the decimal answer, the hash being
 * {@linkcode keyHash} in base64url. A window is one MGET, a write one MSET. For servers without scripts, and those
 * that evict least used keys: 104 bytes for an answer.
 *
 * With a period, each answer expires by itself: it is written with two periods and a quarter, and prolonged to that again
 * when it is read with less than one and a quarter left: one such write in a period at most, for all processes together.
 * The quarter is for processes that find it in their own memory, and refresh it four times in a period.
 */
export class RedisStrings implements RedisLayout {
  readonly hashBytes = hashBytes;
  readonly freshMs: number | undefined;
  readonly #prefix: string;
  readonly #options: RedisStringsOptions;

  constructor(namespace: string, options: RedisStringsOptions = {}) {
    this.#prefix = RedisStrings.keysOf(namespace).prefix;
    this.#options = options;
    this.freshMs = options.ttlMs === undefined ? undefined : options.ttlMs * (renewedPeriods - 1);
  }

  /** What the layout's keys of a namespace begin with, and the form of the rest. */
  static keysOf(namespace: string): { prefix: string; rest: RegExp } {
    return { prefix: `sluice:${format}:${namespace}:`, rest: /^[\w-]{22}$/ };
  }

  /** Removes an answer; resolves to 1, or to 0 if it was gone. */
  static async remove(client: RedisClient, name: string): Promise<number> {
    return Number(await client.unlink(name));
  }

  async read(route: RedisRoute, hashes: readonly Uint8Array[]): Promise<(string | null)[]> {
    const names = hashes.map((hash) => this.#name(hash));
    if (!this.#options.isCluster) {
      return await route.to("", (client) => this.#get(client, names, () => client.mGet(names)));
    }
    const values = new Array<string | null>(names.length).fill(null);
    const reads = names.map(async (name, i) => {
      const get = (client: RedisClient) => this.#get(client, [name], async () => [await client.get(name)]);
      values[i] = (await route.to(name, get))[0]!;
    });
    await settleParts(reads, () => values);
    return values;
  }

  async write(route: RedisRoute, entries: readonly HashedEntry[]): Promise<void> {
    const { ttlMs, isCluster } = this.#options;
    const pairs = entries.map(([hash, answer]): [string, string] => [this.#name(hash), String(answer)]);
    if (ttlMs === undefined && !isCluster) await route.to("", (client) => client.mSet(pairs));
    else {
      const expiration = ttlMs === undefined
        ? undefined
        : { type: "PX", value: ttlMs * givenPeriods } as const;
      const isWritten = new Array<boolean>(entries.length).fill(false);
      const writes = pairs.map(async ([name, value], i) => {
        await route.to(name, (client) => client.set(name, value, { expiration }));
        isWritten[i] = true;
      });
      await settleParts(writes, () => isWritten);
    }
  }

  advice(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async stats(route: RedisRoute): Promise<CacheStats> {
    const seen = new Set<string>(); // a scan may return a key twice
    let sampled = 0, sampledBytes = 0;
    for (const run of await route.servers()) {
      for await (const names of this.#names(run)) {
        for (const name of names) seen.add(name);
        const sample = names.slice(0, Math.max(0, Math.min(20, maxSampledStrings - sampled)));
        sampled += sample.length;
        const bytes = await run((client) => Promise.all(sample.map((name) => client.memoryUsage(name))));
        for (const used of bytes) sampledBytes += Number(used ?? 0);
      }
    }
    return {
      entries: seen.size,
      ...(sampled === 0 ? {} : { bytesPerEntry: sampledBytes / sampled }),
      generations: seen.size === 0 ? [] : [{ entries: seen.size }],
    };
  }

  async *stored(route: RedisRoute): AsyncGenerator<[hash: Uint8Array, value: string][]> {
    for (const run of await route.servers()) {
      for await (const names of this.#names(run)) {
        const values = this.#options.isCluster
          ? await Promise.all(names.map((name) => route.to(name, (client) => client.get(name))))
          : await run((client) => client.mGet(names));
        yield names.flatMap((name, i) => values[i] == null ? [] : [[this.#hash(name), values[i]]]);
      }
    }
  }

  /** Reads some names, and prolongs those that are about to expire. */
  async #get(
    client: RedisClient,
    names: string[],
    read: () => Promise<(string | null)[]>,
  ): Promise<(string | null)[]> {
    const { prolongs = true, ttlMs } = this.#options;
    if (ttlMs === undefined || !prolongs) return await read();
    const [values, left] = await Promise.all([read(), Promise.all(names.map((name) => client.pTTL(name)))]);
    const fading = names.filter((_, i) => values[i] !== null && Number(left[i]) < ttlMs * renewedPeriods);
    // One that is not prolonged is still found, and expires sooner.
    await Promise.allSettled(fading.map((name) => client.pExpire(name, ttlMs * givenPeriods)));
    return values;
  }

  async *#names(run: RunOnRedis): AsyncGenerator<string[]> {
    const { prefix, rest } = { ...RedisStrings.keysOf(""), prefix: this.#prefix };
    for await (const names of scanRedis(run, prefix)) {
      const own = names.filter((name) => rest.test(name.slice(prefix.length)));
      if (own.length > 0) yield own;
    }
  }

  #name(hash: Uint8Array): string {
    return this.#prefix + hash.subarray(0, hashBytes).toBase64({ alphabet: "base64url", omitPadding: true });
  }

  #hash(name: string): Uint8Array {
    return Uint8Array.fromBase64(name.slice(this.#prefix.length), { alphabet: "base64url" });
  }
}
