import type { BoundedCache } from "./policy.ts";

/** Questions of a trace that a cache leaves to the model: what is asked is put in. */
export function questionsAsked(keys: Uint32Array, cache: BoundedCache): number {
  let asked = 0;
  for (const key of keys) {
    if (cache.has(key)) continue;
    cache.add(key);
    asked++;
  }
  return asked;
}
