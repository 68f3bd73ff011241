import { assertEquals, assertLess, assertNotEquals } from "@std/assert/mod.js";
import { hashText } from "../../lib/shortcuts/hash_text.ts";

Deno.test("hashText() gives the numbers that it always gave", () => {
  // Written down: counts that are kept between runs are found by them.
  assertEquals([hashText("", 0), hashText("4:Acmea", 1), hashText("ü👔", 2)], [0, 3953544764, 530794298]);
});

Deno.test("hashText() depends on the seed and on each unit", () => {
  assertNotEquals(hashText("ab", 0), hashText("ab", 1));
  assertNotEquals(hashText("ab", 0), hashText("ba", 0));
  assertNotEquals(hashText("a", 0), hashText("a\0", 0));
});

Deno.test("hashText() spreads texts that differ in little", () => {
  const buckets = new Uint32Array(64);
  for (let i = 0; i < 64_000; i++) buckets[hashText(`Title ${i}`, 0) % 64]!++;
  for (const count of buckets) assertLess(Math.abs(count - 1_000), 200);
});
