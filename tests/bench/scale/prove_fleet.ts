/**
 * Four workers of one queue, one cache and one model, on a real Redis: every object done once, no key asked twice, calls
 * as full as they can be, and the model's rate held by all of them together. With `--kill-every`, a worker is killed
 * (SIGKILL) every so many seconds, and another one started.
 *
 *     deno task prove:fleet [--workers 4] [--objects 400] [--lines 5555] [--shared 20000] [--kill-every SECONDS] [--json]
 *
 * Nine of ten lines of an object have titles of a pool that all objects draw from, the tenth one of its own. Ends with
 * status 1 where something does not hold. A simulation of the same fleet stands beside what was measured.
 */
import { parseArgs } from "node:util";
import { fakeLevel, FakeModel } from "../../fakes/model.ts";
import { RedisServer } from "../../fakes/redis_server.ts";
import { FakeS3 } from "../../fakes/s3.ts";
import { startSluice } from "../../story/sluice_process.ts";
import { describeMachine } from "../machine.ts";
import { machineText } from "../machine_text.ts";
import { wholeFlag } from "../whole_flag.ts";
import { fleetLines } from "./fleet_lines.ts";
import { fleetLoad } from "./fleet_load.ts";
import { measuredParts } from "./measured_parts.ts";
import { simulateFleet } from "./simulate_fleet.ts";

const { values } = parseArgs({
  options: {
    workers: { type: "string", default: "4" },
    objects: { type: "string", default: "400" },
    lines: { type: "string", default: "5555" },
    shared: { type: "string", default: "20000" },
    "kill-every": { type: "string", default: "0" },
    json: { type: "boolean", default: false },
  },
});
const workers = wholeFlag("workers", values.workers, 1);
const objects = wholeFlag("objects", values.objects, 1);
const lines = wholeFlag("lines", values.lines, 1);
const shared = wholeFlag("shared", values.shared, 1);
const killEvery = wholeFlag("kill-every", values["kill-every"], 0);
const callsPerSecond = 1, questionsPerCall = 1_000, delayMs = 300;
/** A killed worker's call counts as in flight if it had arrived no longer ago than this, its answer's writing included. */
const inFlightMs = delayMs + 1_000;

const server = await RedisServer.start("--appendonly", "yes");
if (typeof server === "string") {
  throw new Error(`Cannot prove anything: ${server}`);
}
await using redis = server;
await using s3 = await FakeS3.start({ buckets: ["raw", "mod"] });
await using model = await FakeModel.start({ delayMs });
const machine = await describeMachine("");

const written = new Map<string, number>();
s3.fault(
  ({ operation, bucket }) => operation === "PutObject" && bucket === "mod",
  async ({ key }, proceed) => {
    const answer = await proceed();
    if (answer.status === 200) written.set(key, (written.get(key) ?? 0) + 1);
    return answer;
  },
  { times: Infinity },
);
const nameOf = (object: number) => `${1_700_000_000 + object * 60}.jsonl`;
const keys = new Set<string>();
for (let object = 0; object < objects; object++) {
  const text = fleetLines(object, { lines, shared });
  for (const title of text.titles) keys.add(title);
  s3.put("raw", `in/${nameOf(object)}`, text.lines());
}

const folder = await Deno.makeTempDir({ prefix: "sluice-prove-" });
const env = {
  ...s3.environment,
  SLUICE_QUEUE: redis.url,
};
const troubles: string[] = [];
let begun = 0, ended = 0;
const running = new Set<ReturnType<typeof startSluice>>();
/** Starts a worker; it stays until the queue is empty. */
function startWorker(): void {
  const worker = startSluice([
    "work",
    ...[
      "--model",
      model.url,
      "--cache",
      redis.url,
      "--fleet",
      redis.url,
      "--until-empty",
    ],
    ...[
      "--ledger",
      `${folder}/${begun++}.db`,
      "--listen",
      "127.0.0.1:0",
      "--log-format",
      "text",
    ],
    ...[
      "--model-calls-per-second",
      `${callsPerSecond}`,
      "--max-call-questions",
      `${questionsPerCall}`,
    ],
  ], { env });
  running.add(worker);
  void worker.ended.then(({ status, stderr }) => {
    running.delete(worker);
    if (status === 137) return;
    ended++;
    if (status !== 0) {
      troubles.push(`a worker ended with ${status}: ${stderr.slice(-500)}`);
    }
  });
}

