import { assert, assertEquals, assertThrows } from "@std/assert/mod.js";
import * as v from "valibot";
import { skipReasonOf } from "../../lib/jobs/plan.ts";
import { isOfShard, shardSetting } from "../../lib/jobs/shard.ts";

const minutes = Array.from({ length: 10_000 }, (_, i) => `${1_700_000_000 + i * 60}.jsonl.gz`);

Deno.test("isOfShard() puts each object in exactly one share, and the shares are about equal", () => {
  for (const count of [1, 2, 3, 16]) {
    const sizes = Array.from(
      { length: count },
      (_, index) => minutes.filter((name) => isOfShard(name, { index, count })).length,
    );
    assertEquals(sizes.reduce((a, b) => a + b), minutes.length);
    const mean = minutes.length / count;
    for (const size of sizes) assert(Math.abs(size - mean) < 5 * Math.sqrt(mean), `${sizes}`);
  }
});

Deno.test("isOfShard() never changes", () => {
  const shares = ["a.jsonl", "1700000000.jsonl", "2024/07/17/été.csv"].map((name) =>
    Array.from({ length: 16 }, (_, index) => index).find((index) => isOfShard(name, { index, count: 16 }))
  );
  assertEquals(shares, [2, 15, 1]);
});

Deno.test("shardSetting takes shares that there are", () => {
  assertEquals(v.parse(shardSetting.schema, "3/16"), { index: 3, count: 16 });
  assertEquals(v.parse(shardSetting.schema, "0/1"), { index: 0, count: 1 });
  for (const text of ["16/16", "0/0", "-1/4", "1", "1/2/3", "0/10001", "x/2", 3]) {
    assertThrows(() => v.parse(shardSetting.schema, text), Error, "must be INDEX/COUNT");
  }
});

Deno.test("skipReasonOf() takes the objects of one share", () => {
  const objects = minutes.slice(0, 100).map((name) => ({ name, bytes: 1, etag: "e", modifiedMs: 0 }));
  const shares = [0, 1, 2].map((index) => {
    const skipReason = skipReasonOf({ shard: { index, count: 3 } });
    return objects.filter((object) => skipReason(object) === undefined);
  });
  assertEquals(shares.flat().map(({ name }) => name).toSorted(), objects.map(({ name }) => name));
  assert(shares.every((share) => share.length > 20));
});
