import { Queue, Worker } from "bullmq";
import { createClient } from "redis";
import type { RedisAddress } from "../redis/redis_address.ts";
import { redisSocket } from "../redis/redis_client.ts";

/** Commands that wait for their replies in one connection, at most. */
const maxQueuedCommands = 10_000;
/** The prefix of the queue's keys. */
export const keyPrefix = "sluice-queue";
/** How often a job may lose its worker. After one more time it has failed: it may be what kills them. */
export const maxStalls = 20;
/** How long BullMQ waits for a job before it answers with none, in seconds. */
const maxWaitSeconds = 5;

export interface BullLinkOptions {
  /** The queue's name in its Redis. */
  readonly name: string;
  /** How long a claim lasts, in milliseconds. */
  readonly lockMs: number;
  /** How long connecting may take, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** How long a claim waits for a job, in seconds. Defaults to 5. */
  readonly waitSeconds?: number;
  /** Certificate authorities to check a `rediss://` server with, as PEM. */
  readonly ca?: string;
  /** Defaults to {@linkcode maxStalls}. */
  readonly maxStalls?: number;
  /** Whether jobs are claimed: then a second connection is opened, and jobs of lost workers are put back. */
  readonly isClaiming: boolean;
}

/**
 * BullMQ over connections of node-redis, from the first attempt to connect on. A link is never repaired: neither BullMQ
 * nor the client reconnect. If a connection is lost or silent, the link is closed and a new one takes its place.
 */
export class BullLink {
  /** Rejects when the link is lost. */
  readonly lost: Promise<never>;
  readonly client: ReturnType<typeof queueClient>;
  /** Both are set once {@linkcode open} has resolved. */
  queue!: Queue;
  worker: Worker | undefined;
  readonly #lose: (error: Error) => void;
  #isClosed = false;
  /** Why the link is lost. */
  failure: Error | undefined;

  private constructor(address: RedisAddress, options: BullLinkOptions) {
    const lost = Promise.withResolvers<never>();
    this.lost = lost.promise;
    this.lost.catch(() => {}); // `failure` has it too
    this.#lose = (error) => {
      this.failure ??= error;
      lost.reject(this.failure);
    };
    this.client = queueClient(address, options);
    this.client.on("error", this.#lose);
    this.client.on("end", () => this.#lose(new Error("the connection was closed")));
  }

  /**
   * Connects.
   *
   * @param verify Called before anything is written.
   * @throws {Error} It failed, or took too long; nothing is left open.
   * @throws The signal's reason.
   */
  static async open(
    address: RedisAddress,
    options: BullLinkOptions,
    verify: (client: BullLink["client"]) => Promise<void>,
    signal: AbortSignal,
  ): Promise<BullLink> {
    const link = new BullLink(address, options);
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`no answer in ${options.connectTimeoutMs / 1000} s`)),
      options.connectTimeoutMs,
    );
    const abort = () => late.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      const connecting = link.#connect(options, verify);
      connecting.catch(() => {}); // if something else ends it first
      await Promise.race([connecting, link.lost, late.promise]);
      return link;
    } catch (error) {
      await link.close();
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }

  async #connect(
    { name, lockMs, isClaiming, maxStalls: stalls = maxStalls, waitSeconds = maxWaitSeconds }:
      BullLinkOptions,
    verify: (client: BullLink["client"]) => Promise<void>,
  ): Promise<void> {
    await this.client.connect();
    await verify(this.client);
    if (this.#isClosed) return;
    const shared = { connection: this.client, prefix: keyPrefix };
    this.queue = new Queue(name, shared);
    this.queue.on("error", this.#lose);
    await this.queue.waitUntilReady();
    if (!isClaiming || this.#isClosed) return;
    this.worker = new Worker(name, null, {
      ...shared,
      autorun: false,
      lockDuration: lockMs,
      stalledInterval: lockMs / 2,
      maxStalledCount: stalls,
      drainDelay: waitSeconds,
    });
    this.worker.on("error", this.#lose);
    await this.worker.waitUntilReady();
    await this.worker.startStalledCheckTimer();
  }

  /** Declares the link lost: whatever waits for it ends. */
  lose(error: Error): void {
    this.#lose(error);
  }

  /** Closes all connections at once; commands in flight fail. Never rejects. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#lose(new Error("the connection was closed"));
    // Errors while closing do not matter.
    const closing = [this.worker?.close(true), this.queue?.close()].map((end) => end?.catch(() => {}));
    if (this.client.isOpen) this.client.destroy();
    await Promise.all(closing);
  }
}

/** A client of one connection, which ends with it. */
function queueClient(address: RedisAddress, { connectTimeoutMs, ca }: BullLinkOptions) {
  const { username, password, database } = address;
  return createClient({
    name: "sluice-queue",
    RESP: 2, // the protocol whose replies BullMQ reads
    username,
    password,
    database,
    socket: redisSocket(address, connectTimeoutMs, ca),
    disableOfflineQueue: true,
    commandsQueueMaxLength: maxQueuedCommands,
    maintNotifications: "disabled", // of Redis Enterprise; every other server answers with an error
  });
}