const enqueued = await startSluice([
  "enqueue",
  ...[
    "--from",
    "s3://raw/in/",
    "--to",
    "s3://mod/out/",
    "--ledger",
    `${folder}/enqueue.db`,
  ],
], { env }).ended;
if (enqueued.status !== 0) {
  throw new Error(`Cannot enqueue: ${enqueued.stderr}`);
}

const started = performance.now();
for (let i = 0; i < workers; i++) startWorker();
let kills = 0,
  inFlight = 0,
  nextKill = started + killEvery * 1_000,
  lastDone = -1;
while (running.size > 0) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  const now = performance.now();
  if (written.size !== lastDone && written.size % 50 === 0) {
    lastDone = written.size;
    console.error(
      `${written.size} of ${objects} objects, ${model.stats().calls} calls, ${kills} kills`,
    );
  }
  if (killEvery === 0 || now < nextKill || written.size === objects) continue;
  nextKill += killEvery * 1_000;
  // The one that has run for longest: all get their turn, and each has done something.
  const [victim] = running;
  victim!.kill("SIGKILL");
  kills++;
  inFlight += model.calls.filter(({ at }) => at > now - inFlightMs)
    .reduce((sum, { questions }) => sum + questions.length, 0);
  startWorker();
}
const seconds = (performance.now() - started) / 1_000;

let wrong = 0;
for (let object = 0; object < objects; object++) {
  const expected = fleetLines(object, { lines, shared }).lines((title) => fakeLevel("Acme", title));
  const output = await s3.text("mod", `out/${nameOf(object)}`).catch(() => undefined); // absent
  if (output !== expected) wrong++;
}
const { calls, keysAskedTwice, questions } = model.stats();
const at = model.calls.filter(({ questions }) => questions.length > 0).map((
  { at },
) => at);
const most = Math.max(
  ...at.map((from) => at.filter((ms) => ms >= from && ms < from + 10_000).length),
);
const optimum = Math.ceil(keys.size / questionsPerCall);
const simulated = simulateFleet(fleetLoad({ objects, lines, shared }), {
  ...measuredParts,
  workers,
});
const bars = [
  { name: "outputs that are absent or wrong", measured: wrong, atMost: 0 },
  {
    name: "outputs written twice",
    measured: [...written.values()].filter((n) => n > 1).length,
    atMost: kills,
  },
  { name: "questions", measured: questions, atMost: keys.size + inFlight },
  {
    name: "calls",
    measured: calls,
    atMost: Math.floor(
      (kills === 0 ? optimum : Math.ceil(questions / questionsPerCall) + kills) * 1.02,
    ) +
      workers,
  },
  {
    name: "calls in any ten seconds",
    measured: most,
    atMost: callsPerSecond * 10 + 2,
  },
  {
    name: "workers that ended by an error",
    measured: troubles.length,
    atMost: 0,
  },
];
const hasHeld = bars.every(({ measured, atMost }) => measured <= atMost);
if (values.json) {
  console.log(
    JSON.stringify({
      machine,
      bars,
      seconds,
      kills,
      inFlight,
      keysAskedTwice,
      simulated,
    }),
  );
} else {
  const number = (n: number) => n.toLocaleString("en-US", { maximumFractionDigits: 1 });
  console.log(`${machineText(machine)}
${workers} workers, ${number(objects)} objects of ${number(lines)} lines, ${
    number(keys.size)
  } keys, a call a second${killEvery > 0 ? `, a worker killed every ${killEvery} s: ${kills} kills` : ""}

${
    bars.map(({ name, measured, atMost }) =>
      `${name.padEnd(34)} ${number(measured).padStart(9)}  at most ${number(atMost).padStart(9)}  ${
        measured <= atMost ? "yes" : "NO"
      }`
    ).join("\n")
  }

keys asked twice                   ${number(keysAskedTwice).padStart(9)}  in flight at the kills ${
    number(inFlight)
  }
seconds                            ${number(seconds).padStart(9)}  simulated ${number(simulated.seconds)}
calls                              ${number(calls).padStart(9)}  simulated ${number(simulated.calls)}
${troubles.map((trouble) => `\n${trouble}`).join("")}`);
}
await Deno.remove(folder, { recursive: true });
Deno.exit(hasHeld ? 0 : 1);
