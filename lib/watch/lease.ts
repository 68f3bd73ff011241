import { MessageLostError, type ObjectQueue, type QueuedMessage } from "./object_queue.ts";

export interface LeaseOptions {
  /** Told, once, that the message could not be kept: others may get it while it is still worked on here. */
  readonly onTrouble?: (message: string) => void;
}

/**
 * Keeps a message that has just been claimed, while it waits and is worked on: renews it every third of its queue's
 * visibility time, until it is completed, abandoned or released. A renewal that fails, or takes as long as a third,
 * is made again a twelfth of that time later. Where the message is lost, the renewals end: the work goes on, and is
 * done twice at worst.
 */
export class Lease {
  readonly message: QueuedMessage;
  readonly #queue: ObjectQueue;
  readonly #intervalMs: number;
  readonly #onTrouble: (message: string) => void;
  readonly #ended = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #renewal: Promise<void> | undefined;
  #isLost = false;
  #isTold = false;

  constructor(queue: ObjectQueue, message: QueuedMessage, options: LeaseOptions = {}) {
    this.message = message;
    this.#queue = queue;
    this.#intervalMs = queue.visibilitySeconds * 1000 / 3;
    this.#onTrouble = options.onTrouble ?? (() => {});
    this.#renewIn(this.#intervalMs);
  }

  /** Whether the queue has said that the message is this process's no more. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /**
   * Ends the renewals and removes the message from the queue. Resolves to whether that was done; where it was not,
   * the message was lost, and it comes again, to whoever claims it then.
   *
   * @throws {Error} It could not be removed: it comes again when its time is over.
   * @throws The signal's reason, at once when it is aborted.
   */
  async complete(signal: AbortSignal): Promise<boolean> {
    await this.#end();
    try {
      // A lost one too: nobody may have got it yet.
      await this.#queue.complete(this.message, signal);
    } catch (error) {
      if (!(error instanceof MessageLostError)) throw error;
      this.#isLost = true;
    }
    return !this.#isLost;
  }

  /** Ends the renewals and hands the message back, for anybody to claim at once. Never rejects. */
  async abandon(signal: AbortSignal): Promise<void> {
    await this.#end();
    if (!this.#isLost) await this.#queue.abandon(this.message, signal);
  }

  /**
   * Ends the renewals and hands the message back as failed, or leaves it where the queue has no such thing: it comes
   * again when its time is over.
   *
   * @throws As {@linkcode complete}.
   */
  async fail(reason: string, signal: AbortSignal): Promise<void> {
    await this.#end();
    if (this.#isLost) return;
    try {
      await this.#queue.fail?.(this.message, reason, signal);
    } catch (error) {
      if (!(error instanceof MessageLostError)) throw error;
      this.#isLost = true;
    }
  }

  /** Ends the renewals and leaves the message: it comes again when its time is over. Never rejects. */
  async release(): Promise<void> {
    await this.#end();
  }

  async #end(): Promise<void> {
    this.#ended.abort();
    clearTimeout(this.#timer);
    await this.#renewal;
  }

  #renewIn(ms: number): void {
    this.#timer = setTimeout(() => this.#renewal = this.#renew(), ms);
  }

  async #renew(): Promise<void> {
    const attempt = new AbortController();
    const end = () => attempt.abort(this.#ended.signal.reason);
    this.#ended.signal.addEventListener("abort", end, { once: true });
    const seconds = this.#intervalMs / 1000;
    const { id } = this.message;
    const late = new Error(`Cannot keep message ${id} of ${this.#queue.url}: no answer in ${seconds} s`);
    const timer = setTimeout(() => attempt.abort(late), this.#intervalMs);
    try {
      await this.#queue.renew(this.message, attempt.signal);
      if (!this.#ended.signal.aborted) this.#renewIn(this.#intervalMs);
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      this.#isLost = error instanceof MessageLostError;
      if (!this.#isTold) this.#onTrouble((error as Error).message);
      this.#isTold = true;
      if (!this.#isLost) this.#renewIn(this.#intervalMs / 4);
    } finally {
      clearTimeout(timer);
      this.#ended.signal.removeEventListener("abort", end);
    }
  }
}
