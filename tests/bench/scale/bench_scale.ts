/**
 * Plays the fleet at the sizes of docs/scale.md, and writes its table there; with `--check`, says whether it is up to date.
 *
 *     deno task bench:scale [--check] [--worker-hour 0.05] [--redis-gb-hour 0.02] [--questions 1]
 *
 * With prices of one's own, the table is printed, and the page is left as it is.
 */
import { parseArgs } from "node:util";
import { defaultPrices, type Prices, scaleTable } from "./scale_table.ts";
import { withTable } from "./with_table.ts";

const { values } = parseArgs({
  options: {
    check: { type: "boolean", default: false },
    "worker-hour": { type: "string" },
    "redis-gb-hour": { type: "string" },
    questions: { type: "string" },
  },
});
const own: Partial<Prices> = Object.fromEntries(
  Object.entries({
    workerHour: values["worker-hour"],
    redisGbHour: values["redis-gb-hour"],
    questions: values.questions,
  }).flatMap(([name, value]) => value === undefined ? [] : [[name, Number(value)]]),
);
const table = scaleTable({ ...defaultPrices, ...own });
if (Object.keys(own).length > 0) console.log(table);
else {
  const page = new URL("../../../docs/scale.md", import.meta.url);
  const before = await Deno.readTextFile(page),
    after = withTable(before, table);
  if (!values.check) await Deno.writeTextFile(page, after);
  else if (before !== after) {
    console.error("docs/scale.md is out of date: run deno task bench:scale");
    Deno.exit(1);
  }
}
