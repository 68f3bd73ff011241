import { assertEquals } from "@std/assert/mod.js";
import { CountedStrategies } from "../../lib/estimate/counted_strategies.ts";
import { LookedUpKeys } from "../../lib/estimate/looked_up_keys.ts";
import type { Pair, Strategy, StrategyCount } from "../../lib/estimate/strategy.ts";

/** Asks about pairs that came twice at least. */
class FrequentWay implements Strategy {
  readonly name = "frequent";
  readonly #records = new Map<string, number>();

  add(pairs: readonly Pair[]): Promise<void> {
    for (const { key, records } of pairs) this.#records.set(key, (this.#records.get(key) ?? 0) + records);
    return Promise.resolve();
  }

  count(): StrategyCount {
    const distinct = [...this.#records.values()].filter((records) => records > 1).length;
    return { distinct, known: 0, relativeError: 0, questionBytes: 1, heldBytes: this.#records.size };
  }
}

Deno.test("CountedStrategies() gives all ways the same pairs, with how many records have each", async () => {
  const pairs = new LookedUpKeys({ read: (keys) => Promise.resolve(keys.map(() => undefined)) });
  const ways = new CountedStrategies("exact", pairs, [new FrequentWay()]);
  await Promise.all([
    ways.add(["a", "b"], Uint32Array.of(2, 1)),
    ways.add(["b", "c"], Uint32Array.of(1, 1)),
  ]);
  assertEquals(ways.found().map(({ count, name, whole }) => [name, count.distinct, count.heldBytes, whole]), [
    ["exact", 3, undefined, undefined],
    ["frequent", 2, 3, undefined],
  ]);
});

Deno.test("CountedStrategies.found() extrapolates each way by its own growth", async () => {
  const pairs = new LookedUpKeys({ read: (keys) => Promise.resolve(keys.map(() => undefined)) });
  const ways = new CountedStrategies("exact", pairs, [new FrequentWay()]);
  for (let i = 0; i < 8; i++) await ways.add([`${i}`, "often"], Uint32Array.of(1, 1));
  const [exact, frequent] = ways.found(10).map(({ whole }) => whole!.questions);
  assertEquals(frequent, { likely: 1, least: 1, most: 10 });
  assertEquals([exact!.least, exact!.most], [9, 90]);
});
