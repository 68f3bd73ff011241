import { createClient } from "redis";
import { withCertificateAdvice } from "../certificate_advice.ts";
import type { Cache } from "./cache.ts";
import { keyHash } from "./key_hash.ts";

/** The layout's number, in every key: a later layout shares a server with this one, and neither reads the other. */
const format = 1;
/** Commands waiting for their replies in one connection; a window's read and its write are one each. */
const maxQueuedCommands = 1_000;
const minBackoffMs = 100;
const maxBackoffMs = 10_000;

export interface RedisCacheOptions {
  /** Certificate authorities to check a `rediss://` server with, as PEM; the system's unless told. */
  readonly ca?: string;
  /** How long one read or write may take, connecting and retrying included. 5 unless told. */
  readonly timeoutSeconds?: number;
}

type Client = ReturnType<typeof clientFor>;

/** One connection, from the first attempt on. It is never mended; another one takes its place. */
interface Link {
  readonly client: Client;
  readonly ready: Promise<Client>;
  isReady: boolean;
  /** Why it is of no use any more. */
  failure?: Error;
}

/**
 * Answers in Redis, one string for each: `sluice:1:<namespace>:<hash>` holds the decimal answer, the hash being
 * {@linkcode keyHash} in base64url. A window is one MGET, a write one MSET.
 *
 * Connecting is left to the first command, and so is connecting again: nothing goes on in the background, so that
 * a closed cache leaves no timer behind (the client's own reconnecting sleeps up to two seconds past its end).
 * While the server is down, commands reject at once, but for one attempt to connect after 0.1 s, growing to 10.
 */
export class RedisCache implements Cache {
  readonly url: string;
  readonly #host: string;
  readonly #prefix: string;
  readonly #timeoutMs: number;
  readonly #connect: () => Client;
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
    const server = parseUrl(url);
    const { timeoutSeconds = 5, ca } = options;
    this.url = server.shown;
    this.#host = server.host;
    if (!(timeoutSeconds > 0)) {
      throw new RangeError(`Cannot open cache ${this.url}: timeoutSeconds is ${timeoutSeconds}`);
    }
    this.#prefix = `sluice:${format}:${namespace}:`;
    this.#timeoutMs = timeoutSeconds * 1000;
    this.#connect = () => clientFor(server, this.#timeoutMs, ca);
  }

  /** Asked once more where the connection is lost in between. */
  async get(keys: readonly string[], signal: AbortSignal): Promise<(number | undefined)[]> {
    if (keys.length === 0) return [];
    const names = keys.map((key) => this.#name(key));
    const values = await this.#run("read from", 1, signal, (client) => client.mGet(names));
    return values.map((value) => toAnswer(value));
  }

  async set(
    entries: readonly (readonly [key: string, answer: number])[],
    signal: AbortSignal,
  ): Promise<void> {
    if (entries.length === 0) return;
    const pairs = entries.map(([key, answer]): [string, string] => [this.#name(key), String(answer)]);
    const write = this.#run("write to", 0, signal, (client) => client.mSet(pairs));
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
      return `Redis ${version}, ${size.toLocaleString("en-US")} keys`;
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#writes);
    const link = this.#link;
    if (link === undefined) return;
    this.#discard(link, new Error("the cache is closed"));
    await link.ready.catch(() => {}); // its end; why is no news
  }

  #name(key: string): string {
    return this.#prefix + keyHash(key).toBase64({ alphabet: "base64url", omitPadding: true });
  }

  async #run<T>(
    action: string,
    retries: number,
    signal: AbortSignal,
    command: (client: Client) => Promise<T>,
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

interface Server {
  /** The address without user and password. */
  readonly shown: string;
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly database: number;
}

/** Its errors never quote the address, nor keep a cause that does. */
function parseUrl(text: string): Server {
  const url = URL.parse(text);
  const database = /^\/?(\d*)$/.exec(url?.pathname ?? "-")?.[1];
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === "" || database === undefined) {
    throw new Error("Cannot open cache: its address must be redis[s]://[USER:PASSWORD@]HOST[:PORT][/DB]");
  }
  const port = url.port === "" ? 6379 : Number(url.port);
  let username, password;
  try {
    username = decodeURIComponent(url.username);
    password = decodeURIComponent(url.password);
  } catch {
    throw new Error("Cannot open cache: user and password in its address must be percent-encoded UTF-8");
  }
  return {
    shown: `${url.protocol}//${url.hostname}:${port}${database === "" ? "" : `/${database}`}`,
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    isTls: url.protocol === "rediss:",
    username: username || undefined,
    password: password || undefined,
    database: Number(database),
  };
}

function clientFor(server: Server, connectTimeout: number, ca: string | undefined) {
  const { host, port, username, password, database } = server;
  // `false` makes a lost connection the end of the client.
  const socket = { host, port, connectTimeout, reconnectStrategy: false } as const;
  return createClient({
    name: "sluice",
    username,
    password,
    database,
    socket: server.isTls ? { ...socket, tls: true, ca } : socket,
    disableOfflineQueue: true,
    commandsQueueMaxLength: maxQueuedCommands,
    commandOptions: { timeout: undefined }, // a timer for each command that would outlive it; ours covers more
    maintNotifications: "disabled", // Redis Enterprise's; every other server answers with an error
  });
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
