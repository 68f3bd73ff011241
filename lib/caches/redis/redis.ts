import { SluiceError } from "../../errors/sluice_error.ts";
import {
  type CacheMaintenance,
  type CacheStats,
  type CacheUsage,
  type HashedEntry,
  PartialReadError,
  PartialWriteError,
} from "../cache.ts";
import type { CacheCensus, CacheServer, FollowedCache } from "./followed_cache.ts";
import { keyHash } from "../key_hash.ts";
import { permitted } from "../../redis/permitted.ts";
import { openRedis } from "../../redis/open_redis.ts";
import { RedisBuckets } from "./redis_buckets.ts";
import type { JournalMark, Written } from "./redis_journal.ts";
import type { RedisLayout } from "./redis_layout.ts";
import {
  PartialRedisError,
  type RedisRoute,
  type RedisServers,
  type RunOnRedis,
} from "../../redis/redis_route.ts";
import { RedisStrings } from "./redis_strings.ts";
import { fullMemoryOf, masterOf } from "../../redis/server_mode.ts";
import { scanRedis } from "../../redis/scan_redis.ts";
import { plural } from "../../text/format.ts";

/** One second: generations are named after the second in which they end. */
const minTtlSeconds = 1;

export interface RedisCacheOptions {
  /** Certificate authorities to check a `rediss://` server with, as PEM. Defaults to the system's. */
  readonly ca?: string;
  /** How long one read or write may take, connecting and retrying included. Defaults to 5. */
  readonly timeoutSeconds?: number;
  /** `buckets` take an eighth of the memory; `strings` work without scripts, and are evicted one by one. */
  readonly layout?: "buckets" | "strings";
  /** How long an answer is kept, at least, since it was last read. Defaults to forever. */
  readonly ttlSeconds?: number;
  /** Whether reading an answer prolongs it, which needs permission to write. Defaults to true. */
  readonly prolongs?: boolean;
  /** The server is a Cluster's: no command touches keys of more than one slot. */
  readonly isCluster?: boolean;
  /** The clock for generations, in milliseconds of unix time. Defaults to this machine's. */
  readonly now?: () => number;
}

/**
 * Answers in Redis, in {@linkcode RedisBuckets} or {@linkcode RedisStrings}: on one server, or on those of a Cluster,
 * where a server that is unavailable takes only its part of the answers with it.
 */
export class RedisCache implements FollowedCache, CacheMaintenance {
  readonly url: string;
  readonly maintained = this;
  readonly hashBytes: number;
  readonly freshMs: number | undefined;
  readonly #servers: RedisServers;
  readonly #layout: RedisLayout;
  /** Whether no command touches keys of more than one slot. */
  readonly isCluster: boolean;
  readonly #writes = new Set<Promise<unknown>>();

  /**
   * @param url `redis://[USER:PASSWORD@]HOST[:PORT][/DB]`, or `rediss://` for TLS; `redis+cluster://`, `rediss+cluster://`
   * with several hosts, commas between, for a Cluster.
   * @throws {SluiceError} The address is not of that form; a number is out of its range.
   */
  constructor(url: string, namespace: string, options: RedisCacheOptions = {}) {
    const { timeoutSeconds = 5, ca, layout = "buckets", ttlSeconds, now = Date.now } = options;
    const { isCluster: isMember, prolongs } = options;
    this.#servers = openRedis(url, "cache", { ca, isMember, timeoutMs: timeoutSeconds * 1000 });
    this.url = this.#servers.url;
    const isCluster = options.isCluster ?? this.#servers.isCluster;
    if (!(timeoutSeconds > 0)) {
      throw this.#unusable(`timeoutSeconds is ${timeoutSeconds}`);
    }
    if (ttlSeconds !== undefined && !(Number.isSafeInteger(ttlSeconds) && ttlSeconds >= minTtlSeconds)) {
      throw this.#unusable(`ttlSeconds must be whole, from 1, is ${ttlSeconds}`);
    }
    const ttlMs = ttlSeconds === undefined ? undefined : ttlSeconds * 1000;
    this.#layout = layout === "buckets"
      ? new RedisBuckets(namespace, { ttlMs, prolongs, isCluster, now })
      : new RedisStrings(namespace, { ttlMs, prolongs, isCluster });
    this.isCluster = isCluster;
    this.hashBytes = this.#layout.hashBytes;
    this.freshMs = this.#layout.freshMs;
  }

