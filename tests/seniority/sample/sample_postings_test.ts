import { SluiceError } from "../../../lib/errors/sluice_error.ts";
import { numRuns } from "../../property_runs.ts";
import { assert, assertEquals, assertGreater, assertLess, assertThrows } from "@std/assert/mod.js";
import fc from "fast-check";
import { encodeKey } from "../../../lib/recipe/key.ts";
import { classify } from "../../../lib/seniority/reference.ts";
import { samplePostings, type SamplePostingsOptions } from "../../../lib/seniority/sample/sample_postings.ts";

const usual: SamplePostingsOptions = { records: 20_000, perObject: 4_000, pairs: 1_700, seed: 1 };

function textOf(chunks: Iterable<Uint8Array>): string {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  return Array.from(chunks, (chunk) => decoder.decode(chunk)).join("");
}

function linesOf(options: SamplePostingsOptions): string[] {
  return [...samplePostings(options)].flatMap(({ chunks }) => textOf(chunks).split("\n").slice(0, -1));
}

/** How often each pair comes. */
function pairsOf(lines: readonly string[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const line of lines) {
    const { company, title } = JSON.parse(line);
    const key = encodeKey(company, title);
    times.set(key, (times.get(key) ?? 0) + 1);
  }
  return times;
}

const lines = linesOf(usual);
const share = (is: (line: string, i: number) => boolean) => lines.filter(is).length / lines.length;

Deno.test("samplePostings() gives the same bytes for the same seed, others for another", () => {
  assertEquals(linesOf(usual), lines);
  assert(linesOf({ ...usual, seed: 2 }).every((line, i) => line !== lines[i]));
});

Deno.test("samplePostings() names objects by unix seconds, a minute apart", () => {
  const names = Array.from(samplePostings(usual), ({ name }) => name);
  assertEquals(names.length, 5);
  const times = names.map((name) => Number(/^([0-9]{10})\.jsonl$/.exec(name)?.[1]));
  for (const [i, time] of times.entries()) assertEquals(time, times[0]! + 60 * i);
});

Deno.test("samplePostings() leaves the rest to the last object", () => {
  const sizes = Array.from(
    samplePostings({ ...usual, records: 25, perObject: 10, pairs: 5 }),
    ({ chunks }) => textOf(chunks).split("\n").length - 1,
  );
  assertEquals(sizes, [10, 10, 5]);
});

Deno.test("samplePostings() gives objects that can be read in any order and twice", () => {
  const objects = [...samplePostings(usual)];
  const backwards = objects.toReversed().map(({ chunks }) => textOf(chunks)).toReversed();
  assertEquals(objects.map(({ chunks }) => textOf(chunks)), backwards);
});

Deno.test("samplePostings() writes postings with the fields of real ones", () => {
  for (const [i, line] of lines.entries()) {
    const { url, company, title, location, scraped_on, ...rest } = JSON.parse(line);
    assertEquals(rest, {});
    assert(
      /^https:\/\/[a-z.-]+\.example\/.*[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
        .test(url),
    );
    for (const text of [company, title, location]) {
      assert(/^\S(.*\S)?$/.test(text) && !text.includes("  "), text);
    }
    const name = 1_767_225_614 + 60 * Math.floor(i / usual.perObject);
    assert(scraped_on >= name - 60 && scraped_on < name);
  }
  const orders = new Set(lines.map((line) => Object.keys(JSON.parse(line)).join()));
  assertGreater(orders.size, 1);
});

Deno.test("samplePostings() has the share of lines repeated, not ASCII, and of a length that real ones have", () => {
  const mean = lines.reduce((sum, line) => sum + new TextEncoder().encode(line).length + 1, 0) / lines.length;
  assert(mean >= 250 && mean <= 290, `${mean} bytes a line`);
  const repeated = share((line, i) => line === lines[i - 1]);
  assert(repeated > 0.05 && repeated < 0.2, `${repeated} repeated`);
  // deno-lint-ignore no-control-regex
  const notAscii = share((line) => /[^\x00-\x7f]|\\u/.test(line));
  assert(notAscii > 0.04 && notAscii < 0.09, `${notAscii} not ASCII`);
});

Deno.test("samplePostings() has few frequent pairs and many rare ones", () => {
  const times = [...pairsOf(lines).values()].sort((a, b) => b - a);
  const top = times.slice(0, times.length / 100).reduce((sum, n) => sum + n, 0) / lines.length;
  assertGreater(top, 0.08);
  assertLess(times[Math.floor(times.length / 2)]!, 8);
});

Deno.test("samplePostings() has titles of all seven levels, and several for a company", () => {
  const levels = new Set<number>(), companies = new Set<string>(), pairs = pairsOf(lines);
  for (const line of lines) {
    const { company, title } = JSON.parse(line);
    levels.add(classify(company, title));
    companies.add(company);
  }
  assertEquals([...levels].sort(), [1, 2, 3, 4, 5, 6, 7]);
  assertGreater(pairs.size, 4 * companies.size);
});

Deno.test("samplePostings() has exactly the requested number of pairs", () => {
  assertEquals(pairsOf(lines).size, usual.pairs);
  const options = fc.integer({ min: 1, max: 3_000 }).chain((records) =>
    fc.record({
      records: fc.constant(records),
      pairs: fc.oneof(fc.integer({ min: 1, max: records }), fc.constant(records)),
      perObject: fc.integer({ min: Math.ceil(records / 20), max: 4_000 }),
      seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    })
  );
  fc.assert(
    fc.property(options, (each) => {
      const lines = linesOf(each);
      assertEquals(lines.length, each.records);
      assertEquals(pairsOf(lines).size, each.pairs);
    }),
    { numRuns: Math.ceil(numRuns / 10) },
  );
});

for (
  const [options, message] of [
    [{ records: 0 }, "records must be a whole number from 1 on, not 0"],
    [{ perObject: 1.5 }, "perObject must be a whole number from 1 on, not 1.5"],
    [{ pairs: 0 }, "pairs must be a whole number from 1 on, not 0"],
    [{ pairs: 20_001 }, "pairs must be at most 20000, the number of records, not 20001"],
    [{ records: 1e9, pairs: 1e9 }, "the most that there are names for, not 1000000000"],
    [{ seed: NaN }, "seed must be a whole number, not NaN"],
  ] as const
) {
  Deno.test(`samplePostings() refuses ${JSON.stringify(options)}`, () => {
    assertThrows(() => samplePostings({ ...usual, ...options }), SluiceError, message);
  });
}
