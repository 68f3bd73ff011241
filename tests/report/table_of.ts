import { GroupTable } from "../../lib/report/group_table.ts";

/** A table of one field, with the levels of each group. */
export function tableOf(groups: Readonly<Record<string, readonly number[]>>, field = "company"): GroupTable {
  const table = new GroupTable([field]);
  for (const [name, levels] of Object.entries(groups)) {
    for (const level of levels) table.add([name], level);
  }
  return table;
}
