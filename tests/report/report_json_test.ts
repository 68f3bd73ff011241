import { assertEquals } from "@std/assert/mod.js";
import { GroupTable } from "../../lib/report/group_table.ts";
import { Report } from "../../lib/report/report.ts";
import { reportJson } from "../../lib/report/report_json.ts";
import { oddNames } from "./odd_names.ts";

Deno.test("reportJson() has all figures, unrounded", () => {
  const table = new GroupTable(["company", "city"]);
  for (const level of [1, 1, 2]) table.add(["Acme", undefined], level);
  table.add(["Bolt", "Wien"], 7);
  table.unreadable = 1;
  const counts = (...at: number[]) =>
    [1, 2, 3, 4, 5, 6, 7].map((level) => at.filter((one) => one === level).length);
  assertEquals(JSON.parse([...reportJson(new Report(table, { source: "s3://b/", top: 1 }))].join("")), {
    by: ["company", "city"],
    source: "s3://b/",
    levels: ["entry", "junior", "associate", "manager", "director", "executive", "senior executive"],
    total: {
      records: 4,
      average: 11 / 4,
      median: 1.5,
      counts: counts(1, 1, 2, 7),
      shares: [0.5, 0.25, 0, 0, 0, 0, 0.25],
    },
    notes: ["Left out: 1 invalid line"],
    groupCount: 2,
    groups: [{
      names: ["Acme", null],
      records: 3,
      average: 4 / 3,
      median: 1,
      counts: counts(1, 1, 2),
      shares: [2 / 3, 1 / 3, 0, 0, 0, 0, 0],
    }],
    others: {
      groups: 1,
      records: 1,
      average: 7,
      median: 7,
      counts: counts(7),
      shares: [0, 0, 0, 0, 0, 0, 1],
    },
  });
});

Deno.test("reportJson() keeps names exactly", () => {
  const table = new GroupTable(["x"]);
  for (const name of oddNames) table.add([name], 1);
  const { groups, others } = JSON.parse([...reportJson(new Report(table, { source: "" }))].join(""));
  assertEquals(groups.map(({ names }: { names: string[] }) => names[0]).sort(), oddNames.toSorted());
  assertEquals(others, undefined);
});
