import type { ClaimedBatch } from "../../answers/claim.ts";
import type { ObjectAnswers } from "../../answers/object_answers.ts";
import type { Batch } from "../batch.ts";

/**
 * Claims each batch's keys, and looks up in the cache, in one round trip, those that nothing in this process holds.
 * Does not wait for what it looks up: how many batches are in flight is bounded by the process's budget.
 */
export class LookupStream extends TransformStream<Batch, ClaimedBatch> {
  constructor(objectAnswers: ObjectAnswers) {
    super(
      {
        async transform(batch, controller) {
          controller.enqueue(await objectAnswers.claim(batch));
        },
        flush: () => objectAnswers.end(),
        // A stage before or behind has failed. Batches wait here and at the infer stage: they must not wait any longer.
        cancel: (reason) => objectAnswers.close(reason),
      },
      undefined,
      { highWaterMark: Infinity },
    );
  }
}
