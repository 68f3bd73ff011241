import { ErrorReply } from "redis";
import { SluiceError } from "../errors/sluice_error.ts";
import { retryDelayMs } from "../retry/retry.ts";
import { retryPolicies } from "../retry/retry_policies.ts";
import { delay } from "@std/async/delay.js";
import { keySlot } from "./key_slot.ts";
import type { RedisAddress } from "./redis_address.ts";
import type { RedisClient } from "./redis_client.ts";
import type { RedisClusterAddress } from "./redis_cluster_address.ts";
import { redisCause, RedisConnection, type RedisConnectionOptions } from "./redis_connection.ts";
import { PartialRedisError, type RedisRoute, type RedisServers } from "./redis_route.ts";
import { FailedParts } from "./settle_parts.ts";

/** How often a command is sent to another server than the last one. */
const maxRedirections = 8;
/** How long the map of slots is used while one of the servers is unavailable, in milliseconds. */
const minRefreshMs = 500;

/**
 * The servers of a Redis Cluster: each one a {@linkcode RedisConnection}, so that one that is unavailable does not slow
 * down the others, and `close` leaves nothing behind. (The cluster client of node-redis waits for a server that is
 * unavailable when it is first needed, for as long as it is, and does not learn meanwhile which server took its slots over.)
 *
 * While a slot moves from one server to another, its keys are on both, and a script would see only some of them: its
 * commands wait for the end of the move, up to half the timeout. Commands to a server that is unavailable fail at once,
 * until another server has taken its slots over.
 */
export class RedisCluster implements RedisServers {
  readonly url: string;
  readonly isCluster = true;
  readonly #options: RedisConnectionOptions;
  readonly #named: readonly RedisAddress[];
  readonly #servers = new Map<string, RedisConnection>();
  /** The server of each slot, `HOST:PORT`. */
  #holders: readonly (string | undefined)[] = [];
  #refreshing: Promise<void> | undefined;
  #refreshedAtMs = -Infinity;
  #isClosed = false;

  constructor({ shown, servers }: RedisClusterAddress, options: RedisConnectionOptions) {
    this.url = shown;
    this.#named = servers;
    this.#options = { ...options, isMember: true };
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
      const cause = error instanceof FailedParts ? error.cause : error;
      const reason = redisCause(cause, this.#named[0]!.host);
      const failure = { kind: this.#options.kind, action, subject: this.url, reason, cause };
      const isPartial = this.#servers.values().some(({ isReady }) => isReady);
      throw isPartial && error instanceof FailedParts
        ? new PartialRedisError(failure, error.done)
        : new SluiceError(failure);
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
    for (let redirections = 0, waits = 0;;) {
      if (this.#holders[slot] === undefined) await this.#refresh(signal);
      const holder = this.#holders[slot];
      if (holder === undefined) throw new Error(`no server holds slot ${slot}`);
      try {
        return await this.#server(holder).attempt(retries, signal, command);
      } catch (error) {
        if (signal.aborted) throw error;
        // The protocol has these replies as texts only.
        const message = error instanceof Error ? error.message : String(error);
        const waitMs = retryDelayMs(retryPolicies.redisSlotMove, waits + 1);
        const [, host, port] = /^MOVED \d+ (.*):(\d+)/.exec(message) ?? [];
        if (port !== undefined && redirections++ < maxRedirections) {
          this.#holders = this.#holders.with(slot, `${host || this.#hostOf(holder)}:${port}`);
        } else if (
          isPassing(message) && performance.now() + waitMs - startedMs < this.#options.timeoutMs / 2
        ) {
          await delay(waitMs, { signal });
          waits++;
          await this.#refresh(signal);
        } else if (!(error instanceof ErrorReply) && redirections++ < maxRedirections) {
          await this.#refresh(signal).catch(() => {}); // what failed before is what matters
          if (this.#holders[slot] === holder) throw error;
        } else throw error;
      }
    }
  }

  /** Asks the servers for the map of slots until one answers; not more often than every half second. */
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

  /** Not under the signal of the first caller: others wait for it too. */
  async #discover(): Promise<void> {
    const { signal } = new AbortController();
    const holders = new Set(this.#holders.filter((holder) => holder !== undefined));
    const addresses = [...holders.union(new Set(this.#named.map(({ host, port }) => `${host}:${port}`)))];
    const isReady = (address: string) => this.#server(address).isReady;
    let failure: unknown;
    for (const address of addresses.toSorted((a, b) => Number(isReady(b)) - Number(isReady(a)))) {
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

/** Whether a server's reply says that a slot is moving, or that the Cluster is being reconfigured. */
function isPassing(message: string): boolean {
  return /^(?:ASK|TRYAGAIN|CLUSTERDOWN) |non.?local key/i.test(message);
}
