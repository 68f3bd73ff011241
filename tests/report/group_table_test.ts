import { assertEquals, assertThrows } from "@std/assert/mod.js";
import fc from "fast-check";
import { figures } from "../../lib/report/report.ts";
import { GroupTable } from "../../lib/report/group_table.ts";
import { numRuns } from "../property_runs.ts";

const name = fc.option(
  fc.oneof(fc.constantFrom("a", "b", "", "a,b", "__proto__"), fc.string({ unit: "binary" })),
  {
    nil: undefined,
  },
);
const record = (fields: number) =>
  fc.record({
    names: fc.array(name, { minLength: fields, maxLength: fields }),
    level: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 7 }) }, {
      weight: 1,
      arbitrary: fc.anything(),
    }),
  });

Deno.test("GroupTable() has the sums that one record after the other has", () => {
  const cases = fc.integer({ min: 1, max: 3 }).chain((fields) =>
    fc.record({ fields: fc.constant(fields), records: fc.array(record(fields), { maxLength: 60 }) })
  );
  fc.assert(
    fc.property(cases, ({ fields, records }) => {
      const table = new GroupTable(Array.from({ length: fields }, (_, i) => `f${i}`));
      for (const { names, level } of records) table.add(names, level);

      const isLevel = (level: unknown) => [1, 2, 3, 4, 5, 6, 7].some((one) => one === level);
      const counted = records.filter(({ level }) => isLevel(level));
      const missing = records.filter(({ level }) => level === undefined || level === null);
      assertEquals(
        [table.records, table.withoutLevel, table.otherLevel],
        [counted.length, missing.length, records.length - counted.length - missing.length],
      );
      const key = (names: readonly (string | undefined)[]) => JSON.stringify(names.map((one) => [one]));
      const naive = new Map<string, number[]>();
      for (const { names, level } of counted) {
        naive.set(key(names), [...naive.get(key(names)) ?? [], level as number]);
      }
      assertEquals(table.size, naive.size);
      for (let group = 0; group < table.size; group++) {
        const levels = naive.get(key(table.names(group)))!.toSorted((a, b) => a - b);
        const { average, median, records } = figures(table.counts(group));
        const middle = [levels[(levels.length - 1) >> 1]!, levels[levels.length >> 1]!];
        assertEquals([records, average, median], [
          levels.length,
          levels.reduce((sum, level) => sum + level, 0) / levels.length,
          (middle[0]! + middle[1]!) / 2,
        ]);
      }
    }),
    { numRuns },
  );
});

Deno.test("GroupTable() takes many records at once, as a database counts them", () => {
  const table = new GroupTable(["company"]);
  table.add(["a"], 2, 3_000_000_000);
  table.add(["a"], 4, 1_000_000_000);
  table.add(["a"], null, 5);
  table.add(["a"], 8, 6);
  assertEquals([...table.counts(0)], [0, 3e9, 0, 1e9, 0, 0, 0]);
  assertEquals([table.records, table.withoutLevel, table.otherLevel, table.size], [4e9, 5, 6, 1]);
});

Deno.test("GroupTable() counts apart what is no level from 1 to 7", () => {
  const table = new GroupTable(["company"]);
  for (const level of [0, 8, -1, 1.5, NaN, Infinity, "3", true, [3], {}]) table.add(["a"], level);
  assertEquals([table.otherLevel, table.withoutLevel, table.records, table.size], [10, 0, 0, 0]);
});

Deno.test("GroupTable() keeps a copy of the names", () => {
  const table = new GroupTable(["company"]);
  const names = ["a"];
  table.add(names, 1);
  names[0] = "b";
  table.add(names, 2);
  assertEquals([table.names(0), table.names(1)], [["a"], ["b"]]);
});

Deno.test("GroupTable() grows, and ends at maxGroups with what to do", () => {
  const table = new GroupTable(["url", "title"], { maxGroups: 1_000 });
  for (let i = 0; i < 1_000; i++) table.add([`${i}`, "t"], i % 7 + 1);
  assertEquals(table.size, 1_000);
  assertEquals([...table.counts(999)], [0, 0, 0, 0, 0, 1, 0]);
  table.add(["999", "t"], 7);
  assertEquals([...table.counts(999)], [0, 0, 0, 0, 0, 1, 1]);
  assertThrows(
    () => table.add(["1000", "t"], 1),
    Error,
    "Cannot report by url, title: there are more than 1,000 groups (maxGroups); choose a field with fewer values",
  );
});

Deno.test("GroupTable() ends at maxNameUnits", () => {
  const table = new GroupTable(["text"], { maxNameUnits: 10 });
  table.add(["12345"], 1);
  table.add([undefined], 1);
  table.add(["12345"], 1);
  assertThrows(() => table.add(["123456"], 1), Error, "more than 10 characters (maxNameUnits)");
});
