import { withCertificateAdvice } from "../certificate_advice.ts";
import type { CacheMaintenance, CacheStats, CacheUsage, HashedEntry } from "./cache.ts";
import type { CacheCensus, CacheServer, FollowedCache } from "./followed_cache.ts";
import { keyHash } from "./key_hash.ts";
import { parseRedisAddress } from "./redis_address.ts";
import { RedisBuckets } from "./redis_buckets.ts";
import { type RedisClient, redisClient } from "./redis_client.ts";
import type { JournalMark, Written } from "./redis_journal.ts";
import type { RedisLayout, RunOnRedis } from "./redis_layout.ts";
import { RedisStrings } from "./redis_strings.ts";
import { scanRedis } from "./scan_redis.ts";

/** One second: generations are told by the second in which they end. */
const minTtlSeconds = 1;
const minBackoffMs = 100;
const maxBackoffMs = 10_000;

export interface RedisCacheOptions {
  /** Certificate authorities to check a `rediss://` server with, as PEM; the system's unless told. */
  readonly ca?: string;
  /** How long one read or write may take, connecting and retrying included. 5 unless told. */
  readonly timeoutSeconds?: number;
  /** `buckets` take an eighth of the memory; `strings` work without scripts, and are evicted one by one. */
  readonly layout?: "buckets" | "strings";
  /** How long an answer is kept, at least, from the last time that it is asked for; for ever unless told. */
  readonly ttlSeconds?: number;
  /** Whether answers are kept longer for being asked for; they are unless told, which takes a right to write. */
  readonly prolongs?: boolean;
  /** The server is a Cluster's: no command touches keys of more than one slot. */
  readonly isCluster?: boolean;
  /** The time that generations go by, in milliseconds of unix time; this machine's unless told. */
  readonly now?: () => number;
}

/** One connection, from the first attempt on. It is never mended; another one takes its place. */
interface Link {
  readonly client: RedisClient;
  readonly ready: Promise<RedisClient>;
  isReady: boolean;
  /** Why it is of no use any more. */
  failure?: Error;
}

/**
 * Answers in Redis, in {@linkcode RedisBuckets} or {@linkcode RedisStrings}.
 *
 * Connecting is left to the first command, and so is connecting again: nothing goes on in the background, so that
 * a closed cache leaves no timer behind (the client's own reconnecting sleeps up to two seconds past its end).
 * While the server is down, commands reject at once, but for one attempt to connect after 0.1 s, growing to 10.
 */
export class RedisCache implements FollowedCache, CacheMaintenance {
  readonly url: string;
  readonly hashBytes: number;
  readonly freshMs: number | undefined;
  readonly #host: string;
  readonly #layout: RedisLayout;
  readonly #isFollowed: boolean;
  readonly #timeoutMs: number;
  readonly #connect: () => RedisClient;
  readonly #writes = new Set<Promise<unknown>>();
  #link: Link | undefined;
  #isClosed = false;
  #failedAttempts = 0;
  #nextAttemptAt = 0;
  #lastFailure: Error | undefined;

  /**
   * @param url `redis://[USER:PASSWORD@]HOST[:PORT][/DB]`, or `rediss://` for TLS.
   * @throws {Error} The address is not of that form.
   */
  constructor(url: string, namespace: string, options: RedisCacheOptions = {}) {
    const address = parseRedisAddress(url);
    const { timeoutSeconds = 5, ca, layout = "buckets", ttlSeconds, isCluster, now = Date.now } = options;
    const { prolongs } = options;
    this.url = address.shown;
    this.#host = address.host;
    if (!(timeoutSeconds > 0)) {
      throw new RangeError(`Cannot open cache ${this.url}: timeoutSeconds is ${timeoutSeconds}`);
    }
    if (ttlSeconds !== undefined && !(Number.isSafeInteger(ttlSeconds) && ttlSeconds >= minTtlSeconds)) {
      throw new RangeError(
        `Cannot open cache ${this.url}: ttlSeconds must be whole, from 1, is ${ttlSeconds}`,
      );
    }
    const ttlMs = ttlSeconds === undefined ? undefined : ttlSeconds * 1000;
    this.#layout = layout === "buckets"
      ? new RedisBuckets(namespace, { ttlMs, prolongs, isCluster, now })
      : new RedisStrings(namespace, { ttlMs, prolongs, isCluster });
    this.#isFollowed = !isCluster;
    this.hashBytes = this.#layout.hashBytes;
    this.freshMs = this.#layout.freshMs;
    this.#timeoutMs = timeoutSeconds * 1000;
    this.#connect = () => redisClient(address, this.#timeoutMs, ca);
  }

