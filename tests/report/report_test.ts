import { assertEquals } from "@std/assert/mod.js";
import fc from "fast-check";
import { GroupTable } from "../../lib/report/group_table.ts";
import { figures, groupLabel, Report, reportOrders } from "../../lib/report/report.ts";
import { numRuns } from "../property_runs.ts";
import { tableOf } from "./table_of.ts";

const names = (report: Report) => [...report.rows()].map(({ names }) => names.join());

Deno.test("Report() orders by count, average or name, and equals by name", () => {
  const table = tableOf({ b: [7], c: [1, 1], a: [7], "👔": [2, 2], "\uff21": [2, 2, 2] });
  const order = (sort?: typeof reportOrders[number]) => names(new Report(table, { source: "", sort }));
  assertEquals(order(), ["\uff21", "c", "👔", "a", "b"]);
  assertEquals(order("average"), ["a", "b", "\uff21", "👔", "c"]);
  assertEquals(order("name"), ["a", "b", "c", "\uff21", "👔"]);
});

Deno.test("Report() has groups without the field last among equals", () => {
  const table = new GroupTable(["a", "b"]);
  for (const group of [[undefined, "x"], ["z", undefined], ["z", ""], ["z", "(none)"]]) table.add(group, 1);
  assertEquals([...new Report(table, { source: "" }).rows()].map(({ names }) => names), [
    ["z", ""],
    ["z", "(none)"],
    ["z", undefined],
    [undefined, "x"],
  ]);
});

Deno.test("Report() sums up what top leaves out", () => {
  const table = tableOf({ a: [1, 2, 3], b: [4, 4], c: [7], d: [1] });
  const report = new Report(table, { source: "", top: 2 });
  assertEquals(names(report), ["a", "b"]);
  assertEquals(report.others, {
    groups: 2,
    records: 2,
    average: 4,
    median: 4,
    counts: [1, 0, 0, 0, 0, 0, 1],
  });
  assertEquals([report.total.records, report.groups, report.shown], [7, 4, 2]);
  assertEquals(new Report(table, { source: "", top: 4 }).others, undefined);
  assertEquals(new Report(table, { source: "", top: 9 }).shown, 4);
});

Deno.test("Report() shows each record in one row, whatever the order of the records", () => {
  const records = fc.array(
    fc.tuple(fc.constantFrom("a", "b", "c", "d", "e"), fc.integer({ min: 1, max: 7 })),
    {
      minLength: 1,
    },
  );
  fc.assert(
    fc.property(
      records,
      fc.constantFrom(...reportOrders),
      fc.integer({ min: 1, max: 6 }),
      (records, sort, top) => {
        const made = [records, records.toReversed()].map((records) => {
          const table = new GroupTable(["g"]);
          for (const [name, level] of records) table.add([name], level);
          return new Report(table, { source: "", sort, top });
        });
        const [there, back] = made.map((report) => ({ rows: [...report.rows()], others: report.others }));
        assertEquals(there, back);
        const sum = [...there!.rows, ...there!.others === undefined ? [] : [there!.others]]
          .reduce((sum, { counts }) => sum.map((n, i) => n + counts[i]!), Array<number>(7).fill(0));
        assertEquals<readonly number[]>(sum, made[0]!.total.counts);
        assertEquals(made[0]!.total.records, records.length);
      },
    ),
    { numRuns },
  );
});

Deno.test("Report() says what is left out", () => {
  const table = tableOf({ a: [1] });
  assertEquals(new Report(table, { source: "" }).notes, []);
  table.withoutLevel = 1234;
  table.otherLevel = 1;
  table.unreadable = 2;
  assertEquals(new Report(table, { source: "" }).notes, [
    "Left out: 1,234 records without a level",
    "Left out: 1 record with a level that is not a whole number from 1 to 7",
    "Left out: 2 invalid lines",
  ]);
});

Deno.test("figures() has the median between two levels where the middle is", () => {
  assertEquals(figures([1, 0, 0, 1, 0, 0, 0]), {
    records: 2,
    average: 2.5,
    median: 2.5,
    counts: [1, 0, 0, 1, 0, 0, 0],
  });
  assertEquals(figures([1, 0, 0, 2, 0, 0, 0]).median, 4);
  assertEquals(figures([0, 0, 0, 0, 0, 0, 9]).median, 7);
});

Deno.test("figures() of nothing are no numbers", () => {
  const { average, median, records } = figures(new Float64Array(7));
  assertEquals([records, average, median], [0, NaN, NaN]);
});

Deno.test("groupLabel() spells out what cannot be seen", () => {
  const cases: [string | undefined, string][] = [
    ["Acme, Inc.", "Acme, Inc."],
    ["שלום 👩‍👩‍👧 é", "שלום 👩‍👩‍👧 é"],
    [undefined, "(none)"],
    ["", "(empty)"],
    ["  ", '(blank: "  ")'],
    ["a\r\n\tb", "a\\r\\n\\tb"],
    ["\x1b[31m\x9b", "\\u{1b}[31m\\u{9b}"],
    ["\u202ea\u2066b\u2028", "\\u{202e}a\\u{2066}b\\u{2028}"],
    ["\ud800", "\\u{d800}"],
  ];
  for (const [name, label] of cases) assertEquals(groupLabel(name), label);
});