  /** Retried once if the connection is lost. */
  get(keys: readonly string[], signal: AbortSignal): Promise<(number | undefined)[]> {
    return this.getHashed(keys.map(keyHash), signal);
  }

  async getHashed(hashes: readonly Uint8Array[], signal: AbortSignal): Promise<(number | undefined)[]> {
    if (hashes.length === 0) return [];
    try {
      const values = await this.#run("read from", 1, signal, (route) => this.#layout.read(route, hashes));
      return values.map((value) => toAnswer(value));
    } catch (error) {
      if (!(error instanceof PartialRedisError)) throw error;
      const values = error.done as (string | null)[];
      throw new PartialReadError(error, values.map((value) => toAnswer(value)), error);
    }
  }

  /** @throws {SluiceError} The layout is strings, or the server a Cluster's: they have no journal. */
  async follow(
    hashes: readonly Uint8Array[],
    mark: JournalMark | undefined,
    signal: AbortSignal,
  ): Promise<{ answers: (number | undefined)[]; written: Written | undefined }> {
    const buckets = this.#followed();
    return await this.#run("read from", 1, signal, async (route) => {
      // In either order: each has to be true at some moment of this call.
      const [values, written] = await Promise.all([
        hashes.length === 0 ? [] : buckets.read(route, hashes),
        route.to("", (client) => buckets.follow(client, mark)),
      ]);
      return { answers: values.map((value) => toAnswer(value)), written };
    });
  }

  census(signal: AbortSignal): Promise<CacheCensus> {
    return this.#followed().generations((command) => this.#steps("read from", signal).to("", command));
  }

  server(signal: AbortSignal): Promise<CacheServer> {
    return this.#steps("read from", signal).to("", async (client) => {
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
    const route = this.#steps("read from", signal);
    for await (const stored of this.#followed().stored(route, [...generations])) {
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
      throw new SluiceError({
        kind: "data",
        action: "write to",
        subject: this.url,
        reason: `hashes must have ${this.hashBytes} bytes, one has ${short[0].length}`,
      });
    }
    const write = this.#run("write to", 0, signal, (route) => this.#layout.write(route, entries));
    this.#writes.add(write);
    try {
      await write;
    } catch (error) {
      if (!(error instanceof PartialRedisError)) throw error;
      const isWritten = error.done as boolean[];
      throw new PartialWriteError(error, isWritten.map((written) => !written), error);
    } finally {
      this.#writes.delete(write);
    }
  }

  connect(signal: AbortSignal): Promise<void> {
    return this.#run("connect to", 1, signal, async (route) => {
      await Promise.all((await route.servers()).map((run) => run((client) => client.ping())));
    });
  }

  /** Counts all keys of the database. */
  check(signal: AbortSignal): Promise<string> {
    return this.#run("connect to", 1, signal, async (route) => {
      const servers = await route.servers();
      const found = await Promise.all(servers.map((run) =>
        run(async (client) => {
          await client.ping();
          const [server, size, replication, memory] = await Promise.all([
            permitted(client.info("server")),
            permitted(client.dbSize()),
            permitted(client.info("replication")),
            permitted(client.info("memory")),
          ]);
          const master = masterOf(replication ?? "");
          if (master !== undefined) {
            throw new Error(`it is a replica, which takes no answers: name its master, ${master}`);
          }
          const full = fullMemoryOf(memory ?? "");
          if (full !== undefined) throw new Error(full);
          const version = /^redis_version:(\S+)/m.exec(server ?? "")?.[1] ?? "of unknown version";
          const advice = server === undefined
            ? "its user may not run INFO, so that the server's settings are not checked"
            : await this.#layout.advice(client);
          return { version, size: size === undefined ? undefined : Number(size), advice };
        })
      ));
      const sizes = found.map(({ size }) => size).filter((size) => size !== undefined);
      const size = sizes.reduce((sum, size) => sum + size, 0);
      const keys = sizes.length < found.length ? "its user may not count its keys" : plural(size, "key");
      const kind = this.#servers.isCluster ? `Redis Cluster of ${servers.length},` : "Redis";
      const versions = [...new Set(found.map(({ version }) => version))].join(" and ");
      const advice = found.find(({ advice }) => advice !== undefined)?.advice;
      return `${kind} ${versions}, ${keys}${advice === undefined ? "" : `; ${advice}`}`;
    });
  }

  async stats(signal: AbortSignal): Promise<CacheStats> {
    const route = this.#steps("read from", signal);
    const stats = await this.#layout.stats(route);
    // The user may have no permission for it.
    const infos = await Promise.all(
      (await route.servers()).map((run) => run((client) => client.info("stats").catch(() => ""))),
    );
    const [found, missed] = ["hits", "misses"].map((what) =>
      infos.reduce(
        (sum, info) => sum + Number(new RegExp(`^keyspace_${what}:(\\d+)`, "m").exec(info)?.[1] ?? NaN),
        0,
      )
    );
    if (Number.isNaN(found) || Number.isNaN(missed)) return stats;
    return { ...stats, server: { found: found!, missed: missed! } };
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
    return this.#run("read from", 1, signal, async (route) => {
      const said = await Promise.all(
        (await route.servers()).map((run) =>
          run(async (client) => `${await client.info("cpu")}\n${await client.info("memory")}`)
        ),
      );
      const figure = (name: string) =>
        said.reduce(
          (sum, info) => sum + Number(new RegExp(`^${name}:(\\S+)`, "m").exec(info)?.[1] ?? NaN),
          0,
        );
      return {
        cpuSeconds: figure("used_cpu_user") + figure("used_cpu_sys"),
        memoryBytes: figure("used_memory"),
      };
    });
  }

  async drop(namespace: string, signal: AbortSignal): Promise<number> {
    const route = this.#steps("write to", signal);
    let removed = 0;
    for (const layout of [RedisBuckets, RedisStrings]) {
      const { prefix, rest } = layout.keysOf(namespace);
      for (const run of await route.servers()) {
        for await (const names of scanRedis(run, prefix)) {
          const own = names.filter((name) => rest.test(name.slice(prefix.length)));
          // One by one: those of a Cluster lie in many slots.
          const entries = await this.#run(
            "write to",
            1,
            signal,
            (route) =>
              Promise.all(own.map((name) => route.to(name, (client) => layout.remove(client, name)))),
          );
          removed += entries.reduce((sum, count) => sum + count, 0);
        }
      }
    }
    return removed;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#writes);
    await this.#servers.close();
  }

  #followed(): RedisBuckets {
    if (this.#layout instanceof RedisBuckets && !this.isCluster) return this.#layout;
    throw new SluiceError({
      kind: "internal",
      action: "follow",
      subject: this.url,
      reason: "only buckets on a single server have a journal",
    });
  }

  #unusable(reason: string): SluiceError {
    return new SluiceError({ kind: "settings", action: "open cache", subject: this.url, reason });
  }

  /** Each step has the whole timeout, and is retried if the connection is lost. */
  #steps(action: string, signal: AbortSignal): RedisRoute {
    return {
      to: (key, command) => this.#run(action, 1, signal, (route) => route.to(key, command)),
      servers: async () => {
        const servers = await this.#run(action, 1, signal, (route) => route.servers());
        return servers.map((_, i): RunOnRedis => (command) =>
          this.#run(action, 1, signal, async (route) => (await route.servers())[i]!(command))
        );
      },
    };
  }

  #run<T>(
    action: string,
    retries: number,
    signal: AbortSignal,
    work: (route: RedisRoute) => Promise<T>,
  ): Promise<T> {
    return this.#servers.run(action, retries, signal, work);
  }
}

function toAnswer(value: string | null): number | undefined {
  if (value === null || !/^(?:0|-?[1-9][0-9]{0,15})$/.test(value)) return undefined;
  const answer = Number(value);
  return Number.isSafeInteger(answer) ? answer : undefined;
}
