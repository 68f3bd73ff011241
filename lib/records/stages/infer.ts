import type { ClaimedBatch } from "../../answers/claim.ts";
import type { ObjectAnswers } from "../../answers/object_answers.ts";
import type { Batch } from "../batch.ts";

/** Lets each batch out when all its questions are answered, in the order in which they came in. */
export class InferStream extends TransformStream<ClaimedBatch, Batch> {
  constructor(objectAnswers: ObjectAnswers) {
    super({
      async transform(claimed, controller) {
        await claimed.settled;
        objectAnswers.release(claimed);
        controller.enqueue(claimed.batch);
      },
    });
  }
}
