import { assert } from "@std/assert/mod.js";
import { Answers, type AnswersOptions } from "../../../lib/answers/answers.ts";
import type { Batch } from "../../../lib/records/batch.ts";
import { MemoryCache } from "../../../lib/caches/memory.ts";
import { encodeKey } from "../../../lib/recipe/key.ts";
import type { Model } from "../../../lib/models/model.ts";

/** Answers for one object, as `maxCallQuestions` 100 and one call at a time have it. */
export function answersOf(model: Model, options: Partial<AnswersOptions> = {}) {
  return new Answers({
    cache: new MemoryCache(crypto.randomUUID()),
    model,
    callsPerSecond: Infinity,
    maxInFlightCalls: 1,
    maxCallQuestions: 100,
    maxCallBytes: 1_000_000,
    modelPatience: 0,
    maxRefusals: 100,
    maxInFlightBytes: 1_000_000,
    memoryCacheBytes: 1_000_000,
    objects: 1,
    maxOpenObjects: 1,
    maxQuestions: Infinity,
    onTrouble: (message) => assert(false, message),
    signal: new AbortController().signal,
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
