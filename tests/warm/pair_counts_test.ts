import { assert, assertEquals } from "@std/assert/mod.js";
import fc from "fast-check";
import { PairCounts } from "../../lib/warm/pair_counts.ts";
import { numRuns } from "../property_runs.ts";

const stream = fc.array(fc.tuple(fc.nat(30).map(String), fc.integer({ min: 1, max: 5 })), { maxLength: 150 });

function countsOf(steps: readonly (readonly [string, number])[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [key, times] of steps) counts.set(key, (counts.get(key) ?? 0) + times);
  return counts;
}

Deno.test("PairCounts() puts the most frequent pairs first, equals as they came", () => {
  fc.assert(
    fc.property(stream, (steps) => {
      const counts = new PairCounts({ maxPairs: 31 });
      for (const [key, times] of steps) counts.add(key, times);
      const expected = [...countsOf(steps)].sort(([, a], [, b]) => b - a).map(([key]) => key);
      assertEquals([counts.byFrequency(), counts.error], [expected, 0]);
    }),
    { numRuns },
  );
});

Deno.test("PairCounts() holds no more than it may, and loses no pair that came more often than its error", () => {
  fc.assert(
    fc.property(stream, fc.integer({ min: 1, max: 12 }), (steps, maxPairs) => {
      const counts = new PairCounts({ maxPairs });
      for (const [key, times] of steps) {
        counts.add(key, times);
        assert(counts.size <= maxPairs);
      }
      const held = new Set(counts.byFrequency());
      for (const [key, times] of countsOf(steps)) assert(held.has(key) || times <= counts.error, key);
      const all = steps.reduce((sum, [, times]) => sum + times, 0);
      assert(counts.error <= 2 * all / maxPairs, `${counts.error} of ${all}`);
    }),
    { numRuns },
  );
});
