import type { ClaimedBatch } from "../../answers/claim.ts";
import type { Interest } from "../../answers/interest.ts";
import type { Batch } from "../batch.ts";

/**
 * Claims each batch's keys, and looks up in the cache, in one round trip, those that nobody in this process holds.
 * Does not wait for what it looks up: how many batches are in flight is bounded by the process's budget.
 */
export class LookupStream extends TransformStream<Batch, ClaimedBatch> {
  constructor(interest: Interest) {
    super(
      {
        async transform(batch, controller) {
          controller.enqueue(await interest.claim(batch));
        },
        flush: () => interest.end(),
        // A stage before or behind has failed. Batches wait here and at the infer stage: they must not wait any longer.
        cancel: (reason) => interest.close(reason),
      },
      undefined,
      { highWaterMark: Infinity },
    );
  }
}
