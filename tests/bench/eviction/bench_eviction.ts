/**
 * What a cache that is too small for its keys costs in questions, by what it evicts.
 *
 *     deno task bench:eviction [--records N] [--pairs N] [--decorated SHARE] [--seed N] [--shares 0.1,0.2,0.5]
 *                              [--redis] [--json]
 *
 * The keys are those of `deno task bench:fewer`. Policies are simulated on the trace record by record; with `--redis`,
 * servers with `maxmemory` are filled too, where `redis-server` is on PATH, window by window, with so much of the memory
 * that all keys take in that layout. A figure is questions asked for each distinct key: 1 is a cache with room for all.
 */
import { parseArgs } from "node:util";
import { describeMachine } from "../machine.ts";
import { machineText } from "../machine_text.ts";
import { textTable } from "../text_table.ts";
import { wholeFlag } from "../whole_flag.ts";
import { policies } from "./policies.ts";
import { questionsAsked } from "./questions_asked.ts";
import { type MeasuredRedis, redisPolicies } from "./redis_policies.ts";
import { traces } from "./traces.ts";

const { values } = parseArgs({
  options: {
    decorated: { type: "string", default: "0.4" },
    json: { type: "boolean", default: false },
    pairs: { type: "string", default: "34000" },
    records: { type: "string", default: "400000" },
    redis: { type: "boolean", default: false },
    seed: { type: "string", default: "1" },
    shares: { type: "string", default: "0.1,0.2,0.5" },
  },
});
const shares = values.shares.split(",").map(Number);
if (!shares.every((share) => share > 0 && share <= 1)) {
  throw new RangeError(
    `Cannot measure: --shares must be shares from above 0 to 1, not ${values.shares}`,
  );
}
const decorated = Number(values.decorated);
if (!(decorated >= 0 && decorated <= 1)) {
  throw new RangeError(
    `Cannot measure: --decorated must be a share from 0 to 1, not ${values.decorated}`,
  );
}
const options = {
  records: wholeFlag("records", values.records, 1),
  pairs: wholeFlag("pairs", values.pairs, 1),
  seed: wholeFlag("seed", values.seed, 0),
  runs: 1,
  decorated,
};
const machine = await describeMachine(
  values.redis ? "redis-server of PATH" : "no Redis",
);
const all = traces(options);
const simulated = policies.map(({ name, open }) => ({
  name,
  traces: all.map(({ keys, distinct }) =>
    shares.map((share) => questionsAsked(keys, open(Math.max(1, Math.round(share * distinct)))))
  ),
}));
const servers: { name: string; traces: number[][]; bytes: number[] }[] = [];
let why: string | undefined;
if (values.redis) {
  const byTrace: MeasuredRedis[][] = [];
  for (const trace of all) {
    const measured = await redisPolicies(trace, shares);
    if (typeof measured === "string") why = measured;
    else byTrace.push(measured);
  }
  byTrace[0]?.forEach(({ name }, row) =>
    servers.push({
      name,
      traces: byTrace.map((rows) => [...rows[row]!.asked]),
      bytes: byTrace.map((rows) => rows[row]!.bytes),
    })
  );
}
if (values.json) {
  const described = all.map(({ name, distinct }) => ({ name, distinct }));
  console.log(
    JSON.stringify(
      { machine, options, shares, traces: described, simulated, servers },
      undefined,
      2,
    ),
  );
} else {
  const percents = shares.map((share) => `${share * 100} %`);
  const cells = (asked: readonly (readonly number[])[]) =>
    asked.flatMap((counts, trace) => counts.map((count) => (count / all[trace]!.distinct).toFixed(2)));
  const table = (
    rows: readonly (readonly string[])[],
    last: readonly string[] = [],
  ) =>
    textTable([
      [
        "",
        ...all.flatMap(({ name }) => shares.map((_, i) => i === 0 ? name : "")),
        ...last.map(() => ""),
      ],
      ["room for", ...all.flatMap(() => percents), ...last],
      ...rows,
    ], 1);
  console.log(`${machineText(machine)}
${options.records.toLocaleString("en-US")} records; ${
    all.map(({ name, distinct }) => `${distinct.toLocaleString("en-US")} ${name}`).join(", ")
  }; seed ${options.seed}
Questions asked for each distinct key

${table(simulated.map(({ name, traces }) => [name, ...cells(traces)]))}`);
  if (why !== undefined) console.log(`Redis was not measured: ${why}`);
  else if (servers.length > 0) {
    const rows = servers.map(({ name, traces, bytes }) => [
      name,
      ...cells(traces),
      ...bytes.map((size, trace) => (size / all[trace]!.distinct).toFixed(1)),
    ]);
    console.log(
      `Redis, with that share of the memory that all keys take in the layout (last columns: bytes a key)\n
${table(rows, all.map(() => "bytes"))}`,
    );
  }
}
