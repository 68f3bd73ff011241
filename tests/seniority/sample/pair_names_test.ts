import { assertEquals } from "@std/assert/mod.js";
import { maxPairs, pairNames } from "../../../lib/seniority/sample/pair_names.ts";
import { regions } from "../../../lib/seniority/sample/regions.ts";

for (const [name, { companyWords, titles, qualifiers }] of Object.entries(regions)) {
  Deno.test(`regions.${name} makes no company and no title twice`, () => {
    const companies = companyWords.reduce(
      (starts, ends) => starts.flatMap((start) => ends.map((end) => start + end)),
      [""] as readonly string[],
    );
    assertEquals(new Set(companies).size, companies.length);
    const full = titles.flatMap((title) => qualifiers.map((qualifier) => title + qualifier));
    assertEquals(new Set(full).size, full.length);
  });
}

Deno.test("pairNames() names each pair differently, whatever the number of pairs and the seed", () => {
  for (const [pairs, seed] of [[1, 0], [13, 1], [5_000, 2], [300_000, 2 ** 31 - 1]] as const) {
    const nameOf = pairNames(pairs, seed);
    const names = new Set<string>();
    for (let pair = 0; pair < pairs; pair++) {
      const { company, title } = nameOf(pair);
      names.add(`${company}\n${title}`);
    }
    assertEquals(names.size, pairs);
  }
});

Deno.test("pairNames() names each pair differently where companies have used up their titles", () => {
  const nameOf = pairNames(maxPairs, 3);
  const names = new Map<string, number>();
  const companies = maxPairs / Math.min(
    ...Object.values(regions).map(({ titles, qualifiers }) => titles.length * qualifiers.length),
  );
  // All pairs of three companies, one of each region.
  for (const company of [0, 37, 53]) {
    for (let pair = company; pair < maxPairs; pair += companies) {
      const { company: name, title } = nameOf(pair);
      names.set(`${name}\n${title}`, pair);
    }
  }
  assertEquals(names.size, 3 * maxPairs / companies);
});
