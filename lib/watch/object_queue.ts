import { SluiceError } from "../errors/sluice_error.ts";
import type { Source } from "../sources/source.ts";

/** The source whose objects a queue's messages are about. */
export type QueueSource = Pick<Source, "url" | "abilities">;

/** One delivery of a message, which this process has claimed. */
export interface QueuedMessage {
  /** The queue's name for the message, the same for each delivery. */
  readonly id: string;
  /** How often it has been delivered, this time included: from 1. */
  readonly receives: number;
  /** Names this delivery to the queue; opaque to all others. */
  readonly receipt: string;
  /**
   * Names of the source's objects that the message is about, in its order; a name may occur twice. Objects outside the
   * source's prefix are left out.
   *
   * @throws {SluiceError} The message cannot be understood, or is about another source. It is then neither completed nor
   * abandoned: it is delivered again when its claim ends, until the queue's own policy sets it aside.
   */
  names(source: QueueSource): readonly string[];
}

/**
 * A queue of messages about objects. A claimed message is hidden from others for `visibilitySeconds`; the claim is
 * renewed while the message is worked on, and the message is then completed or abandoned. If neither happens, it is
 * delivered again, to any process. A message may be delivered twice even if it was completed, so the work must be
 * idempotent. Messages come in no particular order.
 */
export interface ObjectQueue {
  /** The queue's address for display, without secrets. */
  readonly url: string;
  /** How long a claim or a renewal lasts, in seconds. */
  readonly visibilitySeconds: number;

  /**
   * Makes sure that messages can be about the source's objects; by default they can.
   *
   * @throws {SluiceError} `settings`: they cannot.
   */
  verifySource?(source: QueueSource): void;

  /**
   * Claims messages: waits for at least one for a limited time, and resolves to none if none came. At most
   * `maxMessages`, which is 1 or more; the queue may have a lower cap of its own.
   *
   * @throws {Error} The queue cannot be read, after several attempts where that may help.
   * @throws The signal's reason, at once when it is aborted. A message claimed at that moment is delivered again when its
   * claim ends.
   */
  claim(maxMessages: number, signal: AbortSignal): Promise<readonly QueuedMessage[]>;

  /**
   * Hides a claimed message for `visibilitySeconds` from now on.
   *
   * @throws {MessageLostError} The claim has ended for good.
   * @throws {Error} It failed; it may be retried.
   * @throws The signal's reason, at once when it is aborted.
   */
  renew(message: QueuedMessage, signal: AbortSignal): Promise<void>;

  /**
   * Removes a claimed message. A queue need not notice that the claim had ended: the message is then delivered again.
   *
   * @throws {MessageLostError} The claim has ended for good.
   * @throws {Error} It failed; it may be retried.
   * @throws The signal's reason, at once when it is aborted.
   */
  complete(message: QueuedMessage, signal: AbortSignal): Promise<void>;

  /** Hands a claimed message back, so that it can be claimed at once. Never rejects: at worst the claim expires. */
  abandon(message: QueuedMessage, signal: AbortSignal): Promise<void>;

  /**
   * Hands a claimed message back as failed: it is delivered again later, or set aside with the reason if it has failed too
   * often. A queue without this method has a policy of its own: the message is left until its claim expires.
   *
   * @throws As {@linkcode complete}.
   */
  fail?(message: QueuedMessage, reason: string, signal: AbortSignal): Promise<void>;

  /**
   * Checks that the queue can be reached, and describes its state as text. Claims nothing.
   *
   * @throws {Error} It does not exist, or cannot be read.
   */
  check(signal: AbortSignal): Promise<string>;

  /** Call it when nothing is in flight any more. */
  close(): Promise<void>;
}

/** This process no longer holds a message: its claim has expired, or the message is gone. */
export class MessageLostError extends SluiceError {
  override readonly name = "MessageLostError";

  /**
   * @param action What was to be done with it: `keep`.
   * @param subject Which message: `message 1 of sqs://…`.
   */
  constructor(action: string, subject: string, cause?: unknown) {
    const reason = "it is no longer claimed by this process: the claim has expired, or the message is gone";
    super({ kind: "queue", action, subject, reason, cause });
  }
}
