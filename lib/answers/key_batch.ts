import type { Batch } from "../records/batch.ts";

/** A batch of distinct keys that belong to no records. */
export function keyBatch(keys: readonly string[]): Batch {
  return {
    text: new Uint8Array(0),
    ends: new Uint32Array(0),
    lineNumbers: new Uint32Array(0),
    keyOf: [],
    keys: [...keys],
    answers: new Array(keys.length).fill(undefined),
    rejects: [],
    bytes: keys.reduce((sum, key) => sum + key.length, 0),
  };
}
