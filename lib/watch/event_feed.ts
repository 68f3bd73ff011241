import { delay } from "@std/async/delay.js";
import { isDone, objectFilter, type Outcome, type Planned, type PlanOptions } from "../jobs/plan.ts";
import { isObjectName } from "../stores/store.ts";
import type { Tell } from "../text/tell.ts";
import { Lease } from "./lease.ts";
import type { ObjectQueue } from "./object_queue.ts";

export interface EventFeedOptions extends Omit<PlanOptions, "signal"> {
  readonly queue: ObjectQueue;
  /** Whether objects are likely to fail for now, whatever they are: the model is down. */
  readonly isHeldUp?: () => boolean;
  /** Messages claimed at once: 10 unless told. */
  readonly maxMessages?: number;
  /** Asked when there was no message: whether that is the end. Without it the feed goes on for ever. */
  readonly isOver?: (signal: AbortSignal) => Promise<boolean>;
  /** Told of messages that cannot be used, and of a queue that fails. */
  readonly onTrouble: Tell;
}

/** Messages claimed at once, unless told. */
const defaultMaxMessages = 10;
/** How long the queue may take at the end to be told of what is done, in milliseconds. */
const closeTimeoutMs = 5_000;
/** How long one message at a time is tried while all are likely to fail, in milliseconds. */
const holdUpMs = 30_000;
/** Waits between claims that fail, in milliseconds. */
const firstRetryMs = 1_000, maxRetryMs = 30_000;

/**
 * The objects of a source, as the messages of a queue tell of them. A message is kept hidden from others while its
 * objects wait and are worked on, and removed when all of them are done. One with an object that failed, and one that
 * cannot be understood, is handed back as failed, where the queue has that; elsewhere it comes again when its time is
 * over. The queue's own policy sets it aside in the end. Claims up to ten messages, unless told, and more only when the
 * objects of those have been taken.
 */
export class EventFeed {
  readonly #options: EventFeedOptions;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #wanted: ReturnType<typeof objectFilter>;
  /** Messages that have not been settled. */
  readonly #held = new Set<Lease>();
  readonly #settling = new Set<Promise<void>>();
  /** Objects that are worked on, by name; who else wants to know what becomes of them. */
  readonly #busy = new Map<
    string,
    { readonly etag: string; readonly others: End[] }
  >();
  /** Aborted when the queue is told nothing any more. */
  readonly #closed = new AbortController();
  #hasClaimed = false;

  /** @throws {Error} The source is not in S3. */
  constructor(options: EventFeedOptions) {
    this.#options = options;
    const { source } = options;
    const place = source.abilities.notifications;
    if (place === undefined) {
      throw new Error(`Cannot watch ${source.url} by events: only objects in S3 have such`);
    }
    this.#bucket = place.bucket;
    this.#prefix = place.prefix;
    this.#wanted = objectFilter(options);
  }

  /**
   * What is to be processed, for ever or until it is over. Messages whose objects nobody has taken are handed back when the reader stops.
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
   * Waits until every message that was claimed has been removed or handed back, but for no more than five seconds:
   * the others come again when their time is over.
   */
  async close(): Promise<void> {
    const late = new Error(
      `Cannot tell ${this.#options.queue.url} of a message: no answer in ${closeTimeoutMs / 1000} s`,
    );
    const timer = setTimeout(() => this.#closed.abort(late), closeTimeoutMs);
    while (this.#settling.size > 0) await Promise.all(this.#settling);
    clearTimeout(timer);
  }

  async #claim(signal: AbortSignal) {
    const { isHeldUp = () => false, maxMessages = defaultMaxMessages, queue, onTrouble } = this.#options;
    // Each delivery counts towards the queue's dead letters: an outage must not send a backlog there.
    const isTrial = isHeldUp();
    if (isTrial) await delay(holdUpMs, { signal });
    for (let attempt = 0;; attempt++) {
      try {
        const messages = await queue.claim(isTrial ? 1 : maxMessages, signal);
        if (attempt > 0) onTrouble(`The queue answers again: ${queue.url}`, "info");
        this.#hasClaimed = true;
        return messages;
      } catch (error) {
        signal.throwIfAborted();
        if (!this.#hasClaimed) throw error;
        if (attempt === 0) {
          onTrouble(`${messageOf(error)}; it is asked again and again until it answers`, "error");
        }
        await delay(Math.min(maxRetryMs, firstRetryMs * 2 ** attempt), { signal });
      }
    }
  }

  /** What is to be made of a message's objects; settles the message when all of them have ended. */
  async *#plan(lease: Lease, signal: AbortSignal): AsyncGenerator<Planned> {
    const { onTrouble } = this.#options;
    let names: string[];
    try {
      names = this.#names(lease);
    } catch (error) {
      onTrouble(`${messageOf(error)}; it is left to the queue's policy`, "error");
      return this.#settle(lease, ["failed"], messageOf(error));
    }
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
      // Where the reader has stopped, the objects behind the one that it took last do not end by themselves.
      for (at++; at < names.length; at++) end("left");
      end("skipped");
    }
  }

  /** What is to be made of one object; `undefined` where nothing is, and `end` has been told. */
  async #planOne(
    name: string,
    end: End,
    signal: AbortSignal,
  ): Promise<Planned | undefined> {
    const { destination, fingerprint, force, onTrouble, source } = this.#options;
    try {
      const object = await source.head(name, signal);
      if (object === undefined || !this.#wanted(object)) return void end("gone");
      const busy = this.#busy.get(name);
      if (busy?.etag === object.etag) return void busy.others.push(end);
      const output = await destination.head(name, signal);
      if (!force && isDone(object, output, fingerprint)) return void end("skipped");
      const others: End[] = [];
      this.#busy.set(name, { etag: object.etag, others });
      return {
        todo: "process",
        object,
        output,
        onEnd: (outcome, reason) => {
          if (this.#busy.get(name)?.others === others) this.#busy.delete(name);
          for (const told of [end, ...others]) told(outcome, reason);
        },
      };
    } catch (error) {
      if (signal.aborted) return void end("left");
      onTrouble(messageOf(error), "error");
      end("failed", messageOf(error));
    }
  }

  /** Names of the message's objects that are the source's. */
  #names({ message }: Lease): string[] {
    const { source } = this.#options;
    const names = new Set<string>();
    for (const { bucket, key } of message.objects()) {
      if (bucket !== this.#bucket) {
        throw new Error(`Cannot use message ${message.id}: it is about s3://${bucket}/, not ${source.url}`);
      }
      const name = key.slice(this.#prefix.length);
      if (key.startsWith(this.#prefix) && isObjectName(name)) names.add(name);
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
  async #tellQueue(lease: Lease, outcomes: readonly Outcome[], reason = "no reason is known"): Promise<void> {
    const { isHeldUp = () => false, queue } = this.#options;
    // Not under the watch's signal: what is done is told to the queue, even when the watch is being stopped.
    const { signal } = this.#closed;
    try {
      if (outcomes.includes("failed")) {
        // While all fail, whatever they are, a try says nothing of an object.
        if (queue.fail !== undefined && isHeldUp()) await lease.abandon(signal);
        else await lease.fail(reason, signal);
      } else if (outcomes.includes("left")) await lease.abandon(signal);
      else await lease.complete(signal);
    } catch (error) {
      this.#options.onTrouble(`${messageOf(error)}; it comes again`);
    }
  }
}

type End = (outcome: Outcome, reason?: string) => void;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
