/**
 * What a second worker brings on two cores where all answers are known: one run of all objects against two runs side by
 * side of half of them each (`--shard`). First with a core for each worker, then with both cores for all. From folder
 * to folder, with one Redis as the cache; the records are those of `sluice sample`, and both shares have as many objects.
 * With `TMPDIR` on a tmpfs, no disk that both workers share is measured with them.
 *
 *     deno task bench:two-workers [--rounds 5] [--objects 720] [--lines 5555]
 */
import { statfsSync } from "node:fs";
import { parseArgs } from "node:util";
import { isOfShard } from "../../../lib/jobs/shard.ts";
import { RedisServer } from "../../fakes/redis_server.ts";
import { startSluice } from "../../story/sluice_process.ts";
import { describeMachine } from "../machine.ts";
import { machineText } from "../machine_text.ts";
import { spreadOf } from "../spread.ts";
import { wholeFlag } from "../whole_flag.ts";

/** What Linux calls a file system in memory. */
const tmpfsType = 0x0102_1994;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    objects: { type: "string", default: "720" },
    lines: { type: "string", default: "5555" },
  },
});
const rounds = wholeFlag("rounds", values.rounds, 1);
const objects = wholeFlag("objects", values.objects, 2);
if (objects % 2 > 0) {
  throw new RangeError(
    `Cannot measure: --objects must be even, not ${objects}`,
  );
}
const lines = wholeFlag("lines", values.lines, 1);

const server = await RedisServer.start();
if (typeof server === "string") throw new Error(`Cannot measure: ${server}`);
await using redis = server;
const machine = await describeMachine("");
const folder = await Deno.makeTempDir({ prefix: "sluice-two-" });
const made = await startSluice([
  "sample",
  // A fifth more: the shares by hash are made equal below.
  ...[
    "--to",
    `${folder}/in`,
    "--records",
    `${Math.ceil(objects * 1.2) * lines}`,
    "--per-object",
    `${lines}`,
    "--seed",
    "1",
  ],
]).ended;
if (made.status !== 0) throw new Error(`Cannot make objects: ${made.stderr}`);
const names = [...Deno.readDirSync(`${folder}/in`)].map(({ name }) => name)
  .sort();
for (const index of [0, 1]) {
  const share = names.filter((name) => isOfShard(name, { index, count: 2 }));
  if (share.length < objects / 2) {
    throw new Error(`Cannot measure: a share has ${share.length} objects`);
  }
  for (const name of share.slice(objects / 2)) {
    await Deno.remove(`${folder}/in/${name}`);
  }
}

interface Share {
  readonly shard?: string;
  /** The processor that it has for itself, but for Redis; any by default. */
  readonly cpu?: number;
}

let runs = 0;
/** Lines a second of shares that run side by side, by what each says of itself, added up: starting is left out. */
async function linesPerSecond(...shares: readonly Share[]): Promise<number> {
  const to = `${folder}/out-${runs++}`;
  const ended = await Promise.all(
    shares.map(({ cpu, shard }, i) =>
      startSluice([
        "run",
        ...[
          "--from",
          `${folder}/in`,
          "--to",
          to,
          "--ledger",
          `${folder}/${runs}-${i}.db`,
          "--quiet",
          "--json",
        ],
        ...["--model", "reference:", "--cache", redis.url],
        ...(shard === undefined ? [] : ["--shard", shard]),
      ], { cpu }).ended
    ),
  );
  for (const { status, stderr } of ended) {
    if (status !== 0) throw new Error(`Cannot measure: ${stderr}`);
  }
  const written = [...Deno.readDirSync(to)].filter(({ name }) => name.endsWith(".jsonl"))
    .length;
  if (written !== objects) {
    throw new Error(
      `Cannot measure: ${written} of ${objects} objects were written`,
    );
  }
  await Deno.remove(to, { recursive: true });
  return ended.reduce((sum, { stdout }) => {
    const { records, seconds } = JSON.parse(stdout.trim().split("\n").at(-1)!);
    return sum + records.in / seconds;
  }, 0);
}

/** The rates of one worker, and how many times the mean of the ones before and behind it a pair brings. */
async function pairsAgainst(
  one: Share,
  pair: readonly Share[],
): Promise<{ rates: number[]; ratios: number[] }> {
  const rates = [await linesPerSecond(one)];
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const both = await linesPerSecond(...pair);
    rates.push(await linesPerSecond(one));
    ratios.push(both / ((rates.at(-2)! + rates.at(-1)!) / 2));
  }
  return { rates, ratios };
}

await linesPerSecond({}); // the answers get known
const ownCores = await pairsAgainst({ cpu: 0 }, [{ shard: "0/2", cpu: 0 }, {
  shard: "1/2",
  cpu: 1,
}]);
const anyCores = await pairsAgainst({}, [{ shard: "0/2" }, { shard: "1/2" }]);
const isInMemory = statfsSync(folder).type === tmpfsType;
await Deno.remove(folder, { recursive: true });

const rate = (values: readonly number[]) => Math.round(spreadOf(values).median).toLocaleString("en-US");
const ratio = (values: readonly number[]) => {
  const { max, median, min } = spreadOf(values);
  return `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
};
console.log(`${machineText(machine)}
${objects} objects of ${lines.toLocaleString("en-US")} lines, all answers known, folder to folder (${
  isInMemory ? "in memory" : "on a disk"
}), ${rounds} rounds

one worker on one core                        ${rate(ownCores.rates)} lines per second
two workers, a core each, against that        ${ratio(ownCores.ratios)}  bar 1.7
one worker on both cores                      ${rate(anyCores.rates)} lines per second
two workers on both cores, against that       ${ratio(anyCores.ratios)}`);
