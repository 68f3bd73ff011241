import type { BullConnection } from "./bull_connection.ts";
import type { BullLink } from "./bull_link.ts";

/** How long a process is believed to add jobs after it last said so, in milliseconds. */
const believedMs = 30_000;
/** How often it says so, in milliseconds. */
const renewMs = 10_000;

/**
 * Says in the queue that this process is about to add jobs, from {@linkcode begin} until it is disposed of, so that workers
 * that end with the queue wait for them. If the process is lost, that ends after 30 seconds.
 */
export class QueueFilling implements AsyncDisposable {
  readonly #connection: BullConnection;
  readonly #id = crypto.randomUUID();
  readonly #timer: ReturnType<typeof setInterval>;
  /** The renewal in flight. */
  #renewal: Promise<void> = Promise.resolve();

  private constructor(connection: BullConnection) {
    this.#connection = connection;
    // If it fails, adding jobs fails too, or the next renewal does not.
    this.#timer = setInterval(() => {
      this.#renewal = this.#mark(new AbortController().signal).catch(() => {});
    }, renewMs);
  }

  /** @throws {SluiceError} `queue`: it cannot be reached. */
  static async begin(connection: BullConnection, signal: AbortSignal): Promise<QueueFilling> {
    const filling = new QueueFilling(connection);
    try {
      await filling.#mark(signal);
      return filling;
    } catch (error) {
      clearInterval(filling.#timer);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewal;
    const always = new AbortController().signal;
    await this.#connection.run("add jobs to", always, async ({ client, queue }) => {
      await client.zRem(queue.toKey("filling"), this.#id);
    }).catch(() => {}); // then it is believed for 30 seconds
  }

  #mark(signal: AbortSignal): Promise<void> {
    return this.#connection.run("add jobs to", signal, async (link) => {
      const key = link.queue.toKey("filling"), now = await nowMs(link);
      await link.client.zAdd(key, { score: now + believedMs, value: this.#id });
      await link.client.zRemRangeByScore(key, "-inf", now);
    });
  }
}

/** Whether some process is about to add jobs. */
export async function isBeingFilled(link: BullLink): Promise<boolean> {
  return await link.client.zCount(link.queue.toKey("filling"), await nowMs(link), "+inf") > 0;
}

/** By the clock of Redis, since those of the machines may differ. */
async function nowMs({ client }: BullLink): Promise<number> {
  const [seconds] = await client.time();
  return Number(seconds) * 1000;
}
