import type { Batch } from "../records/batch.ts";
import type { Cache } from "../caches/cache.ts";
import { isLevel } from "../seniority/level_range.ts";
import type { StoredObject } from "../stores/store.ts";
import { LatestAnswers, type LatestAnswersOptions } from "./latest_answers.ts";

/** The answer in a record of an output. */
interface RecordAnswer {
  readonly key: string;
  /** Undefined if the output field is missing, or is not a level. */
  readonly answer: number | undefined;
}

const decoder = new TextDecoder();

/** The answers in a batch's records, in their order; the records are JSON or rows of CSV. */
function* batchAnswers(batch: Batch, outputField: string): Generator<RecordAnswer> {
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

/** The answers of earlier outputs, to be stored in a cache. */
export class OutputAnswers {
  /** Records without a level. */
  withoutLevel = 0;
  readonly latest: LatestAnswers;
  readonly #outputField: string;

  constructor({ outputField, ...options }: LatestAnswersOptions & { readonly outputField: string }) {
    this.#outputField = outputField;
    this.latest = new LatestAnswers(options);
  }

  /** @throws {SluiceError} `limit`: there are more pairs than `maxPairs`. */
  add(batch: Batch, object: StoredObject): void {
    for (const { answer, key } of batchAnswers(batch, this.#outputField)) {
      if (answer === undefined) this.withoutLevel++;
      else this.latest.add(key, answer, object);
    }
  }

  /** Writes the answers to a cache; keys that it has keep their answer there. */
  async store(cache: Pick<Cache, "get" | "set">, signal: AbortSignal): Promise<StoredAnswers> {
    const stored = { known: 0, knownOtherwise: 0, answered: 0 };
    for (const part of parts(this.latest.entries(), writtenEntries)) {
      const before = await cache.get(part.map(([key]) => key), signal);
      const missing = part.filter((_, i) => !isLevel(before[i]));
      stored.known += part.length - missing.length;
      stored.knownOtherwise += part.filter(([, answer], i) =>
        isLevel(before[i]) && before[i] !== answer
      ).length;
      await cache.set(missing, signal);
      stored.answered += missing.length;
    }
    return stored;
  }
}

/** What became of the pairs of an output. */
export interface StoredAnswers {
  /** In the cache already, and how many of them with another answer. */
  readonly known: number;
  readonly knownOtherwise: number;
  /** Written. */
  readonly answered: number;
}

/** Entries of one write. */
const writtenEntries = 1_000;

function* parts<T>(entries: Iterable<T>, size: number): Generator<T[]> {
  let part: T[] = [];
  for (const entry of entries) {
    if (part.push(entry) < size) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}
