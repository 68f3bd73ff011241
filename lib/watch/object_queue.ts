/** An object that is there to be read, as an event tells of it. What else the event knew may be absent. */
export interface ObjectEvent {
  readonly bucket: string;
  /** The whole key, decoded. */
  readonly key: string;
  readonly bytes?: number;
  /** Without quotes. */
  readonly etag?: string;
  /** Where the bucket keeps versions. */
  readonly versionId?: string;
  /** What S3 orders the events of one key by. */
  readonly sequencer?: string;
}

/** A message that this process has claimed, by one delivery of it. */
export interface QueuedMessage {
  /** The queue's name for the message, the same each time that it is delivered. */
  readonly id: string;
  /** How many times it has been delivered, this time included: from 1. */
  readonly receives: number;
  /** Names this delivery to the queue; means nothing to others. */
  readonly receipt: string;
  /**
   * What the message is about: none, one or several objects, in its order; one may stand there twice.
   *
   * @throws {Error} It cannot be understood. Whoever claimed it neither completes nor abandons it: it comes again
   * when its time is over, and the queue's own policy sets it aside when that has happened too often.
   */
  objects(): readonly ObjectEvent[];
}

/**
 * A queue of messages about objects. A message is claimed, and hidden from others then for `visibilitySeconds`; it
 * is renewed while it is worked on, and completed when the work is done, or abandoned. One that is neither is
 * delivered again, to anybody, and one may be delivered twice although it was completed: the work must bear that.
 * Messages come in no order.
 */
export interface ObjectQueue {
  /** Where it is, for people. Without secrets. */
  readonly url: string;
  /** How long a claim or a renewal lasts, in seconds. */
  readonly visibilitySeconds: number;

  /**
   * Claims messages: waits until there is at least one, but not for ever, and resolves to none when none came. No
   * more than `maxMessages`, which is 1 or more; the queue may have a lower cap of its own.
   *
   * @throws {Error} The queue cannot be read, tried several times where that may help.
   * @throws The signal's reason, at once when it is aborted. What was claimed just then comes again when its time is
   * over.
   */
  claim(maxMessages: number, signal: AbortSignal): Promise<readonly QueuedMessage[]>;

  /**
   * Hides a claimed message for `visibilitySeconds` from now on.
   *
   * @throws {MessageLostError} The claim is over, and cannot be had back.
   * @throws {Error} It could not be done; it may be tried again.
   * @throws The signal's reason, at once when it is aborted.
   */
  renew(message: QueuedMessage, signal: AbortSignal): Promise<void>;

  /**
   * Removes a claimed message. A queue need not notice that the claim was over: the message comes again then.
   *
   * @throws {MessageLostError} The claim is over, and cannot be had back.
   * @throws {Error} It could not be done; it may be tried again.
   * @throws The signal's reason, at once when it is aborted.
   */
  complete(message: QueuedMessage, signal: AbortSignal): Promise<void>;

  /** Hands a claimed message back, for anybody to claim at once. Never rejects: else it comes back with time. */
  abandon(message: QueuedMessage, signal: AbortSignal): Promise<void>;

  /**
   * Hands a claimed message back as failed: it comes again later, or is set aside with the reason where that has happened
   * too often. A queue without it has a policy of its own: messages are left there until their time is over.
   *
   * @throws As {@linkcode complete}.
   */
  fail?(message: QueuedMessage, reason: string, signal: AbortSignal): Promise<void>;

  /**
   * Looks whether the queue is there, and says, for people, how it stands. Claims nothing.
   *
   * @throws {Error} It is not there, or does not let itself be looked at.
   */
  check(signal: AbortSignal): Promise<string>;

  /** Nothing may be under way any more. */
  close(): Promise<void>;
}

/** A message is this process's no more: its time was over, or it is gone. */
export class MessageLostError extends Error {
  override readonly name = "MessageLostError";
}
