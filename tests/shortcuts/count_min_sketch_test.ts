import { assert, assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert/mod.js";
import fc from "fast-check";
import { CountMinSketch, maxSketchCount } from "../../lib/shortcuts/count_min_sketch.ts";
import { numRuns } from "../property_runs.ts";

Deno.test("CountMinSketch.add() returns the new count, and estimate() the present one", () => {
  const sketch = new CountMinSketch(65_536);
  assertEquals([sketch.estimate("a"), sketch.add("a", 1), sketch.add("a", 2), sketch.estimate("a")], [
    0,
    1,
    3,
    3,
  ]);
  assertEquals(sketch.estimate("b"), 0);
});

Deno.test("CountMinSketch.add() counts up to maxSketchCount", () => {
  const sketch = new CountMinSketch(65_536);
  assertEquals([sketch.add("a", 1_000), sketch.add("a", 1)], [maxSketchCount, maxSketchCount]);
});

Deno.test("CountMinSketch.estimate() of any texts in any size is never too low", () => {
  const added = fc.array(fc.tuple(fc.string({ maxLength: 3 }), fc.integer({ min: 1, max: 9 })), {
    maxLength: 80,
  });
  fc.assert(
    fc.property(added, fc.constantFrom(1, 64, 256, 4_096), (added, bytes) => {
      const sketch = new CountMinSketch(bytes), counts = new Map<string, number>();
      for (const [text, times] of added) {
        sketch.add(text, times);
        counts.set(text, (counts.get(text) ?? 0) + times);
      }
      for (const [text, count] of counts) {
        assertGreaterOrEqual(sketch.estimate(text), Math.min(count, maxSketchCount));
      }
    }),
    { numRuns },
  );
});

Deno.test("CountMinSketch.estimate() is seldom too high as long as there are fewer texts than a row has counters", () => {
  const sketch = new CountMinSketch(4 * 65_536);
  const texts = Array.from({ length: 16_384 }, (_, i) => `12:Company ${i % 97}Title ${i}`);
  for (const text of texts) sketch.add(text, 1);
  const wrong = texts.filter((text) => sketch.estimate(text) !== 1).length;
  // A quarter of the counters are in use: (1 − e^(−¼))⁴ is 0.24 %, of which half is an upper bound on average.
  assertLess(wrong / texts.length, 0.004);
});

Deno.test("CountMinSketch.bytes is the largest power of two up to what was wanted, 64 at least", () => {
  assertEquals([0, 64, 100, 65_536, 131_071].map((bytes) => new CountMinSketch(bytes).bytes), [
    64,
    64,
    64,
    65_536,
    65_536,
  ]);
});

Deno.test("CountMinSketch.from() takes what toBytes() gave, and nothing else", () => {
  const sketch = new CountMinSketch(1_024);
  sketch.add("a", 7);
  const stored = sketch.toBytes();
  assertEquals(CountMinSketch.from(stored, 1_024)?.estimate("a"), 7);
  assertEquals(CountMinSketch.from(stored, 2_048), undefined);
  assertEquals(CountMinSketch.from(stored.slice(1), 1_024), undefined);
  for (const at of [0, 7, 11, 15]) {
    const other = stored.slice();
    other[at]! ^= 1;
    assertEquals(CountMinSketch.from(other, 1_024), undefined, `byte ${at}`);
  }
  assert(CountMinSketch.from(sketch.toBytes(), 1_500) !== undefined, "1,500 bytes make the same sketch");
});
