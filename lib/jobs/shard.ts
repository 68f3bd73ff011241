import * as v from "valibot";

/** One of equal shares of all objects. */
export interface Shard {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

const maxShards = 10_000;
const message = `must be INDEX/COUNT, as 0/16 to 15/16, with at most ${maxShards} shares`;

/** Which share of the objects is taken. */
export const shardSetting = {
  help:
    "Process only this share of the objects, by a hash of the name: 0/16 to 15/16; in an indexed Kubernetes Job " +
    "$(JOB_COMPLETION_INDEX)/16",
  placeholder: "INDEX/COUNT",
  json: { type: "string", pattern: "^\\d{1,5}/\\d{1,5}$", examples: ["0/16"] },
  schema: v.pipe(
    v.string(message),
    v.regex(/^\d{1,5}\/\d{1,5}$/, message),
    v.transform((text): Shard => {
      const [index = 0, count = 0] = text.split("/").map(Number);
      return { index, count };
    }),
    v.check(({ index, count }) => index < count && count <= maxShards, message),
  ),
};

const encoder = new TextEncoder();

/**
 * Whether an object is of a share: by its name alone, the same on every machine, always. Each of `count` shares
 * gets about as many objects as the others.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { isOfShard } from "./shard.ts";
 *
 * const takers = [0, 1, 2].filter((index) => isOfShard("1721183934.jsonl", { index, count: 3 }));
 * assertEquals(takers.length, 1);
 * ```
 */
export function isOfShard(name: string, { index, count }: Shard): boolean {
  // FNV-1a, and the end of MurmurHash3: names that differ in their last digits only are spread too.
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return ((hash ^ hash >>> 16) >>> 0) % count === index;
}
