import type { FoundStrategy } from "./estimate.ts";
import { Growth } from "./growth.ts";
import type { LookedUpKeys } from "./looked_up_keys.ts";
import type { Strategy, StrategyCount } from "./strategy.ts";

/** Counts what several strategies would ask, over the same records: asking about each distinct pair as it is, and others. */
export class CountedStrategies {
  readonly #pairs: LookedUpKeys;
  readonly #strategies: readonly Strategy[];
  readonly #counts: readonly { readonly name: string; count(): StrategyCount; readonly growth: Growth }[];
  #records = 0;

  /**
   * @param name Of asking about pairs as they are.
   * @param pairs Keys as they are.
   */
  constructor(name: string, pairs: LookedUpKeys, strategies: readonly Strategy[]) {
    this.#pairs = pairs;
    this.#strategies = strategies;
    this.#counts = [
      { name, count: () => pairs.count() },
      ...strategies.map((strategy) => ({
        name: strategy.name,
        count: () => strategy.count(),
      })),
    ].map((counted) => ({ ...counted, growth: new Growth() }));
  }

  /**
   * Takes in a window's distinct keys; windows of several objects may come at once.
   *
   * @param records How many of the window's records have each key.
   */
  async add(keys: readonly string[], records: Uint32Array): Promise<void> {
    const lookups = await this.#pairs.add(keys);
    const pairs = keys.map((key, i) => ({ key, records: records[i]!, ...lookups[i]! }));
    await Promise.all(this.#strategies.map((strategy) => strategy.add(pairs)));
    this.#records += records.reduce((sum, n) => sum + n, 0);
    for (const { count, growth } of this.#counts) {
      const { distinct, known } = count();
      growth.add({ records: this.#records, distinct, questions: distinct - known });
    }
  }

  /**
   * The counts so far, those of unchanged pairs first.
   *
   * @param times How many times the records that came there are in all, where they are a sample.
   */
  found(times?: number): FoundStrategy[] {
    return this.#counts.map(({ count, growth, name }) => ({
      name,
      count: count(),
      ...(times === undefined ? {} : {
        whole: {
          distinct: growth.extrapolate("distinct", this.#records * times),
          questions: growth.extrapolate("questions", this.#records * times),
        },
      }),
    }));
  }
}
