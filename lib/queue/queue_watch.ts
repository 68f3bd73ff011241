import { delay } from "@std/async/delay.js";
import { reasonOf } from "../errors/sluice_error.ts";
import { failureFields } from "../telemetry/failure_fields.ts";
import type { Tell } from "../text/tell.ts";
import type { QueueView } from "../telemetry/snapshot.ts";
import type { QueueState } from "./job_queue.ts";

/** A queue whose state can be read. */
export interface WatchedQueue {
  readonly url: string;
  readonly name: string;
  state(signal: AbortSignal): Promise<QueueState>;
}

/** Between two reads, in milliseconds. */
const pollMs = 5_000;

/** Reads the state of a queue every five seconds, so that it is at hand at any moment. */
export class QueueWatch implements AsyncDisposable {
  readonly #queue: WatchedQueue;
  readonly #tell: Tell;
  readonly #ended = new AbortController();
  readonly #polling: Promise<void>;
  #view: QueueView | undefined;

  /** @param tell Called when the queue does not answer, and when it answers again. */
  constructor(queue: WatchedQueue, tell: Tell) {
    this.#queue = queue;
    this.#tell = tell;
    this.#polling = this.#poll();
  }

  /** The state of the queue when it was last read; `undefined` until it has answered for the first time. */
  get view(): QueueView | undefined {
    return this.#view;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort(new Error("the queue is no longer watched"));
    await this.#polling;
  }

  async #poll(): Promise<void> {
    const { signal } = this.#ended;
    for (let isDown = false; !signal.aborted;) {
      try {
        const { place: _, ...state } = await this.#queue.state(signal);
        this.#view = { queue: `${this.#queue.name} of ${this.#queue.url}`, ...state, isDown: false };
        if (isDown) this.#tell(`The queue answers again: ${this.#queue.url}`, "info");
        isDown = false;
      } catch (error) {
        if (signal.aborted) return;
        if (!isDown) this.#tell(reasonOf(error), "warning", failureFields(error));
        isDown = true;
        this.#view &&= { ...this.#view, isDown };
      }
      await delay(pollMs, { signal }).catch(() => {}); // ends at its end
    }
  }
}
