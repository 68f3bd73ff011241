/**
 * The fault table: every row against real processes, judged by an oracle that knows every record.
 *
 *     deno task chaos [--seed N] [--rounds N] [--row TEXT] [--seconds N]
 *
 * Ends with status 1 where anything was lost, doubled or wrong.
 */
import { parseArgs } from "node:util";
import { type Row, rows } from "./rows.ts";
import { World } from "./world.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    rounds: { type: "string", default: "1" },
    row: { type: "string", default: "" },
    seconds: { type: "string", default: "Infinity" },
  },
});
const seed = Number(values.seed), rounds = Number(values.rounds);
const deadline = performance.now() + Number(values.seconds) * 1000;

interface Result {
  rounds: number;
  survived: number;
  lost: number;
  doubled: number;
  wrong: number;
}

const results = new Map<Row, Result>();
const chosen = rows.filter(({ fault }) => fault.includes(values.row));
for (let round = 0; round < rounds; round++) {
  for (const [i, row] of chosen.entries()) {
    if (performance.now() > deadline) break;
    const result = results.get(row) ?? { rounds: 0, survived: 0, lost: 0, doubled: 0, wrong: 0 };
    results.set(row, result);
    result.rounds++;
    const roundSeed = seed * 1_000_003 + round * 1_009 + i;
    await using world = await World.create(roundSeed);
    const remarks = await row.run(world);
    const verdict = await world.judge();
    result.lost += verdict.lost;
    result.doubled += verdict.doubled;
    result.wrong += verdict.wrong + remarks.length;
    if (remarks.length + verdict.remarks.length === 0) result.survived++;
    else {
      console.log(`${row.fault}, round ${round + 1}:`);
      for (const remark of [...remarks, ...verdict.remarks]) console.log(`  ${remark}`);
      if (values.row !== "") console.log(world.printed);
    }
  }
}

const columns = ["rounds", "survived", "lost", "doubled", "wrong"] as const;
const width = Math.max(...chosen.map(({ fault }) => fault.length));
console.log(`\nseed ${seed}\n${"fault".padEnd(width)}${columns.map((name) => name.padStart(10)).join("")}`);
for (const [{ fault }, result] of results) {
  console.log(fault.padEnd(width) + columns.map((name) => String(result[name]).padStart(10)).join(""));
}
const all = [...results.values()];
const failed = all.filter((result) => result.survived < result.rounds).length;
console.log(
  `\n${all.length - failed} faults survived, ${failed} not; ${chosen.length - all.length} not reached`,
);
Deno.exit(failed > 0 ? 1 : 0);
