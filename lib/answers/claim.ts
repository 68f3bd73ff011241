import type { Span } from "@opentelemetry/api";
import type { Answer, Batch, Origin, ShortcutOrigin } from "../records/batch.ts";
import { failSpan, keyAttributes } from "../telemetry/tracing.ts";
import type { KeyCounts } from "./key_counts.ts";

/** A batch between the lookup stage and the infer stage. */
export class ClaimedBatch {
  readonly batch: Batch;
  /** Keys of the batch that wait for an answer. */
  unanswered = 0;
  /** Keys of the batch whose question waits in the queue, or with another process. */
  unsent = 0;
  /** No object waits for this batch any more. */
  dropped = false;
  /** Whether a question to the model is among what the batch waits for, or was. */
  hasQuestions = false;
  /** Where the answers to the batch's own keys came from. */
  readonly counts: KeyCounts = { seen: 0, local: 0, hits: 0, asked: 0 };
  readonly span: Span;
  #isOver = false;
  readonly #settled = Promise.withResolvers<void>();

  readonly #onQuestion: () => void;
  /** Whether the batch's records were counted before: its object was restarted. */
  readonly isAgain: boolean;
  /** How many records have which key. */
  #records: Uint32Array | undefined;

  /**
   * @param span Ended with the batch's last answer.
   * @param onQuestion Called when it turns out that the batch waits for the model.
   */
  constructor(batch: Batch, span: Span, onQuestion: () => void, isAgain: boolean) {
    this.batch = batch;
    this.span = span;
    this.isAgain = isAgain;
    this.#onQuestion = onQuestion;
    this.#settled.promise.catch(() => {}); // the infer stage sees it when the batch's turn comes
  }

  /** Resolves when all the batch's slots are filled; rejects when one of them cannot be. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** How many records have the key, 1 at least. Counts all keys' when first called. */
  recordsOf(slot: number): number {
    if (this.#records === undefined) {
      const { keyOf, keys } = this.batch;
      this.#records = new Uint32Array(keys.length);
      for (let i = 0; i < keyOf.length; i++) this.#records[keyOf[i]!]!++;
    }
    return Math.max(1, this.#records[slot]!);
  }

  /** Says that a key of the batch is a question to the model. */
  noteQuestion(): void {
    if (this.hasQuestions) return;
    this.hasQuestions = true;
    this.#onQuestion();
  }

  fill(slot: number, answer: Answer, origin: Origin): void {
    this.batch.answers[slot] = answer;
    if (this.batch.origins !== undefined) this.batch.origins[slot] = origin;
    this.unanswered--;
    this.settleIfWhole();
  }

  settleIfWhole(): void {
    if (this.unanswered > 0) return;
    this.#settled.resolve();
    this.#endSpan();
  }

  fail(error: unknown): void {
    if (!this.#isOver) failSpan(this.span, error);
    this.#settled.reject(error);
    this.#endSpan();
  }

  #endSpan(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.span.setAttributes(keyAttributes(this.counts)).end();
  }
}

/** A claim that waits for another one's answer. */
export interface Follower {
  readonly claim: Claim;
  /** What it is counted in. */
  readonly counted: readonly KeyCounts[];
  /** The shortcut by which it follows. */
  readonly origin: ShortcutOrigin;
}

/**
 * A key that this process is getting the answer of: from before the cache is read until the answer is in memory and the
 * write to the cache is acknowledged or has failed. All batches that need the same key in this time wait for one claim.
 */
export class Claim {
  readonly key: string;
  /**
   * `reading` the cache; `elsewhere` if another process holds the key; `queued` for a call, `asked` in a call, or
   * `answered` with the write to the cache in flight.
   */
  state: "reading" | "elsewhere" | "queued" | "asked" | "answered" = "reading";
  answer: Answer | undefined;
  /** How many calls the question has been in that did not answer it. */
  faults = 0;
  /** Size of the question in a call; set when it joins the queue. */
  bytes = 0;
  /** When it joined the queue, by `performance.now()`. */
  queuedMs = 0;
  /** Claims that share the answer; absent while there are no such claims. */
  #followers: Follower[] | undefined;
  readonly #waiters: { readonly batch: ClaimedBatch; readonly slot: number }[] = [];

  constructor(key: string) {
    this.key = key;
  }

  wait(batch: ClaimedBatch, slot: number): void {
    this.#waiters.push({ batch, slot });
    batch.unanswered++;
    if (this.#isUnsent) batch.unsent++;
    if (this.state !== "reading") batch.noteQuestion();
  }

  /** The batches that wait for the answer. */
  get batches(): readonly ClaimedBatch[] {
    return this.#waiters.map(({ batch }) => batch);
  }

  /** How many records wait for the answer, and how many of these were counted before. */
  get records(): { all: number; again: number } {
    let all = 0, again = 0;
    for (const { batch, slot } of this.#waiters) {
      const records = batch.recordsOf(slot);
      all += records;
      if (batch.isAgain) again += records;
    }
    return { all, again };
  }

  /** Whether any batch still waits for the answer. */
  get isWanted(): boolean {
    return this.#waiters.some(({ batch }) => !batch.dropped) ||
      this.#followers?.some(({ claim }) => claim.isWanted) === true;
  }

  /** Makes another claim wait for this one's answer, as if it had the same question. */
  lead(follower: Follower): void {
    (this.#followers ??= []).push(follower);
    const { claim } = follower;
    if (this.state === "queued") claim.queue(this.queuedMs);
    else claim.#ask();
  }

  /** Removes and returns the claims that wait for this one's answer. */
  takeFollowers(): readonly Follower[] {
    const followers = this.#followers ?? [];
    this.#followers = undefined;
    return followers;
  }

  /** Ends the wait for another claim's answer. */
  stopFollowing(): void {
    if (this.state === "queued") this.send();
    this.state = "reading";
  }

  #ask(): void {
    this.state = "asked";
    for (const { batch } of this.#waiters) batch.noteQuestion();
  }

  /** Says that another process holds the key. */
  leave(): void {
    this.#enter("elsewhere");
  }

  queue(nowMs: number): void {
    this.queuedMs = nowMs;
    this.#enter("queued");
    this.#followers?.forEach(({ claim }) => claim.queue(nowMs));
  }

  send(): void {
    this.#enter("asked");
    this.#followers?.forEach(({ claim }) => claim.send());
  }

  settle(answer: Answer, origin: Origin): void {
    this.#enter("answered");
    this.answer = answer;
    for (const { batch, slot } of this.#waiters) batch.fill(slot, answer, origin);
    this.#waiters.length = 0;
  }

  fail(error: unknown): void {
    for (const { batch } of this.#waiters) batch.fail(error);
    this.#waiters.length = 0;
  }

  get #isUnsent(): boolean {
    return this.state === "queued" || this.state === "elsewhere";
  }

  #enter(state: Claim["state"]): void {
    const wasUnsent = this.#isUnsent;
    this.state = state;
    const isUnsent = this.#isUnsent;
    if (isUnsent === wasUnsent) return;
    for (const { batch } of this.#waiters) {
      batch.unsent += isUnsent ? 1 : -1;
      if (isUnsent) batch.noteQuestion();
    }
  }
}
