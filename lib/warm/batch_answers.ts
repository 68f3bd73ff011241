import type { Batch } from "../records/batch.ts";
import { levelRange } from "../seniority/level_range.ts";

/** What a record of an output says. */
export interface RecordAnswer {
  readonly key: string;
  /** `undefined` where the output field is missing, or holds no level. */
  readonly answer: number | undefined;
}

const decoder = new TextDecoder();

/** The answers that a batch's records have already, in their order, whether they are JSON or rows of CSV. */
export function* batchAnswers(batch: Batch, outputField: string): Generator<RecordAnswer> {
  const { csv, ends, keyOf, keys, text } = batch;
  for (let i = 0, start = 0; i < ends.length; start = ends[i]! + 1, i++) {
    let value: unknown;
    if (csv === undefined) {
      value = JSON.parse(decoder.decode(text.subarray(start, ends[i])))[outputField];
    } else if (csv.replaced !== undefined) {
      const { count, ends, starts } = csv.replaced;
      const last = (i + 1) * count - 1;
      const field = decoder.decode(text.subarray(starts[last], ends[last]));
      value = /^(?:\d+|"\d+")$/.test(field) ? Number(field.replaceAll('"', "")) : undefined;
    }
    yield { key: keys[keyOf[i]!]!, answer: isLevel(value) ? value : undefined };
  }
}

function isLevel(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= levelRange.min &&
    (value as number) <= levelRange.max;
}
