import { GroupTable } from "../../lib/report/group_table.ts";
import { Report, type ReportOptions } from "../../lib/report/report.ts";
import { reportHtml } from "../../lib/report/report_html.ts";
import { oddNames } from "./odd_names.ts";

export const madeAt = new Date("2026-05-04T03:02:01Z");
export const written = async (table: GroupTable, options: Partial<ReportOptions> = {}) =>
  (await Array.fromAsync(reportHtml(new Report(table, { source: "s3://mod/", ...options }), { madeAt })))
    .join("");

/** Some groups, odd names among them. */
export function oddTable(): GroupTable {
  const table = new GroupTable(["company <b>", "city"]);
  [undefined, ...oddNames].forEach((name, i) => {
    for (let n = 0; n <= i; n++) table.add([name, `city ${i % 3}`], (i + n) % 7 + 1);
  });
  table.unreadable = 3;
  return table;
}
