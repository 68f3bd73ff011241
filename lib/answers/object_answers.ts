import type { Span } from "@opentelemetry/api";
import type { Batch } from "../records/batch.ts";
import { startBatchSpan } from "../telemetry/tracing.ts";
import type { Answers } from "./answers.ts";
import { ClaimedBatch } from "./claim.ts";
import type { KeyCounts } from "./key_counts.ts";
import type { ObjectSlot } from "./in_flight_budget.ts";

/** Batches of one object that wait for the cache or for the stages behind, none of them for the model. */
const maxQuicklyAnsweredBatches = 4;

/** One object's interest in answers. The questions belong to the process: dropping the interest drops only the wait. */
export class ObjectAnswers {
  readonly counts: KeyCounts = { seen: 0, local: 0, hits: 0, asked: 0 };
  readonly slot: ObjectSlot;
  /** The object's, or the request's; the batches' spans are its children. */
  span: Span | undefined;
  readonly #answers: Answers;
  /** Whether the object's records were counted before. */
  readonly #isAgain: boolean;
  readonly #batches: ClaimedBatch[] = [];
  readonly #closed = new AbortController();
  /** Somebody waits until `#mayGoAhead`. */
  #holdUp: PromiseWithResolvers<void> | undefined;

  /** @param options `isAgain`: the object is begun anew. */
  constructor(answers: Answers, slot: ObjectSlot, { isAgain = false }: { readonly isAgain?: boolean } = {}) {
    this.#answers = answers;
    this.#isAgain = isAgain;
    this.slot = slot;
  }

  /** Aborted with the reason when the interest is closed: a stage has failed, or all is done. */
  get signal(): AbortSignal {
    return this.#closed.signal;
  }

  /** Whether the batch that must leave first waits for a question that has not been sent. */
  get isStuck(): boolean {
    return this.#batches.length > 0 && this.#batches[0]!.unsent > 0;
  }

  /**
   * Waits for room; then claims the batch's keys at once, and begins to look up those that nobody holds. Goes ahead
   * of the stages behind only while it waits for the model: nothing else has to gather.
   */
  async claim(batch: Batch): Promise<ClaimedBatch> {
    while (!this.signal.aborted && !this.#mayGoAhead()) {
      this.#holdUp ??= Promise.withResolvers();
      await this.#holdUp.promise;
    }
    this.signal.throwIfAborted();
    await this.slot.admit(batch.bytes);
    this.signal.throwIfAborted();
    const span = startBatchSpan(this.span, { records: batch.ends.length, keys: batch.keys.length });
    if (this.#answers.tellsOrigins) batch.origins = new Array(batch.keys.length).fill(undefined);
    const claimed = new ClaimedBatch(batch, span, () => this.#goOn(), this.#isAgain);
    this.#batches.push(claimed);
    this.#answers.claim(claimed, this);
    return claimed;
  }

  /**
   * Says that the oldest batch goes on to the next stage.
   *
   * @throws The error that `close` was called with: the batch's room was given back then.
   */
  release(claimed: ClaimedBatch): void {
    this.signal.throwIfAborted();
    if (this.#batches[0] !== claimed) throw new Error("Cannot release a batch: it is not the oldest");
    this.#batches.shift();
    this.slot.release(claimed.batch.bytes);
    this.#goOn();
  }

  /** Says that no more batches will come. */
  end(): void {
    this.slot.end();
  }

  /** Drops what is left of the interest: whatever waits throws the reason. The first call counts. */
  close(reason: unknown): void {
    if (this.signal.aborted) return;
    this.#closed.abort(reason);
    this.#goOn();
    for (const claimed of this.#batches) {
      claimed.dropped = true;
      claimed.fail(reason);
    }
    this.#answers.drop(this);
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
