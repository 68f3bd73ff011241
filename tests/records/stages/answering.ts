import type { Answers } from "../../../lib/answers/answers.ts";
import type { Batch } from "../../../lib/records/batch.ts";
import { encodeKey } from "../../../lib/recipe/key.ts";
import type { Model } from "../../../lib/models/model.ts";
import { openTestAnswers, type TestAnswersOptions } from "../../fakes/answers.ts";

/** Answers for one object, as `maxCallQuestions` 100 and one call at a time have it. */
export function answersOf(model: Model, options: TestAnswersOptions = {}): Answers {
  return openTestAnswers({
    model,
    maxInFlightCalls: 1,
    maxCallQuestions: 100,
    objects: 1,
    maxOpenObjects: 1,
    ...options,
  });
}

/** A batch with a key for each title, of one byte. */
export function batchOf(...titles: string[]): Batch {
  const keys = titles.map((title) => encodeKey("Acme", title));
  const text = new Uint8Array(1), ends = new Uint32Array(0);
  return {
    text,
    ends,
    lineNumbers: ends,
    bytes: text.length,
    keyOf: [],
    keys,
    answers: keys.map(() => undefined),
    rejects: [],
  };
}
