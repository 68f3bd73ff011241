import { delay } from "@std/async/delay.js";
import type { Tell } from "../text/tell.ts";
import type { QueueView } from "../telemetry/snapshot.ts";
import type { QueueState } from "./job_queue.ts";

/** What is asked for how a queue stands. */
export interface WatchedQueue {
  readonly url: string;
  readonly name: string;
  state(signal: AbortSignal): Promise<QueueState>;
}

/** Between two looks, in milliseconds. */
const lookMs = 5_000;

/** Looks at a fleet's queue every five seconds, for those who want to know at any moment how it stands. */
export class QueueWatch implements AsyncDisposable {
  readonly #queue: WatchedQueue;
  readonly #tell: Tell;
  readonly #ended = new AbortController();
  readonly #looking: Promise<void>;
  #view: QueueView | undefined;

  /** @param tell Told when the queue does not answer, and when it does again. */
  constructor(queue: WatchedQueue, tell: Tell) {
    this.#queue = queue;
    this.#tell = tell;
    this.#looking = this.#look();
  }

  /** How the queue stands; `undefined` until it has answered for the first time. */
  get view(): QueueView | undefined {
    return this.#view;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort(new Error("the fleet is watched no more"));
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { signal } = this.#ended;
    for (let isDown = false; !signal.aborted;) {
      try {
        const { place: _, ...state } = await this.#queue.state(signal);
        this.#view = { queue: `${this.#queue.name} of ${this.#queue.url}`, ...state, isDown: false };
        if (isDown) this.#tell(`The queue answers again: ${this.#queue.url}`, "info");
        isDown = false;
      } catch (error) {
        if (signal.aborted) return;
        if (!isDown) this.#tell(error instanceof Error ? error.message : String(error));
        isDown = true;
        this.#view &&= { ...this.#view, isDown };
      }
      await delay(lookMs, { signal }).catch(() => {}); // ends at its end
    }
  }
}
