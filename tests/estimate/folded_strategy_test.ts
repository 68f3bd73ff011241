import { assert, assertEquals } from "@std/assert/mod.js";
import { FoldedStrategy } from "../../lib/estimate/folded_strategy.ts";
import type { Pair } from "../../lib/estimate/strategy.ts";
import { encodeKey } from "../../lib/recipe/key.ts";

function pair(title: string, answer?: number, isNew: boolean | undefined = true): Pair {
  return { key: encodeKey("Acme", title), records: 1, isNew, answer };
}

function folded(known: Readonly<Record<string, number>> = {}, maxKeyBytes = 100) {
  return new FoldedStrategy({
    normalize: "fold",
    maxKeyBytes,
    read: (keys) => Promise.resolve(keys.map((key) => known[key])),
  });
}

Deno.test("FoldedStrategy() asks once about pairs that are equal when folded", async () => {
  const way = folded();
  await way.add([pair("Chef"), pair("CHEF "), pair("Cook")]);
  await way.add([pair("chef"), pair("Cook", undefined, false)]);
  const { answers, distinct, known } = way.count();
  assertEquals([way.name, distinct, known, answers], ["--normalize fold", 2, 0, { compared: 0, changed: 0 }]);
});

Deno.test("FoldedStrategy() counts pairs that are too many to know whether they are new", async () => {
  const way = folded();
  await way.add([pair("Chef", undefined, undefined)]);
  await way.add([pair("Chef", undefined, undefined), pair("Cook", undefined, undefined)]);
  assertEquals(way.count().distinct, 2);
});

Deno.test("FoldedStrategy() counts answers that the first of equal pairs changes", async () => {
  const way = folded();
  await way.add([pair("Chef", 3), pair("CHEF", 3), pair("Cook"), pair("cook", 2)]);
  await way.add([pair("chef", 4), pair("COOK", 2), pair("Baker", 1)]);
  assertEquals(way.count().answers, { compared: 3, changed: 1 });
});

Deno.test("FoldedStrategy() holds pairs against the folded question's answer, where that is known", async () => {
  const way = folded({ [encodeKey("acme", "chef")]: 5 });
  await way.add([pair("Chef", 3), pair("CHEF", 5)]);
  const { answers, known } = way.count();
  assertEquals([known, answers], [1, { compared: 2, changed: 1 }]);
});

Deno.test("FoldedStrategy() leaves out what folds to more than a call holds", async () => {
  const way = folded({}, 20);
  await way.add([pair("x".repeat(20)), pair("x".repeat(5))]);
  assertEquals(way.count().distinct, 1);
  assert(way.count().workSeconds! >= 0);
});
