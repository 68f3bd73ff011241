import { assert, assertEquals, assertThrows } from "@std/assert/mod.js";
import { SluiceError } from "../../lib/errors/sluice_error.ts";
import fc from "fast-check";
import { DistinctKeys } from "../../lib/estimate/distinct_keys.ts";
import { numRuns } from "../property_runs.ts";

Deno.test("DistinctKeys() counts what a set counts, up to its cap", () => {
  const key = fc.oneof(fc.nat(40).map(String), fc.string());
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.boolean()), { maxLength: 200 }), (steps) => {
      const keys = new DistinctKeys();
      const seen = new Set<string>(), known = new Set<string>();
      for (const [key, isKnown] of steps) {
        assertEquals(keys.add(key), !seen.has(key));
        seen.add(key);
        if (!isKnown) continue;
        keys.setKnown(key, 3);
        known.add(key);
      }
      assertEquals([keys.distinct, keys.known, keys.relativeError], [seen.size, known.size, 0]);
    }),
    { numRuns },
  );
});

Deno.test("DistinctKeys() grows, and keeps what it has", () => {
  const keys = new DistinctKeys();
  for (let i = 0; i < 20_000; i++) {
    assert(keys.add(`${i}`));
    if (i % 4 === 0) keys.setKnown(`${i}`, i % 7);
  }
  for (let i = 0; i < 20_000; i++) assertEquals(keys.add(`${i}`), false);
  for (let i = 0; i < 20_000; i += 4) assertEquals(keys.answer(`${i}`), i % 7);
  assertEquals([keys.distinct, keys.known, keys.relativeError], [20_000, 5_000, 0]);
});

Deno.test("DistinctKeys() estimates past its cap, within its error, and takes no key in twice", () => {
  const keys = new DistinctKeys({ maxKeys: 2_000 });
  const kept = new Set<string>();
  for (let i = 0; i < 120_000; i++) {
    const key = `${i % 60_000}`;
    const isNew = keys.add(key);
    assert(!(isNew && kept.has(key)), key);
    assert(isNew !== undefined || keys.relativeError > 0, key);
    if (isNew) kept.add(key);
    if (isNew && i % 3 === 0) keys.setKnown(key, 1);
  }
  assert(keys.relativeError > 0.02 && keys.relativeError < 0.04, `${keys.relativeError}`);
  const off = Math.abs(keys.distinct - 60_000) / 60_000;
  assert(off > 0 && off < 3 * keys.relativeError, `${keys.distinct}`);
  assert(Math.abs(keys.known / keys.distinct - 1 / 3) < 0.05, `${keys.known} of ${keys.distinct}`);
});

Deno.test("DistinctKeys() ignores counts of keys that it does not have", () => {
  const keys = new DistinctKeys();
  keys.setKnown("a", 1);
  keys.setLikely("a", 1);
  keys.add("b");
  keys.setKnown("b", 2);
  keys.setKnown("b", 2);
  assertEquals([keys.distinct, keys.known, keys.answer("a"), keys.answer("b")], [1, 1, undefined, 2]);
});

Deno.test("DistinctKeys() keeps the first likely answer, until one is known", () => {
  const keys = new DistinctKeys();
  keys.add("a");
  assertEquals(keys.answer("a"), undefined);
  keys.setLikely("a", 0);
  keys.setLikely("a", 5);
  assertEquals([keys.answer("a"), keys.known], [0, 0]);
  keys.setKnown("a", 125);
  keys.setLikely("a", 5);
  assertEquals([keys.answer("a"), keys.known], [125, 1]);
});

Deno.test("DistinctKeys() refuses a cap below 1", () => {
  assertThrows(
    () => new DistinctKeys({ maxKeys: 0 }),
    SluiceError,
    "Cannot count keys: maxKeys is 0, not 1 or more",
  );
});
