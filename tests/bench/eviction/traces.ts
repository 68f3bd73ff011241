import { encodeKey } from "../../../lib/recipe/key.ts";
import { mix } from "../../../lib/seniority/sample/mix.ts";
import { fewerData, type FewerDataOptions } from "../fewer/fewer_data.ts";

/** The keys that records ask for, by number, in the order of the records. */
export interface Trace {
  readonly name: string;
  readonly keys: Uint32Array;
  readonly distinct: number;
}

/** How often a pair is replaced by another one of its frequency in the renewed trace. */
const renewals = 4;

/**
 * Two traces of the postings of {@linkcode fewerData}. In the first, what is frequent stays so to the end, and new keys
 * keep coming. In the second each key is in use for a quarter of the time, as advertisements are, and another one
 * takes its place.
 */
export function traces(options: FewerDataOptions): Trace[] {
  const { companies, titles } = fewerData(options);
  const numberOf = new Map<string, number>();
  const steady = Uint32Array.from(
    titles,
    (title, i) =>
      numberOf.getOrInsertComputed(
        encodeKey(companies[i]!, title),
        () => numberOf.size,
      ),
  );
  const life = titles.length / renewals;
  const renewed = steady.map((key, i) => {
    const generation = Math.floor((i + mix(key, options.seed) % life) / life);
    return key * (renewals + 1) + generation;
  });
  return [{ name: "lasting keys", keys: steady }, {
    name: "renewed keys",
    keys: renewed,
  }].map((trace) => ({
    ...trace,
    distinct: new Set(trace.keys).size,
  }));
}
