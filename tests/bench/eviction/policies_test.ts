import { assert, assertEquals } from "@std/assert/mod.js";
import fc from "fast-check";
import { numRuns } from "../../property_runs.ts";
import { LeastFrequentlyUsed } from "./least_frequently_used.ts";
import { policies } from "./policies.ts";
import { questionsAsked } from "./questions_asked.ts";

Deno.test("LeastFrequentlyUsed lets the key with the fewest uses go, of several the one that waits the longest", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(7)),
      fc.integer({ min: 1, max: 5 }),
      (keys, capacity) => {
        const cache = new LeastFrequentlyUsed(capacity);
        let plain: { key: number; uses: number; since: number }[] = [];
        keys.forEach((key, now) => {
          const found = plain.find((entry) => entry.key === key);
          assertEquals(cache.has(key), found !== undefined);
          if (found !== undefined) {
            found.uses++;
            found.since = now;
            return;
          }
          plain.sort((a, b) => b.uses - a.uses || b.since - a.since);
          plain = plain.slice(0, capacity - 1);
          plain.push({ key, uses: 1, since: now });
          cache.add(key);
        });
      },
    ),
    { numRuns },
  );
});

for (const { name, open } of policies) {
  Deno.test(`${name}: each key is asked once where there is room for all, and more often where there is not`, () => {
    const keys = Uint32Array.from({ length: 3_000 }, (_, i) => i % 1_000);
    assertEquals(questionsAsked(keys, open(1_000)), 1_000);
    assert(questionsAsked(keys, open(500)) > 1_000);
  });
}
