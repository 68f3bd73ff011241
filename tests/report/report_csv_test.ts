import { assert, assertEquals } from "@std/assert/mod.js";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { GroupTable } from "../../lib/report/group_table.ts";
import { Report } from "../../lib/report/report.ts";
import { reportCsv } from "../../lib/report/report_csv.ts";
import { numRuns } from "../property_runs.ts";
import { oddNames } from "./odd_names.ts";
import { tableOf } from "./table_of.ts";

const written = (report: Report) => [...reportCsv(report)].join("");
const names = (csv: string) => (parse(csv) as string[][]).slice(1).map((row) => row[0]!);

Deno.test("reportCsv() has a row for each group, and one for the others", () => {
  const report = new Report(tableOf({ a: [1, 2, 2], b: [7] }, "the company"), { source: "", top: 1 });
  assertEquals(
    written(report),
    '"the company",records,average,median,' +
      "entry_records,junior_records,associate_records,manager_records,director_records,executive_records," +
      "senior_executive_records,entry_share,junior_share,associate_share,manager_share,director_share," +
      "executive_share,senior_executive_share\r\n" +
      '"a",3,1.6667,2,1,2,0,0,0,0,0,0.3333,0.6667,0,0,0,0,0\r\n' +
      '"all others (1)",1,7,7,0,0,0,0,0,0,1,0,0,0,0,0,0,1\r\n',
  );
});

Deno.test("reportCsv() has a column for each field", () => {
  const table = new GroupTable(["a", "b"]);
  table.add(["x", undefined], 1);
  table.add(["y", ""], 1);
  const rows = (parse(written(new Report(table, { source: "", top: 1 }))) as string[][]).map((row) =>
    row.slice(0, 3)
  );
  assertEquals(rows, [["a", "b", "records"], ["x", "(none)", "1"], ["all others (1)", "", "1"]]);
});

Deno.test("reportCsv() gives no spreadsheet a formula, and numbers as they are", () => {
  const table = tableOf(Object.fromEntries(oddNames.map((name) => [name, [1]])));
  const cells = names(written(new Report(table, { source: "", sort: "name" })));
  for (const cell of cells) {
    assert(!/^[=+\-@\t\r\n＝＋－＠]/.test(cell) || cell === "-5", JSON.stringify(cell));
  }
  for (const name of ["'=cmd()", "'+1+2", "'-x", "'@sum", "'\ttab", "'＝full width", "-5"]) {
    assert(cells.includes(name), name);
  }
});

Deno.test("reportCsv() loses nothing of a name but the quote in front", () => {
  const name = fc.string({
    unit: fc.oneof(fc.constantFrom('"', ",", "\r", "\n", "=", "'", ";"), fc.string({ minLength: 1 })),
  });
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1 }), (all) => {
      const table = new GroupTable(["x"]);
      for (const name of all) table.add([name], 3);
      const got = names(written(new Report(table, { source: "", sort: "name" })));
      const sure = [...new Report(table, { source: "", sort: "name" }).rows()].map(({ names }) => names[0]!);
      assertEquals(got.map((cell, i) => cell === `'${sure[i]}` ? sure[i]! : cell), sure);
    }),
    { numRuns },
  );
});
