import { reasonOf, SluiceError } from "../errors/sluice_error.ts";
import { failureFields } from "../telemetry/failure_fields.ts";
import type { Tell } from "../text/tell.ts";
import { MessageLostError, type ObjectQueue, type QueuedMessage } from "./object_queue.ts";

export interface LeaseOptions {
  /** Called once if the claim could not be renewed: another process may get the message while it is worked on here. */
  readonly onTrouble?: Tell;
}

/**
 * Keeps the claim of a message while it waits and is worked on: renews it every third of its queue's visibility time,
 * until the message is completed, abandoned or released. A renewal that fails, or takes as long as a third, is retried
 * a twelfth of that time later. If the message is lost, the renewals end and the work continues: at worst it is done
 * twice.
 */
export class Lease {
  readonly message: QueuedMessage;
  readonly #queue: ObjectQueue;
  readonly #intervalMs: number;
  readonly #onTrouble: Tell;
  readonly #ended = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #renewal: Promise<void> | undefined;
  #isLost = false;
  /** The object that the message is about, for the log; `undefined` if it is not one. */
  object: string | undefined;
  #isReported = false;

  constructor(queue: ObjectQueue, message: QueuedMessage, options: LeaseOptions = {}) {
    this.message = message;
    this.#queue = queue;
    this.#intervalMs = queue.visibilitySeconds * 1000 / 3;
    this.#onTrouble = options.onTrouble ?? (() => {});
    this.#renewIn(this.#intervalMs);
  }

  /** Whether the queue has reported that this process no longer holds the message. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /**
   * Ends the renewals and removes the message from the queue. Resolves to whether it was removed; if not, the message
   * was lost, and is delivered again.
   *
   * @throws {Error} It could not be removed: it is delivered again when its claim expires.
   * @throws The signal's reason, at once when it is aborted.
   */
  async complete(signal: AbortSignal): Promise<boolean> {
    await this.#end();
    try {
      // Also if it is lost: it may not have been delivered again yet.
      await this.#queue.complete(this.message, signal);
    } catch (error) {
      if (!(error instanceof MessageLostError)) throw error;
      this.#isLost = true;
    }
    return !this.#isLost;
  }

  /** Ends the renewals and hands the message back, so that it can be claimed at once. Never rejects. */
  async abandon(signal: AbortSignal): Promise<void> {
    await this.#end();
    if (!this.#isLost) await this.#queue.abandon(this.message, signal);
  }

  /**
   * Ends the renewals and hands the message back as failed. If the queue cannot do that, the message is left until its
   * claim expires.
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

  /** Ends the renewals and leaves the message until its claim expires. Never rejects. */
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
    const late = new SluiceError({
      kind: "queue",
      action: "keep",
      subject: `message ${id} of ${this.#queue.url}`,
      reason: `no answer in ${seconds} s`,
    });
    const timer = setTimeout(() => attempt.abort(late), this.#intervalMs);
    try {
      await this.#queue.renew(this.message, attempt.signal);
      if (!this.#ended.signal.aborted) this.#renewIn(this.#intervalMs);
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      this.#isLost = error instanceof MessageLostError;
      if (!this.#isReported) this.#onTrouble(reasonOf(error), "warning", failureFields(error, this.object));
      this.#isReported = true;
      if (!this.#isLost) this.#renewIn(this.#intervalMs / 4);
    } finally {
      clearTimeout(timer);
      this.#ended.signal.removeEventListener("abort", end);
    }
  }
}
