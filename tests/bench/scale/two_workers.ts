/**
 * What a second worker brings on two cores where all answers are known: one run of all objects against two runs side by
 * side of half of them each (`--shard`), from folder to folder, with one Redis as the cache. The records are those of
 * `sluice sample`.
 *
 *     deno task bench:two-workers [--rounds 5] [--objects 360] [--lines 5555]
 */
import { parseArgs } from "node:util";
import { RedisServer } from "../../fakes/redis_server.ts";
import { startSluice } from "../../story/sluice_process.ts";
import { describeMachine } from "../machine.ts";
import { machineText } from "../machine_text.ts";
import { spreadOf } from "../spread.ts";
import { wholeFlag } from "../whole_flag.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    objects: { type: "string", default: "360" },
    lines: { type: "string", default: "5555" },
  },
});
const rounds = wholeFlag("rounds", values.rounds, 1);
const objects = wholeFlag("objects", values.objects, 2);
const lines = wholeFlag("lines", values.lines, 1);

const server = await RedisServer.start();
if (typeof server === "string") throw new Error(`Cannot measure: ${server}`);
await using redis = server;
const machine = await describeMachine("");
const folder = await Deno.makeTempDir({ prefix: "sluice-two-" });
const made = await startSluice([
  "sample",
  ...["--to", `${folder}/in`, "--records", `${objects * lines}`, "--per-object", `${lines}`, "--seed", "1"],
]).ended;
if (made.status !== 0) throw new Error(`Cannot make objects: ${made.stderr}`);

let runs = 0;
/** Seconds that the shares take side by side. */
async function seconds(shards: readonly (string | undefined)[]): Promise<number> {
  const to = `${folder}/out-${runs++}`;
  const started = performance.now();
  const ended = await Promise.all(shards.map((shard, i) =>
    startSluice([
      "run",
      ...["--from", `${folder}/in`, "--to", to, "--ledger", `${folder}/${runs}-${i}.db`, "--quiet"],
      ...["--model", "reference:", "--cache", redis.url],
      ...(shard === undefined ? [] : ["--shard", shard]),
    ]).ended
  ));
  const taken = (performance.now() - started) / 1_000;
  for (const { status, stderr } of ended) if (status !== 0) throw new Error(`Cannot measure: ${stderr}`);
  const written = [...Deno.readDirSync(to)].filter(({ name }) => name.endsWith(".jsonl")).length;
  if (written !== objects) throw new Error(`Cannot measure: ${written} of ${objects} objects were written`);
  await Deno.remove(to, { recursive: true });
  return taken;
}

await seconds([undefined]); // the answers get known
const ones: number[] = [], ratios: number[] = [];
for (let round = 0; round < rounds; round++) {
  const one = await seconds([undefined]), two = await seconds(["0/2", "1/2"]);
  ones.push(objects * lines / one);
  ratios.push(one / two);
}
await Deno.remove(folder, { recursive: true });
const ratio = spreadOf(ratios), rate = spreadOf(ones);
console.log(`${machineText(machine)}
${objects} objects of ${
  lines.toLocaleString("en-US")
} lines, all answers known, folder to folder, ${rounds} rounds

one worker, lines a second       ${Math.round(rate.median).toLocaleString("en-US")}
two workers against one          ${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}–${
  ratio.max.toFixed(2)
})  bar 1.7`);
