import type { ClaimedBatch } from "../../answers/claim.ts";
import type { Interest } from "../../answers/interest.ts";
import type { Batch } from "../batch.ts";

/** Lets each batch out when all its questions are answered, in the order in which they came in. */
export class InferStream extends TransformStream<ClaimedBatch, Batch> {
  constructor(interest: Interest) {
    super({
      async transform(claimed, controller) {
        await claimed.settled;
        interest.release(claimed);
        controller.enqueue(claimed.batch);
      },
    });
  }
}
