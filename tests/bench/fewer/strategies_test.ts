import { assert, assertEquals } from "@std/assert/mod.js";
import { fewerData } from "./fewer_data.ts";
import { measureStrategy } from "./measure_strategy.ts";
import { strategies } from "./strategies.ts";

const options = {
  records: 40_000,
  pairs: 6_000,
  runs: 4,
  decorated: 0.4,
  seed: 3,
};
const data = fewerData(options);

Deno.test("fewerData() is the same for the same seed, and counts distinct questions", () => {
  const { asked } = data;
  assertEquals(fewerData(options).titles, data.titles);
  assert(
    fewerData({ ...options, seed: 4 }).titles.some((title, i) => title !== data.titles[i]),
  );
  assert(
    asked.byRecord > asked.byRun && asked.byRun > asked.distinct &&
      asked.distinct > options.pairs,
  );
});

for (const strategy of strategies) {
  Deno.test(`${strategy.name}: answers every record, asks fewer questions, and changes only what it says it may`, async () => {
    const { after, before, changed } = await measureStrategy(strategy, data, 2);
    assert(after < before, `${after} of ${before}`);
    assert(after > 0);
    if (!strategy.canChangeAnswers) assertEquals(changed, 0);
    else assert(changed < 0.05, `${changed}`);
  });
}
