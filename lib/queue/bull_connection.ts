import { parseRedisAddress, type RedisAddress } from "../redis/redis_address.ts";
import { MessageLostError } from "../watch/object_queue.ts";
import { BullLink, type BullLinkOptions } from "./bull_link.ts";
import { verifyQueueServer } from "./queue_server.ts";

export interface BullConnectionOptions {
  /** The queue's name in its Redis: letters, digits, `-`, `_` and `.`; "jobs" unless told. */
  readonly name?: string;
  /** How long a claim lasts, in seconds: 1 to 3,600, 30 unless told. */
  readonly visibilitySeconds?: number;
  /** How long a claim waits for a job, in seconds; 5 unless told. */
  readonly waitSeconds?: number;
  /** How often a job may lose its worker before it is set aside; 20 unless told. */
  readonly maxStalls?: number;
  /** How long Redis may take to answer, and connecting, in seconds; 10 unless told. */
  readonly timeoutSeconds?: number;
  /** Certificate authorities to check a `rediss://` server with, as PEM; the system's unless told. */
  readonly ca?: string;
}

/**
 * The way to a queue of BullMQ in Redis, which is found again when it is lost. Connecting is left to the first command,
 * and so is connecting again: nothing goes on in the background after {@linkcode close}.
 */
export class BullConnection {
  /** Where the queue is, for people. Without user and password. */
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
   * @param url `redis[s]://[USER:PASSWORD@]HOST[:PORT][/DB]`.
   * @throws {Error} The address is not of that form; an option is out of its range.
   */
  constructor(url: string, options: BullConnectionOptions & Pick<BullLinkOptions, "isClaiming">) {
    const { name = "jobs", visibilitySeconds = 30, waitSeconds = 5, timeoutSeconds = 10, ca, isClaiming } =
      options;
    this.#address = parseRedisAddress(url, "queue");
    this.url = this.#address.shown;
    this.name = name;
    if (!/^[\w.-]{1,64}$/.test(name)) {
      throw new Error(
        `Cannot open queue ${this.url}: its name must be 1 to 64 letters, digits, -, _ and ., is ${name}`,
      );
    }
    if (!(visibilitySeconds >= 1 && visibilitySeconds <= 3_600)) {
      throw new RangeError(
        `Cannot open queue ${this.url}: visibilitySeconds must be from 1 to 3600, is ${visibilitySeconds}`,
      );
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
   * Does something with the queue, connecting before where that is needed.
   *
   * @param action For the error: `add jobs to`.
   * @param extraSeconds How long it may take beside the usual time, because it waits for something.
   * @throws {Error} It failed, or took too long. A {@linkcode MessageLostError}, and an error of
   * BullMQ's with a `code`, is thrown as it is.
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
      working.catch(() => {}); // when something else ends it first
      return await Promise.race([working, lost, ended.promise]);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const known = link?.failure ?? error;
      const cause = known instanceof Error ? known.message : String(known);
      if (link?.failure === undefined) {
        if (isBullError(error) || error instanceof MessageLostError) throw error;
        // Another server may stand at the address by now: a replica that was the master refuses all writes.
        if (!cause.startsWith("Cannot ")) link?.lose(known as Error);
      }
      throw new Error(
        cause.startsWith("Cannot ") ? cause : `Cannot ${action} queue ${this.url}: ${cause}`,
        { cause: known },
      );
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      if (link?.failure !== undefined) await this.#drop(link);
    }
  }

  /** Ends all that is under way, which fails. */
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

/** BullMQ's own errors have a negative number as their code. */
function isBullError(error: unknown): boolean {
  return typeof (error as { code?: unknown } | undefined)?.code === "number";
}
