import { type ErrorKind, SluiceError } from "../errors/sluice_error.ts";
import { retryDelayMs } from "../retry/retry.ts";
import { retryPolicies } from "../retry/retry_policies.ts";
import { withCertificateAdvice } from "../tls/certificate_advice.ts";
import type { RedisAddress } from "./redis_address.ts";
import { type RedisClient, redisClient } from "./redis_client.ts";
import type { RedisRoute, RedisServers } from "./redis_route.ts";
import { withRedisAdvice } from "./redis_advice.ts";
import { refuseWrongServer, WrongServerError } from "./server_mode.ts";
import { FailedParts } from "./settle_parts.ts";

/** A timeout that fires so late, in milliseconds, shows that this process was busy; it waits a little longer then. */
const lateMs = 200, lateGraceMs = 2_000;

export interface RedisConnectionOptions {
  /** Certificate authorities to check a `rediss://` server with, as PEM. Defaults to the system's. */
  readonly ca?: string;
  /** How long a command may take, connecting and retrying included, in milliseconds. */
  readonly timeoutMs: number;
  /** The kind of its errors. */
  readonly kind: ErrorKind;
  /** Whether it is one of a Cluster's servers, as is known of it. */
  readonly isMember?: boolean;
}

/** One connection, from the first attempt on. A lost one is never reopened; another one takes its place. */
interface Link {
  readonly client: RedisClient;
  readonly ready: Promise<RedisClient>;
  isReady: boolean;
  /** Why it cannot be used any more. */
  failure?: Error;
}

/**
 * Connections to one server, one at a time.
 *
 * A command connects if there is no connection: nothing runs in the background, so that `close` leaves no timer behind
 * (the client's own reconnecting sleeps up to two seconds past its end). While the server is down, commands reject at
 * once, apart from one attempt to connect after 0.1 s, growing to 10 s.
 */
export class RedisConnection implements RedisServers {
  readonly url: string;
  readonly isCluster = false;
  readonly #host: string;
  readonly #timeoutMs: number;
  readonly #kind: ErrorKind;
  readonly #connect: () => RedisClient;
  readonly #verify: (client: RedisClient) => Promise<void>;
  #link: Link | undefined;
  #isClosed = false;
  #failedAttempts = 0;
  #nextAttemptAt = 0;
  #lastFailure: Error | undefined;

  constructor(address: RedisAddress, { ca, isMember = false, kind, timeoutMs }: RedisConnectionOptions) {
    this.url = address.shown;
    this.#host = address.host;
    this.#verify = isMember ? () => Promise.resolve() : (client) => verifyServer(client, address);
    this.#timeoutMs = timeoutMs;
    this.#kind = kind;
    this.#connect = () => redisClient(address, timeoutMs, ca);
  }

  async run<T>(
    action: string,
    retries: number,
    signal: AbortSignal,
    work: (route: RedisRoute) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.attempt(retries, signal, (client) => work(routeOf(client)));
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const cause = error instanceof FailedParts ? error.cause : error;
      throw new SluiceError({
        kind: cause instanceof WrongServerError ? "settings" : this.#kind,
        action,
        subject: this.url,
        reason: redisCause(cause, this.#host),
        cause,
      });
    }
  }

  get isReady(): boolean {
    return this.#link?.isReady ?? false;
  }

  /** As {@linkcode run}, failing with what the server or the connection failed with. */
  async attempt<T>(
    retries: number,
    signal: AbortSignal,
    command: (client: RedisClient) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const stop = Promise.withResolvers<never>();
    const abort = () => stop.reject(signal.reason);
    signal.addEventListener("abort", abort);
    // The client's own command timeout ends when the command is sent: a server that accepts it and is silent
    // would block us forever.
    let link: Link | undefined;
    const dueMs = performance.now() + this.#timeoutMs;
    const giveUp = () => {
      const failure = new Error(`no reply within ${this.#timeoutMs / 1000} s`);
      stop.reject(failure);
      // Replies come in order, so all commands behind this one are stuck as well.
      if (link !== undefined) this.#discard(link, failure);
    };
    let timer = setTimeout(() => {
      // If this process is slow, the reply may have come and not been read yet.
      if (performance.now() < dueMs + lateMs) giveUp();
      else timer = setTimeout(giveUp, lateGraceMs);
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
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const link = this.#link;
    if (link === undefined) return;
    this.#discard(link, new Error("the connection is closed"));
    await link.ready.catch(() => {}); // waits for its end; the reason is known
  }

  #open(): Link {
    if (this.#isClosed) throw new Error("the connection is closed");
    if (this.#lastFailure !== undefined && performance.now() < this.#nextAttemptAt) throw this.#lastFailure;
    const client = this.#connect();
    const link: Link = {
      client,
      isReady: false,
      ready: client.connect().then(() => this.#verify(client)).then(
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
    // A client that is destroyed while it connects would still connect.
    client.on("connect", () => link.failure !== undefined && client.destroy());
    this.#link = link;
    return link;
  }

  #discard(link: Link, failure: Error): void {
    if (link.failure !== undefined) return;
    link.failure = failure;
    if (this.#link === link) this.#link = undefined;
    if (!link.isReady) {
      this.#nextAttemptAt = performance.now() +
        retryDelayMs(retryPolicies.redisConnect, ++this.#failedAttempts);
      this.#lastFailure = failure;
    }
    link.client.destroy();
  }
}

function routeOf(client: RedisClient): RedisRoute {
  return {
    to: (_key, command) => command(client),
    servers: () => Promise.resolve([(command) => command(client)]),
  };
}

/** @throws {WrongServerError} It is a server that the address does not fit. */
async function verifyServer(client: RedisClient, { host, port }: RedisAddress): Promise<void> {
  // Without a version, HELLO only says what the server is. One that does not know it, or denies it, is taken as it is.
  const reply = await client.sendCommand(["HELLO"]).catch(() => undefined) as unknown;
  const said = Array.isArray(reply)
    ? fromPairs(reply)
    : reply instanceof Map
    ? Object.fromEntries(reply)
    : reply;
  refuseWrongServer((said as { mode?: string } | undefined)?.mode, `${host}:${port}`);
}

function fromPairs(flat: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(flat.flatMap((name, i) => i % 2 === 0 ? [[String(name), flat[i + 1]]] : []));
}

/** What went wrong at a host, as text. Reads the server's text, as the client has no code for what it says. */
export function redisCause(error: unknown, host: string): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return withCertificateAdvice(withRedisAdvice(message.replace(/\.$/, "")), host, "cacheCa");
}
