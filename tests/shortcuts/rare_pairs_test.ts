import { assert, assertEquals, assertLess } from "@std/assert/mod.js";
import { CountMinSketch } from "../../lib/shortcuts/count_min_sketch.ts";
import { RarePairs } from "../../lib/shortcuts/rare_pairs.ts";

/** Says of records with a key whether they are skipped. */
function rarePairs(below: number, probability = 0) {
  const rare = new RarePairs({ below, probability, sketch: new CountMinSketch(1_048_576) });
  const skipped = { origin: "rare", answer: "skipped" };
  return (key: string, all: number, again: number) => {
    const taken = rare.take({ key, records: { all, again } });
    assertEquals(taken ?? skipped, skipped);
    return taken !== undefined;
  };
}

Deno.test("RarePairs skips a pair until enough records had it", () => {
  const rare = rarePairs(3);
  assertEquals([1, 1, 1, 1].map((records) => rare("a", records, 0)), [true, true, false, false]);
  assertEquals(rare("b", 3, 0), false, "three at once");
});

Deno.test("RarePairs counts no record twice that is read again", () => {
  const rare = rarePairs(3);
  assertEquals([rare("a", 2, 0), rare("a", 2, 2)], [true, true]);
  assertEquals(rare("a", 3, 2), false);
  assertEquals(
    rare("b", 3, 3),
    false,
    "what has come now counts, even if its first count is lost",
  );
});

Deno.test("RarePairs asks a share of the rare pairs, the same ones each time", () => {
  const keys = Array.from({ length: 10_000 }, (_, i) => `key ${i}`);
  const asked = (probability: number) => {
    const rare = rarePairs(2, probability);
    return keys.filter((key) => !rare(key, 1, 0));
  };
  const share = asked(0.3);
  assertLess(Math.abs(share.length / keys.length - 0.3), 0.02);
  assertEquals(asked(0.3), share);
  const more = new Set(asked(0.5));
  assert(share.every((key) => more.has(key)), "a higher probability asks those too");
  assertLess(asked(0).length, 5, "only where the sketch is too high");
});
