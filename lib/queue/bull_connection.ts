import { parseRedisAddress, type RedisAddress } from "../redis/redis_address.ts";
import { withRedisAdvice } from "../redis/redis_advice.ts";
import { reasonOf, SluiceError } from "../errors/sluice_error.ts";
import { BullLink, type BullLinkOptions } from "./bull_link.ts";
import { verifyQueueServer } from "./queue_server.ts";

export interface BullConnectionOptions {
  /** The queue's name in its Redis: letters, digits, `-`, `_` and `.`. Defaults to `jobs`. */
  readonly name?: string;
  /** How long a claim lasts, in seconds: 1 to 3,600. Defaults to 30. */
  readonly visibilitySeconds?: number;
  /** How long a claim waits for a job, in seconds. Defaults to 5. */
  readonly waitSeconds?: number;
  /** How often a job may lose its worker before it has failed. Defaults to 20. */
  readonly maxStalls?: number;
  /** How long Redis may take to connect, and to answer, in seconds. Defaults to 10. */
  readonly timeoutSeconds?: number;
  /** Certificate authorities for a `rediss://` server, as PEM. Defaults to the system's. */
  readonly ca?: string;
}

/**
 * The connection to a BullMQ queue in Redis, which is replaced when it is lost. Each command connects first if needed,
 * so nothing runs in the background after {@linkcode close}.
 */
export class BullConnection {
  /** The queue's address for display, without user and password. */
  readonly url: string;
  readonly name: string;
  readonly visibilitySeconds: number;
  readonly waitSeconds: number;
  readonly #address: RedisAddress;
  readonly #options: BullLinkOptions;
  readonly #timeoutMs: number;
  readonly #closed = new AbortController();
  #link: Promise<BullLink> | undefined;

  /**
   * @param url `redis[s]://[USER:PASSWORD@]HOST[:PORT][/DB]`, or `redis+unix://…/PATH`.
   * @throws {SluiceError} `settings`: the address has another form, or an option is out of range.
   */
  constructor(url: string, options: BullConnectionOptions & Pick<BullLinkOptions, "isClaiming">) {
    const { name = "jobs", visibilitySeconds = 30, waitSeconds = 5, timeoutSeconds = 10, ca, isClaiming } =
      options;
    this.#address = parseRedisAddress(url, "queue");
    this.url = this.#address.shown;
    this.name = name;
    const opening = { kind: "settings", action: "open queue", subject: this.url } as const;
    if (!/^[\w.-]{1,64}$/.test(name)) {
      throw new SluiceError({
        ...opening,
        reason: `its name must be 1 to 64 letters, digits, -, _ and ., is ${name}`,
      });
    }
    if (!(visibilitySeconds >= 1 && visibilitySeconds <= 3_600)) {
      throw new SluiceError({
        ...opening,
        reason: `visibilitySeconds must be from 1 to 3,600, is ${visibilitySeconds}`,
      });
    }
    this.visibilitySeconds = visibilitySeconds;
    this.waitSeconds = waitSeconds;
    this.#timeoutMs = timeoutSeconds * 1000;
    const lockMs = visibilitySeconds * 1000;
    const { maxStalls } = options;
    this.#options = {
      name,
      lockMs,
      maxStalls,
      waitSeconds,
      connectTimeoutMs: this.#timeoutMs,
      ca,
      isClaiming,
    };
  }

  /**
   * Does something with the queue; connects first if needed.
   *
   * @param action For the error: `add jobs to`.
   * @param extraSeconds How much longer than usual it may take, because it waits for something.
   * @throws {SluiceError} `queue`: it failed, or took too long. A `SluiceError` of `work` is thrown as it is. Of an
   * error of BullMQ's with a code, {@linkcode bullCodeOf} has the code.
   * @throws The signal's reason, at once when it is aborted.
   */
  async run<T>(
    action: string,
    signal: AbortSignal,
    work: (link: BullLink) => Promise<T>,
    extraSeconds = 0,
  ): Promise<T> {
    signal.throwIfAborted();
    const ended = Promise.withResolvers<never>();
    const abort = () => ended.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    let timer: ReturnType<typeof setTimeout> | undefined;
    let link: BullLink | undefined;
    try {
      link = await Promise.race([this.#open(), ended.promise]);
      const { lost } = link;
      const seconds = this.#timeoutMs / 1000 + extraSeconds;
      timer = setTimeout(() => link!.lose(new Error(`no answer in ${seconds} s`)), seconds * 1000);
      const working = work(link);
      working.catch(() => {}); // if something else ends it first
      return await Promise.race([working, lost, ended.promise]);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const cause = link?.failure ?? error;
      if (link?.failure === undefined) {
        // What is neither ours nor BullMQ's may come from the connection, or from another server that is at the address by
        // now: a former master that is a replica refuses all writes.
        if (!(error instanceof SluiceError) && bullCodeOf(error) === undefined) link?.lose(error as Error);
      }
      const context = { kind: "queue", action: `${action} queue`, subject: this.url } as const;
      const reply = reasonOf(cause, this.url), reason = withRedisAdvice(reply, true);
      // Whoever reacts to BullMQ's code finds it in the cause.
      throw reason === reply
        ? SluiceError.from(cause, context)
        : new SluiceError({ ...context, reason, cause });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      if (link?.failure !== undefined) await this.#drop(link);
    }
  }

  /** Ends everything in flight, which fails. */
  async close(): Promise<void> {
    this.#closed.abort(new Error("it has been closed"));
    const link = await this.#link?.catch(() => undefined);
    await link?.close();
  }

  #open(): Promise<BullLink> {
    if (this.#closed.signal.aborted) return Promise.reject(this.#closed.signal.reason);
    this.#link ??= BullLink.open(
      this.#address,
      this.#options,
      (client) => verifyQueueServer(client, this.url),
      this.#closed.signal,
    ).catch((error) => {
      this.#link = undefined;
      throw error;
    });
    return this.#link;
  }

  async #drop(link: BullLink): Promise<void> {
    const current = this.#link;
    if (current !== undefined && await current.catch(() => undefined) === link && this.#link === current) {
      this.#link = undefined;
    }
    await link.close();
  }
}

/** The code of an error of BullMQ's, a number below 0, or of the one behind a `SluiceError`; `undefined` of any other. */
export function bullCodeOf(error: unknown): number | undefined {
  if (error instanceof SluiceError) return error.cause === undefined ? undefined : bullCodeOf(error.cause);
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "number" ? code : undefined;
}
