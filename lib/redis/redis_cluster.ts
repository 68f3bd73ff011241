import { ErrorReply } from "redis";
import { delay } from "@std/async/delay.js";
import { keySlot } from "./key_slot.ts";
import type { RedisAddress } from "./redis_address.ts";
import type { RedisClient } from "./redis_client.ts";
import type { RedisClusterAddress } from "./redis_cluster_address.ts";
import { redisCause, RedisConnection, type RedisConnectionOptions } from "./redis_connection.ts";
import { PartialRedisError, type RedisRoute, type RedisServers } from "./redis_route.ts";

/** How often a command is sent to another server than the last one. */
const maxRedirections = 8;
/** How long the servers' word on who holds which slot is taken while one of them is away, in milliseconds. */
const minRefreshMs = 500;
/** Between attempts while a slot is on its way from one server to another, in milliseconds. */
const firstWaitMs = 10, maxWaitMs = 200;

/**
 * The way to the servers of a Redis Cluster: each one a {@linkcode RedisConnection}, so that one that is away costs
 * the others nothing, and nothing is left when it is closed. (The cluster client of node-redis waits for a server
 * that is away when it is first needed, for as long as it is, and does not learn meanwhile who took its slots over.)
 *
 * While a slot is moved from one server to another, its keys are on both, and a script would see but a part of them:
 * its commands wait for the move's end, up to half the time-out. A server that is away fails what it holds, at once,
 * until another one has taken its slots over.
 */
export class RedisCluster implements RedisServers {
  readonly url: string;
  readonly isCluster = true;
  readonly #options: RedisConnectionOptions;
  readonly #named: readonly RedisAddress[];
  readonly #servers = new Map<string, RedisConnection>();
  /** Who holds each slot, `HOST:PORT`. */
  #holders: readonly (string | undefined)[] = [];
  #refreshing: Promise<void> | undefined;
  #refreshedAtMs = -Infinity;
  #isClosed = false;

  constructor({ shown, servers }: RedisClusterAddress, options: RedisConnectionOptions) {
    this.url = shown;
    this.#named = servers;
    this.#options = options;
  }

  async run<T>(
    action: string,
    retries: number,
    signal: AbortSignal,
    work: (route: RedisRoute) => Promise<T>,
  ): Promise<T> {
    try {
      return await work({
        to: (key, command) => this.#to(keySlot(key), retries, signal, command),
        servers: async () => {
          if (this.#holders.length === 0) await this.#refresh(signal);
          return [...new Set(this.#holders)].filter((holder) => holder !== undefined)
            .map((holder) => (command) => this.#server(holder).attempt(retries, signal, command));
        },
      });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const cause = error instanceof PartialRedisError ? error.cause : error;
      const message = `Cannot ${action} ${this.url}: ${redisCause(cause, this.#named[0]!.host)}`;
      const isPartial = this.#servers.values().some(({ isReady }) => isReady);
      if (isPartial && error instanceof PartialRedisError) {
        throw new PartialRedisError(message, error.done, { cause });
      }
      throw new Error(message, { cause });
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#servers.values().map((server) => server.close()));
  }

  async #to<T>(
    slot: number,
    retries: number,
    signal: AbortSignal,
    command: (client: RedisClient) => Promise<T>,
  ): Promise<T> {
    const startedMs = performance.now();
    for (let redirections = 0, waitMs = firstWaitMs;;) {
      if (this.#holders[slot] === undefined) await this.#refresh(signal);
      const holder = this.#holders[slot];
      if (holder === undefined) throw new Error(`no server holds slot ${slot}`);
      try {
        return await this.#server(holder).attempt(retries, signal, command);
      } catch (error) {
        if (signal.aborted) throw error;
        const message = error instanceof Error ? error.message : String(error);
        const [, host, port] = /^MOVED \d+ (.*):(\d+)/.exec(message) ?? [];
        if (port !== undefined && redirections++ < maxRedirections) {
          this.#holders = this.#holders.with(slot, `${host || this.#hostOf(holder)}:${port}`);
        } else if (
          isPassing(message) && performance.now() + waitMs - startedMs < this.#options.timeoutMs / 2
        ) {
          await delay(waitMs, { signal });
          waitMs = Math.min(waitMs * 2, maxWaitMs);
          await this.#refresh(signal);
        } else if (!(error instanceof ErrorReply) && redirections++ < maxRedirections) {
          await this.#refresh(signal).catch(() => {}); // what failed before is what matters
          if (this.#holders[slot] === holder) throw error;
        } else throw error;
      }
    }
  }

  /** Asks the servers who holds which slot, the first that answers; not again at once. */
  async #refresh(signal: AbortSignal): Promise<void> {
    if (performance.now() < this.#refreshedAtMs + minRefreshMs) return;
    this.#refreshing ??= this.#discover().finally(() => this.#refreshing = undefined);
    const stop = Promise.withResolvers<never>();
    const abort = () => stop.reject(signal.reason);
    signal.addEventListener("abort", abort);
    try {
      await Promise.race([this.#refreshing, stop.promise]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** Not under the signal of whoever needs it first: others wait for it too. */
  async #discover(): Promise<void> {
    const { signal } = new AbortController();
    const holders = new Set(this.#holders.filter((holder) => holder !== undefined));
    const known = [...holders.union(new Set(this.#named.map(({ host, port }) => `${host}:${port}`)))];
    const isReady = (address: string) => this.#server(address).isReady;
    let failure: unknown;
    for (const address of known.toSorted((a, b) => Number(isReady(b)) - Number(isReady(a)))) {
      try {
        const ranges = await this.#server(address).attempt(0, signal, (client) => client.clusterSlots());
        const holders = new Array<string | undefined>(16_384).fill(undefined);
        for (const { from, to, master } of ranges) {
          // A server that does not know its own name leaves it out.
          const host = /^\??$/.test(String(master.host ?? "")) ? this.#hostOf(address) : String(master.host);
          holders.fill(`${host}:${master.port}`, Number(from), Number(to) + 1);
        }
        this.#holders = holders;
        this.#refreshedAtMs = performance.now();
        return;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  #server(address: string): RedisConnection {
    return this.#servers.getOrInsertComputed(address, () => {
      if (this.#isClosed) throw new Error("the connection is closed");
      const port = Number(address.slice(address.lastIndexOf(":") + 1));
      const host = this.#hostOf(address);
      const { isTls, password, username } = this.#named[0]!;
      const shown = `redis${isTls ? "s" : ""}://${address}`;
      return new RedisConnection(
        { shown, host, port, isTls, username, password, database: 0 },
        this.#options,
      );
    });
  }

  #hostOf(address: string): string {
    return address.slice(0, address.lastIndexOf(":"));
  }
}

/** Whether a server says that a slot is on its way, or that the Cluster is making up its mind. */
function isPassing(message: string): boolean {
  return /^(?:ASK|TRYAGAIN|CLUSTERDOWN) |non.?local key/i.test(message);
}
