import type { Span } from "@opentelemetry/api";
import { SluiceError } from "../errors/sluice_error.ts";
import type { Batch } from "../records/batch.ts";
import { startBatchSpan } from "../telemetry/tracing.ts";
import { ClaimedBatch } from "./claim.ts";
import type { KeyCounts } from "./key_counts.ts";
import type { ObjectSlot } from "./in_flight_budget.ts";

export interface ObjectAnswersOptions {
  readonly slot: ObjectSlot;
  /** Whether batches note where their answers came from. */
  readonly keepsOrigins: boolean;
  /** Whether the object's records were counted before: it was restarted. */
  readonly isAgain: boolean;
  /** Called with each batch in flight: fills it, now or later. */
  readonly onClaim: (claimed: ClaimedBatch, objectAnswers: ObjectAnswers) => void;
  /** Called once, when the object needs no more answers. */
  readonly onClose: (objectAnswers: ObjectAnswers) => void;
}

/** Batches of one object that wait for the cache or for the stages behind, none of them for the model. */
const maxQuicklyAnsweredBatches = 4;

/** The answers that one object needs. Closing it ends only the waits: the questions belong to the process. */
export class ObjectAnswers {
  readonly counts: KeyCounts = { seen: 0, local: 0, hits: 0, asked: 0 };
  readonly slot: ObjectSlot;
  /** The object's, or the request's; the batches' spans are its children. */
  span: Span | undefined;
  readonly #options: ObjectAnswersOptions;
  readonly #batches: ClaimedBatch[] = [];
  readonly #closed = new AbortController();
  /** Present while a batch waits until `#mayGoAhead`. */
  #holdUp: PromiseWithResolvers<void> | undefined;

  constructor(options: ObjectAnswersOptions) {
    this.#options = options;
    this.slot = options.slot;
  }

  /** Aborted with the reason of `close`: a stage has failed, or all is done. */
  get signal(): AbortSignal {
    return this.#closed.signal;
  }

  /** Whether the batch that must leave first waits for a question that has not been sent. */
  get isStuck(): boolean {
    return this.#batches.length > 0 && this.#batches[0]!.unsent > 0;
  }

  /**
   * Waits for room; then claims the batch's keys at once, and begins to look up those that are not claimed yet. Gets
   * ahead of the stages behind only while it waits for the model: nothing else has to gather.
   *
   * @throws The reason of `close`.
   */
  async claim(batch: Batch): Promise<ClaimedBatch> {
    while (!this.signal.aborted && !this.#mayGoAhead()) {
      this.#holdUp ??= Promise.withResolvers();
      await this.#holdUp.promise;
    }
    this.signal.throwIfAborted();
    await this.slot.admit(batch.bytes);
    this.signal.throwIfAborted();
    const { isAgain, onClaim, keepsOrigins } = this.#options;
    const span = startBatchSpan(this.span, { records: batch.ends.length, keys: batch.keys.length });
    if (keepsOrigins) batch.origins = new Array(batch.keys.length).fill(undefined);
    const claimed = new ClaimedBatch(batch, span, () => this.#goOn(), isAgain);
    this.#batches.push(claimed);
    onClaim(claimed, this);
    return claimed;
  }

  /**
   * Says that the oldest batch has moved to the next stage.
   *
   * @throws The reason of `close`: the batch's room was given back then.
   */
  release(claimed: ClaimedBatch): void {
    this.signal.throwIfAborted();
    if (this.#batches[0] !== claimed) {
      throw new SluiceError({
        kind: "internal",
        action: "release",
        subject: "a batch",
        reason: "it is not the oldest",
      });
    }
    this.#batches.shift();
    this.slot.release(claimed.batch.bytes);
    this.#goOn();
  }

  /** Says that no more batches will come. */
  end(): void {
    this.slot.end();
  }

  /** Ends all waits: they throw the reason. Later calls do nothing. */
  close(reason: unknown): void {
    if (this.signal.aborted) return;
    this.#closed.abort(reason);
    this.#goOn();
    for (const claimed of this.#batches) {
      claimed.dropped = true;
      claimed.fail(reason);
    }
    this.#options.onClose(this);
    this.slot.close(reason);
  }

  #mayGoAhead(): boolean {
    return this.#batches.length < maxQuicklyAnsweredBatches ||
      this.#batches.some(({ unanswered, hasQuestions }) => unanswered > 0 && hasQuestions);
  }

  #goOn(): void {
    this.#holdUp?.resolve();
    this.#holdUp = undefined;
  }
}
