/**
 * The fault table: every row against real processes, judged by an oracle that knows every record.
 *
 *     deno task chaos [--seed N] [--rounds N] [--row TEXT] [--seconds N] [--first N] [--jobs N] [--long]
 *
 * `--row` plays the rows whose names have the text in them, or one of several with `|` between them. Where `--seconds` ends before all rows were played, each day begins with another row, so that all have their turn;
 * `--first` says with which one. `--long` takes the sizes that need minutes: 50 kills, an object of 2 GiB, a line of 1 GiB. Ends with status 1 where
 * anything was lost, doubled or wrong.
 */
import { parseArgs } from "node:util";
import type { Row } from "./row.ts";
import { rows } from "./rows.ts";
import { stopSharedPostgres } from "./shared_postgres.ts";
import { World } from "./world.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    rounds: { type: "string", default: "1" },
    row: { type: "string", default: "" },
    seconds: { type: "string", default: "Infinity" },
    first: { type: "string" },
    jobs: { type: "string", default: "2" },
    long: { type: "boolean", default: false },
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
  skipped?: string;
}

const chosen = rows.filter(({ fault }) => values.row.split("|").some((text) => fault.includes(text)));
if (chosen.length === 0) throw new Error(`Cannot play: no row's name has ${values.row} in it`);
const results = new Map<Row, Result>(
  chosen.map((row) => [row, { rounds: 0, survived: 0, lost: 0, doubled: 0, wrong: 0 }]),
);

async function play(row: Row, round: number): Promise<void> {
  const result = results.get(row)!;
  // What takes minutes is played once.
  const isLong = values.long && round === 0;
  await using world = await World.create(seed * 1_000_003 + round * 1_009 + rows.indexOf(row), isLong);
  const started = performance.now();
  const remarks = await row.run(world).catch((error) => [`the row threw ${error.stack}`]);
  result.skipped = world.skipped;
  if (world.skipped !== undefined) return;
  const verdict = await world.judge().catch((error) => ({
    lost: 0,
    doubled: 0,
    wrong: 1,
    remarks: [`what came out cannot be judged: ${error.stack}`],
  }));
  result.rounds++;
  result.lost += verdict.lost;
  result.doubled += verdict.doubled;
  result.wrong += verdict.wrong + remarks.length;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (remarks.length + verdict.remarks.length === 0) {
    result.survived++;
    if (values.row !== "") console.log(`${row.fault}: ${seconds} s`);
  } else {
    console.log(`${row.fault}, round ${round + 1}, ${seconds} s:`);
    for (const remark of [...remarks, ...verdict.remarks]) console.log(`  ${remark}`);
    if (values.row !== "") console.log(world.printed);
  }
}

/** How many rows further each day begins: a prime, so that each row has its day. */
const rowsADay = 37;
const days = Math.floor(Date.now() / 86_400_000);
const first = values.first !== undefined
  ? Number(values.first)
  : deadline === Infinity
  ? 0
  : days * rowsADay % chosen.length;
const inTurn = [...chosen.slice(first), ...chosen.slice(0, first)];

/** All rows, round by round. */
function* plays(): Generator<[Row, number]> {
  for (let round = 0; round < rounds; round++) {
    for (const row of inTurn) {
      if (performance.now() > deadline) return;
      yield [row, round];
    }
  }
}

const queue = plays();
await Promise.all(Array.from({ length: Number(values.jobs) }, async () => {
  for (const [row, round] of queue) await play(row, round);
}));
await stopSharedPostgres();

const columns = ["rounds", "survived", "lost", "doubled", "wrong"] as const;
const width = Math.max(...chosen.map(({ fault }) => fault.length));
const order = first === 0 ? "" : `, beginning with row ${first}: ${inTurn[0]!.fault}`;
console.log(
  `\nseed ${seed}${order}\n${"fault".padEnd(width)}${columns.map((name) => name.padStart(10)).join("")}`,
);
let failed = 0, skipped = 0, unreached = 0;
for (const [{ fault }, result] of results) {
  if (result.skipped !== undefined) skipped++;
  else if (result.rounds === 0) unreached++;
  else if (result.survived < result.rounds) failed++;
  const figures = columns.map((name) => String(result[name]).padStart(10)).join("");
  console.log(
    fault.padEnd(width) + (result.skipped === undefined ? figures : `  skipped: ${result.skipped}`),
  );
}
console.log(
  `\n${chosen.length - failed - skipped - unreached} faults survived, ${failed} not; ` +
    `${skipped} skipped, ${unreached} not reached`,
);
Deno.exit(failed > 0 ? 1 : 0);
