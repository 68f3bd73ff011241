import { assert, assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { GroupTable } from "../../lib/report/group_table.ts";
import { Report } from "../../lib/report/report.ts";
import { fitText, reportText, textWidth } from "../../lib/report/report_text.ts";
import { oddNames } from "./odd_names.ts";
import { tableOf } from "./table_of.ts";

const levels =
  "Levels: 1 entry, 2 junior, 3 associate, 4 manager, 5 director, 6 executive, 7 senior executive\n";

Deno.test("reportText() is a table of aligned columns", () => {
  const many = Array<number>(999).fill(7);
  const table = tableOf({ "Acme Corp": [1, ...many], Bolt: [1, 2, 3], Zeta: [4], Yota: [5] });
  table.withoutLevel = 12;
  assertEquals(
    reportText(new Report(table, { source: "", top: 2 }), { columns: 100 }),
    `Seniority by company: 1,005 records in 4 groups, average level 6.97, median 7

                                                                           % at level
company         records  average                  median    1   2   3   4   5   6   7
─────────────────────────────────────────────────────────────────────────────────────
Acme Corp         1,000     6.99  ██████████████       7   <1   ·   ·   ·   ·   ·  99
Bolt                  3     2.00  ████                 2   33  33  33   ·   ·   ·   ·
all others (2)        2     4.50  █████████          4.5    ·   ·   ·  50  50   ·   ·
─────────────────────────────────────────────────────────────────────────────────────
all records       1,005     6.97  ██████████████       7   <1  <1  <1  <1  <1   ·  99

${levels}Left out: 12 records without a level
`,
  );
});

Deno.test("reportText() fits every width, whatever the names", () => {
  const one = new GroupTable(["company"]);
  const three = new GroupTable(["company", "location.country", "title"]);
  for (const name of [undefined, ...oddNames]) {
    one.add([name], 3);
    three.add([name, "x".repeat(50), undefined], 5);
  }
  for (const table of [one, three]) {
    for (const top of [3, 100]) {
      for (let columns = 40; columns < 200; columns++) {
        const lines = reportText(new Report(table, { source: "", top }), { columns }).split("\n");
        for (const line of lines) {
          assert(textWidth(line) <= columns, `${columns} columns: ${line}`);
          // deno-lint-ignore no-control-regex
          assert(!/[\x00-\x1f\x7f-\x9f\u202a-\u202e]/.test(line), JSON.stringify(line));
        }
      }
    }
  }
});

Deno.test("reportText() shows shares as blocks where it is narrow", () => {
  const text = reportText(new Report(tableOf({ a: [1, 1, 1, 7] }), { source: "" }), { columns: 45 });
  assertStringIncludes(text, "1234567\n");
  assertStringIncludes(text, "4     2.50  ▆·····▂\n");
});

Deno.test("reportText() names each field's column", () => {
  const table = new GroupTable(["company", "city"]);
  table.add(["Acme", "Wien"], 2);
  table.add(["Acme", undefined], 3);
  const lines = reportText(new Report(table, { source: "", top: 1 }), { columns: 100 }).split("\n");
  assertEquals(lines[0], "Seniority by company, city: 2 records in 2 groups, average level 2.50, median 2.5");
  assertEquals(lines[3]!.slice(0, 26), "company  city  records  av");
  assertEquals(lines[5]!.slice(0, 23), "Acme     Wien        1 ".slice(0, 23));
});

Deno.test("textWidth() counts a terminal's columns", () => {
  const cases: [string, number][] = [["abc", 3], ["é", 1], ["e\u0301", 1], ["日本", 4], ["👩‍👩‍👧", 2], [
    "שלום",
    4,
  ], ["", 0]];
  for (const [text, width] of cases) assertEquals(textWidth(text), width, text);
});

Deno.test("fitText() cuts and fills to the column", () => {
  assertEquals(fitText("abc", 5), "abc  ");
  assertEquals(fitText("abcde", 5), "abcde");
  assertEquals(fitText("abcdef", 5), "abcd…");
  assertEquals(fitText("日本語", 5), "日本…");
  assertEquals(fitText("日本語", 4), "日… ");
  assertEquals(textWidth(fitText("e\u0301".repeat(100_000), 7)), 7);
});
