import { delay } from "@std/async/delay.js";
import { reasonOf, SluiceError } from "../errors/sluice_error.ts";
import { isDone, type Outcome, type Planned, type PlanOptions, skipReasonOf } from "../jobs/plan.ts";
import { skipText } from "../jobs/skipped_objects.ts";
import { retry } from "../retry/retry.ts";
import { retryPolicies } from "../retry/retry_policies.ts";
import { hiddenPart, isOwnPart } from "../stores/skipped_object.ts";
import { CredentialsError, isObjectName } from "../stores/store.ts";
import { failureFields } from "../telemetry/failure_fields.ts";
import type { Tell } from "../text/tell.ts";
import { Lease } from "./lease.ts";
import type { ObjectQueue } from "./object_queue.ts";

export interface EventFeedOptions extends Omit<PlanOptions, "signal"> {
  readonly queue: ObjectQueue;
  /** Whether objects are likely to fail for now, whatever they are: the model is down. */
  readonly isHeldUp?: () => boolean;
  /** Messages claimed at once, at most. Defaults to 10. */
  readonly maxMessages?: number;
  /** Called when there was no message: whether that is the end. Without it the feed never ends by itself. */
  readonly isOver?: (signal: AbortSignal) => Promise<boolean>;
  /** Called with objects that end without being yielded: they cannot be looked at, or need not be processed. */
  readonly onSettled?: (name: string, outcome: "failed" | "skipped" | "gone") => void;
  /** Called for messages that cannot be used, and when the queue fails or answers again. */
  readonly onTrouble: Tell;
}

const defaultMaxMessages = 10;
/** How long the queue may take to settle the last messages, in milliseconds. */
const closeTimeoutMs = 5_000;
/** The pause before each claim, of one message, while all objects are likely to fail, in milliseconds. */
const holdUpMs = 30_000;

/**
 * The objects of a source that the messages of a queue name. A message is hidden from other processes while its objects
 * wait and are worked on, and removed when all of them are processed. If one of them failed, or the message cannot be
 * understood, it is handed back as failed; if the queue cannot do that, it is delivered again when its claim expires.
 * The queue's own policy sets it aside in the end. Claims more messages only when the objects of those it has have been
 * taken.
 */
export class EventFeed {
  readonly #options: EventFeedOptions;
  readonly #skipReason: ReturnType<typeof skipReasonOf>;
  /** Messages that have not been settled. */
  readonly #held = new Set<Lease>();
  readonly #settling = new Set<Promise<void>>();
  /** Objects that are worked on, by name; `others` also wait for their end. */
  readonly #busy = new Map<
    string,
    { readonly etag: string; readonly others: End[] }
  >();
  /** Aborted when messages are no longer settled. */
  readonly #closed = new AbortController();
  #hasClaimed = false;
  /** Whether the stores took no request for the last object: others would fail as well. */
  #hasLostCredentials = false;

  /** @throws {SluiceError} `settings`: the queue cannot have messages about objects of this source. */
  constructor(options: EventFeedOptions) {
    this.#options = options;
    options.queue.verifySource?.(options.source);
    this.#skipReason = skipReasonOf(options);
  }

  /**
   * What is to be processed, until `isOver` says so. Messages whose objects were not taken are handed back when the reader
   * stops.
   *
   * @throws The signal's reason; or why the first claim failed.
   */
  async *objects(signal: AbortSignal): AsyncGenerator<Planned> {
    const { isOver, queue, onTrouble } = this.#options;
    const untaken = new Set<Lease>();
    try {
      while (true) {
        signal.throwIfAborted();
        const messages = await this.#claim(signal);
        if (messages.length === 0 && await isOver?.(signal)) return;
        for (const message of messages) {
          const lease = new Lease(queue, message, { onTrouble });
          this.#held.add(lease);
          untaken.add(lease);
        }
        for (const lease of untaken) {
          untaken.delete(lease);
          yield* this.#plan(lease, signal);
        }
      }
    } finally {
      for (const lease of untaken) this.#settle(lease, ["left"]);
    }
  }

  /**
   * Waits until every claimed message has been removed or handed back, at most five seconds: the claims of the others
   * expire.
   */
  async close(): Promise<void> {
    const late = new SluiceError({
      kind: "queue",
      action: "settle a message of",
      subject: this.#options.queue.url,
      reason: `no answer in ${closeTimeoutMs / 1000} s`,
    });
    const timer = setTimeout(() => this.#closed.abort(late), closeTimeoutMs);
    while (this.#settling.size > 0) await Promise.all(this.#settling);
    clearTimeout(timer);
  }

  get #isHeldUp(): boolean {
    return this.#hasLostCredentials || this.#options.isHeldUp?.() === true;
  }

  async #claim(signal: AbortSignal) {
    const { maxMessages = defaultMaxMessages, queue, onTrouble } = this.#options;
    // Each delivery counts towards the dead-letter queue: an outage must not send a backlog there.
    const isTrial = this.#isHeldUp;
    if (isTrial) await delay(holdUpMs, { signal });
    let hasFailed = false;
    const messages = await retry(
      retryPolicies.queueClaim,
      () => queue.claim(isTrial ? 1 : maxMessages, signal),
      {
        signal,
        isRetriable: () => this.#hasClaimed,
        onRetry: (error) => {
          if (!hasFailed) {
            onTrouble(`${reasonOf(error)}; retrying until it answers`, "error", failureFields(error));
          }
          hasFailed = true;
        },
      },
    );
    if (hasFailed) onTrouble(`The queue answers again: ${queue.url}`, "info");
    this.#hasClaimed = true;
    return messages;
  }