  /** Asked once more where the connection is lost in between. */
  get(keys: readonly string[], signal: AbortSignal): Promise<(number | undefined)[]> {
    return this.getHashed(keys.map(keyHash), signal);
  }

  async getHashed(hashes: readonly Uint8Array[], signal: AbortSignal): Promise<(number | undefined)[]> {
    if (hashes.length === 0) return [];
    const values = await this.#run("read from", 1, signal, (client) => this.#layout.read(client, hashes));
    return values.map((value) => toAnswer(value));
  }

  /** @throws {TypeError} The layout is strings, or the server a Cluster's: nobody notes there what is written. */
  async follow(
    hashes: readonly Uint8Array[],
    mark: JournalMark | undefined,
    signal: AbortSignal,
  ): Promise<{ answers: (number | undefined)[]; written: Written | undefined }> {
    const buckets = this.#followed();
    return await this.#run("read from", 1, signal, async (client) => {
      // Whichever is done first: each says what is so at a moment of this call, and that is all it has to.
      const [values, written] = await Promise.all([
        hashes.length === 0 ? [] : buckets.read(client, hashes),
        buckets.follow(client, mark),
      ]);
      return { answers: values.map((value) => toAnswer(value)), written };
    });
  }

  census(signal: AbortSignal): Promise<CacheCensus> {
    return this.#followed().generations(this.#steps("read from", signal));
  }

  server(signal: AbortSignal): Promise<CacheServer> {
    return this.#run("read from", 1, signal, async (client) => {
      const sections = ["server", "replication", "memory"].map((section) => client.info(section));
      const info = (await Promise.all(sections)).join("\n");
      const said = (name: string) => new RegExp(`^${name}:(\\S+)`, "m").exec(info)?.[1] ?? "";
      const policy = said("maxmemory_policy");
      const mayEvict = policy !== "noeviction" && Number(said("maxmemory")) > 0;
      return {
        history: `${said("run_id")} ${said("master_replid")}`,
        ...(mayEvict ? { eviction: policy } : {}),
      };
    });
  }

  async *records(
    generations: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<readonly Uint8Array[]> {
    const run = this.#steps("read from", signal);
    for await (const stored of this.#followed().stored(run, [...generations])) {
      yield stored.map(([hash]) => hash);
    }
  }

  async set(
    entries: readonly (readonly [key: string, answer: number])[],
    signal: AbortSignal,
  ): Promise<void> {
    await this.setHashed(entries.map(([key, answer]) => [keyHash(key), answer]), signal);
  }

  async setHashed(entries: readonly HashedEntry[], signal: AbortSignal): Promise<void> {
    if (entries.length === 0) return;
    const short = entries.find(([hash]) => hash.length < this.hashBytes);
    if (short !== undefined) {
      throw new RangeError(
        `Cannot write to ${this.url}: hashes must have ${this.hashBytes} bytes, one has ${short[0].length}`,
      );
    }
    const write = this.#run("write to", 0, signal, (client) => this.#layout.write(client, entries));
    this.#writes.add(write);
    try {
      await write;
    } finally {
      this.#writes.delete(write);
    }
  }

  /** Counts the keys of the whole database, whoever they belong to. */
  check(signal: AbortSignal): Promise<string> {
    return this.#run("connect to", 1, signal, async (client) => {
      await client.ping();
      const [server, size] = await Promise.all([client.info("server"), client.dbSize()]);
      const version = /^redis_version:(\S+)/m.exec(server)?.[1] ?? "of unknown version";
      const advice = await this.#layout.advice(client);
      const found = `Redis ${version}, ${size.toLocaleString("en-US")} keys`;
      return advice === undefined ? found : `${found}; ${advice}`;
    });
  }

  async stats(signal: AbortSignal): Promise<CacheStats> {
    const run = this.#steps("read from", signal);
    const stats = await this.#layout.stats(run);
    // A user of the server may have no right to it.
    const info = await run((client) => client.info("stats").catch(() => ""));
    const [found, missed] = ["hits", "misses"].map((what) =>
      new RegExp(`^keyspace_${what}:(\\d+)`, "m").exec(info)?.[1]
    );
    if (found === undefined || missed === undefined) return stats;
    return { ...stats, server: { found: Number(found), missed: Number(missed) } };
  }

  async *entries(signal: AbortSignal): AsyncGenerator<readonly HashedEntry[]> {
    for await (const stored of this.#layout.stored(this.#steps("read from", signal))) {
      const entries = stored.flatMap(([hash, value]): HashedEntry[] => {
        const answer = toAnswer(value);
        return answer === undefined ? [] : [[hash, answer]];
      });
      if (entries.length > 0) yield entries;
    }
  }

  usage(signal: AbortSignal): Promise<CacheUsage> {
    return this.#run("read from", 1, signal, async (client) => {
      const said = `${await client.info("cpu")}\n${await client.info("memory")}`;
      const figure = (name: string) => Number(new RegExp(`^${name}:(\\S+)`, "m").exec(said)?.[1] ?? NaN);
      return {
        cpuSeconds: figure("used_cpu_user") + figure("used_cpu_sys"),
        memoryBytes: figure("used_memory"),
      };
    });
  }

  async drop(namespace: string, signal: AbortSignal): Promise<number> {
    const run = this.#steps("write to", signal);
    let removed = 0;
    for (const layout of [RedisBuckets, RedisStrings]) {
      const { prefix, rest } = layout.keysOf(namespace);
      for await (const names of scanRedis(run, prefix)) {
        const own = names.filter((name) => rest.test(name.slice(prefix.length)));
        // One by one: those of a Cluster lie in many slots.
        const entries = await run((client) => Promise.all(own.map((name) => layout.remove(client, name))));
        removed += entries.reduce((sum, count) => sum + count, 0);
      }
    }
    return removed;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#writes);
    const link = this.#link;
    if (link === undefined) return;
    this.#discard(link, new Error("the cache is closed"));
    await link.ready.catch(() => {}); // its end; why is no news
  }

  #followed(): RedisBuckets {
    if (this.#layout instanceof RedisBuckets && this.#isFollowed) return this.#layout;
    throw new TypeError(`Cannot follow ${this.url}: only buckets on a server of their own have a journal`);
  }

  /** Each step has the whole time-out, and is made again where the connection is lost. */
  #steps(action: string, signal: AbortSignal): RunOnRedis {
    return (command) => this.#run(action, 1, signal, command);
  }

  async #run<T>(
    action: string,
    retries: number,
    signal: AbortSignal,
    command: (client: RedisClient) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const stop = Promise.withResolvers<never>();
    const abort = () => stop.reject(signal.reason);
    signal.addEventListener("abort", abort);
    // The client's own command timeout ends when the command is sent: a server that takes it and is silent
    // would hold us for ever.
    let link: Link | undefined;
    const timer = setTimeout(() => {
      const failure = new Error(`no reply within ${this.#timeoutMs / 1000} seconds`);
      stop.reject(failure);
      // Replies come in order, so all commands behind this one are stuck as well.
      if (link !== undefined) this.#discard(link, failure);
    }, this.#timeoutMs);
    try {
      for (;; retries--) {
        link = this.#link ?? this.#open();
        try {
          return await Promise.race([link.ready.then(command), stop.promise]);
        } catch (error) {
          if (signal.aborted) throw error;
          const wasLost = link.isReady && link.failure !== undefined;
          if (!wasLost || retries === 0) throw link.failure ?? error;
        }
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const why = withCertificateAdvice(messageOf(error), this.#host, "cacheCa");
      throw new Error(`Cannot ${action} ${this.url}: ${why}`, { cause: error });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }

  #open(): Link {
    if (this.#isClosed) throw new Error("the cache is closed");
    if (this.#lastFailure !== undefined && performance.now() < this.#nextAttemptAt) throw this.#lastFailure;
    const client = this.#connect();
    const link: Link = {
      client,
      isReady: false,
      ready: client.connect().then(
        () => {
          if (link.failure !== undefined) throw link.failure;
          link.isReady = true;
          this.#failedAttempts = 0;
          this.#lastFailure = undefined;
          return client;
        },
        (error) => {
          this.#discard(link, error);
          throw link.failure;
        },
      ),
    };
    client.on("error", (error) => this.#discard(link, error));
    // A client that was destroyed while it connects would connect all the same.
    client.on("connect", () => link.failure !== undefined && client.destroy());
    this.#link = link;
    return link;
  }

  #discard(link: Link, failure: Error): void {
    if (link.failure !== undefined) return;
    link.failure = failure;
    if (this.#link === link) this.#link = undefined;
    if (!link.isReady) {
      const backoffMs = Math.min(minBackoffMs * 2 ** this.#failedAttempts++, maxBackoffMs);
      this.#nextAttemptAt = performance.now() + backoffMs * (0.5 + Math.random() / 2);
      this.#lastFailure = failure;
    }
    link.client.destroy();
  }
}

function toAnswer(value: string | null): number | undefined {
  if (value === null || !/^(?:0|-?[1-9][0-9]{0,15})$/.test(value)) return undefined;
  const answer = Number(value);
  return Number.isSafeInteger(answer) ? answer : undefined;
}

/** What went wrong, without the full stop of some of the server's messages. */
function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  const advice = message.startsWith("NOAUTH ")
    ? "; the address must hold the password, redis://:PASSWORD@HOST:PORT"
    : "";
  return message.replace(/\.$/, "") + advice;
}