  /** Plans a message's objects; settles the message when all of them have ended. */
  async *#plan(lease: Lease, signal: AbortSignal): AsyncGenerator<Planned> {
    const { onTrouble } = this.#options;
    let names: string[];
    try {
      names = this.#names(lease);
    } catch (error) {
      onTrouble(
        `${reasonOf(error)}; the queue's policy decides what becomes of it`,
        "error",
        failureFields(error),
      );
      return this.#settle(lease, ["failed"], reasonOf(error));
    }
    if (names.length === 1) lease.object = names[0];
    const outcomes: Outcome[] = [];
    let ending = names.length + 1, why: string | undefined;
    const end: End = (outcome, reason) => {
      outcomes.push(outcome);
      why ??= reason;
      if (--ending === 0) this.#settle(lease, outcomes, why);
    };
    let at = 0;
    try {
      for (; at < names.length; at++) {
        const planned = await this.#planOne(names[at]!, end, signal);
        if (planned !== undefined) yield planned;
      }
    } finally {
      // If the reader stops, the objects after the last one it took do not end by themselves.
      for (at++; at < names.length; at++) end("left");
      end("skipped");
    }
  }

  /** Plans one object; `undefined` if there is nothing to do, and `end` has been called or will be. */
  async #planOne(
    name: string,
    end: End,
    signal: AbortSignal,
  ): Promise<Planned | undefined> {
    const { destination, fingerprint, force, onSettled, onSkipped, onTrouble, queue, source } = this.#options;
    const settled = (outcome: "failed" | "skipped" | "gone", reason?: string): void => {
      onSettled?.(name, outcome);
      end(outcome, reason);
    };
    try {
      const object = await source.head(name, signal);
      this.#hasLostCredentials = false;
      if (object === undefined) return void settled("gone");
      const skipped = this.#skipReason(object);
      if (skipped !== undefined) {
        onSkipped?.({ name, reason: skipped });
        // A job of ours was added for an object that is to be processed: it must not be dropped as if it were done.
        if (queue.fail !== undefined) return void end("failed", skipText({ name, reason: skipped }));
        return void end("ignored");
      }
      const busy = this.#busy.get(name);
      if (busy?.etag === object.etag) return void busy.others.push(end);
      const output = await destination.head(name, signal);
      if (!force && isDone(object, output, fingerprint)) return void settled("skipped");
      const others: End[] = [];
      this.#busy.set(name, { etag: object.etag, others });
      return {
        todo: "process",
        object,
        output,
        onEnd: (outcome, reason) => {
          if (this.#busy.get(name)?.others === others) this.#busy.delete(name);
          for (const settle of [end, ...others]) settle(outcome, reason);
        },
      };
    } catch (error) {
      if (signal.aborted) return void end("left");
      if (error instanceof CredentialsError) {
        if (!this.#isHeldUp) {
          onTrouble(
            `${error.message}; objects are left until the credentials are accepted`,
            "error",
            failureFields(error, name),
          );
        }
        this.#hasLostCredentials = true;
        return void end("left");
      }
      onTrouble(reasonOf(error), "error", failureFields(error, name));
      settled("failed", reasonOf(error));
    }
  }

  /** Names of the message's objects in the source, each once. */
  #names({ message }: Lease): string[] {
    const { onSkipped, source } = this.#options;
    const names = new Set(message.names(source));
    for (const name of names) {
      if (isObjectName(name)) continue;
      names.delete(name);
      const part = hiddenPart(name);
      if (part !== undefined && !isOwnPart(part)) onSkipped?.({ name, reason: "hidden" });
    }
    return [...names];
  }

  #settle(lease: Lease, outcomes: readonly Outcome[], reason?: string): void {
    if (!this.#held.delete(lease)) return;
    const settled: Promise<void> = this.#tellQueue(lease, outcomes, reason).finally(() =>
      this.#settling.delete(settled)
    );
    this.#settling.add(settled);
  }

  /** Never throws. */
  async #tellQueue(lease: Lease, outcomes: readonly Outcome[], reason = "unknown reason"): Promise<void> {
    const { queue } = this.#options;
    // Not under the watch's signal: finished messages are settled even during shutdown.
    const { signal } = this.#closed;
    try {
      if (outcomes.includes("failed")) {
        // While every object fails, an attempt says nothing about this one.
        if (queue.fail !== undefined && this.#isHeldUp) await lease.abandon(signal);
        else await lease.fail(reason, signal);
      } else if (outcomes.includes("left")) await lease.abandon(signal);
      else await lease.complete(signal);
    } catch (error) {
      this.#options.onTrouble(
        `${reasonOf(error)}; it will be delivered again`,
        "warning",
        failureFields(error, lease.object),
      );
    }
  }
}

type End = (outcome: Outcome, reason?: string) => void;
