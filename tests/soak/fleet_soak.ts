/**
 * The fleet's queue while its Redis is killed and started again, paused, cut off or silent, and workers are killed or
 * paused: two workers, each a process of its own, behind a proxy whose connections can be cut. Every other round begins
 * while the workers wait for jobs. Redis writes everything to disk before it answers: otherwise it would lose jobs itself.
 *
 *     deno task soak:fleet [--rounds 20] [--jobs 300] [--seed 1] [--only NAME]
 *
 * Ends with status 1 where a job was not done, one is left over, a worker ended by an error, or did not end when stopped.
 */
import { parseArgs } from "node:util";
import { JobQueue } from "../../lib/queue/job_queue.ts";
import type { QueueJob } from "../../lib/queue/queue_job.ts";
import { describeMachine } from "../bench/machine.ts";
import { machineText } from "../bench/machine_text.ts";
import { RedisServer } from "../fakes/redis_server.ts";
import { TcpProxy } from "./tcp_proxy.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "20" },
    jobs: { type: "string", default: "300" },
    only: { type: "string" },
  },
});
const rounds = Number(values.rounds), jobsPerRound = Number(values.jobs);
const visibilitySeconds = 8;
/** How long a round may take after its fault is over, in seconds. */
const patienceSeconds = 120;
const maxEndSeconds = 10;
const { signal } = new AbortController();

const server = await RedisServer.start("--appendonly", "yes", "--appendfsync", "always");
if (typeof server === "string") throw new Error(`Cannot run the soak: ${server}`);
await using redis = server;
await using proxy = new TcpProxy(redis.port);

/** What jobs were worked on and completed, how often, in this round. */
const worked = new Map<string, number>(), completed = new Map<string, number>();
let troubles = new Map<string, number>(), lost = 0;
const failures: string[] = [];

interface WorkerProcess {
  readonly child: Deno.ChildProcess;
  readonly ended: Promise<void>;
}

function startWorker(): WorkerProcess {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-all",
      new URL("./fleet_worker.ts", import.meta.url).pathname,
      `redis://127.0.0.1:${proxy.port}`,
      `${visibilitySeconds}`,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  return { child, ended: read(child) };
}

async function read(child: Deno.ChildProcess): Promise<void> {
  let rest = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const [, what, about = ""] = /^(\w+) ?(.*)$/.exec(line)!;
      if (what === "worked") worked.set(about, (worked.get(about) ?? 0) + 1);
      else if (what === "completed") completed.set(about, (completed.get(about) ?? 0) + 1);
      else if (what === "lost") lost++;
      else if (what === "trouble") {
        const kind = about.replace(/[\da-f]{32}/g, "ID").replace(/:\d+/g, ":PORT");
        troubles.set(kind, (troubles.get(kind) ?? 0) + 1);
      }
    }
  }
}

/** Stops a worker, and waits for it: it must end by itself, with status 0. */
async function endWorker({ child, ended }: WorkerProcess): Promise<number> {
  const began = performance.now();
  child.kill("SIGTERM");
  const late = setTimeout(() => {
    failures.push(`a worker did not end in ${maxEndSeconds} s`);
    child.kill("SIGKILL");
  }, maxEndSeconds * 1000 + visibilitySeconds * 1_500);
  const { code, signal } = await child.status;
  clearTimeout(late);
  await ended;
  if (code !== 0) failures.push(`a worker ended with status ${code}, signal ${signal}`);
  return (performance.now() - began) / 1000;
}

async function killWorker(at: number): Promise<void> {
  workers[at]!.child.kill("SIGKILL");
  await workers[at]!.child.status;
  await workers[at]!.ended;
  workers[at] = startWorker();
}

const seconds = (n: number) => new Promise((resolve) => setTimeout(resolve, n * 1000));

/** What goes wrong, in the order of the rounds. */
const faults: Record<string, () => Promise<unknown>> = {
  "Redis killed, back at once": () => redis.restart(100),
  "all connections cut": () => Promise.resolve(proxy.cut()),
  "Redis killed, away for 10 s": () => redis.restart(10_000),
  "connections cut every 0.2 s for 6 s": async () => {
    for (let i = 0; i < 30; i++) {
      proxy.cut();
      await seconds(0.2);
    }
  },
  "Redis paused for 20 s": () => redis.pause(20_000),
  "nothing comes through for 20 s": async () => {
    proxy.mode = "silent";
    await seconds(20);
    proxy.mode = "pass";
  },
  "a worker killed": () => killWorker(0),
  "no connection taken for 8 s": async () => {
    proxy.mode = "refuse";
    proxy.cut();
    await seconds(8);
    proxy.mode = "pass";
  },
  "Redis killed five times, 1.5 s apart": async () => {
    for (let i = 0; i < 5; i++) {
      await redis.restart(300);
      await seconds(1.5);
    }
  },
  "a worker paused for 20 s": async () => {
    workers[1]!.child.kill("SIGSTOP");
    await seconds(20);
    workers[1]!.child.kill("SIGCONT");
  },
  "Redis paused for 60 s": () => redis.pause(60_000),
};
const names = Object.keys(faults).filter((name) => name.includes(values.only ?? ""));

const version = `Redis ${/v=(\S+)/.exec(await output("redis-server", "--version"))?.[1]}, AOF fsync always`;
console.log(
  `${machineText(await describeMachine(version))}${rounds} rounds of ${jobsPerRound} jobs, two workers, ` +
    `claims of ${visibilitySeconds} s; BullMQ ${bullVersion()} through node-redis\n`,
);
console.log("round  jobs  twice  lost  after the fault  what");

const queue = new JobQueue(`redis://127.0.0.1:${proxy.port}`, { timeoutSeconds: 5, retrySeconds: 1 });
const place = { source: "s3://raw/", destination: "s3://mod/" };
const workers = [startWorker(), startWorker()];
let twiceInAll = 0, undone = 0, slowest = 0;
for (let round = 0; round < rounds; round++) {
  const name = names[round % names.length]!;
  const isIdle = (round + Math.floor(round / names.length)) % 2 === 1;
  worked.clear();
  completed.clear();
  troubles = new Map();
  lost = 0;
  const jobs = Array.from({ length: jobsPerRound }, (_, i): QueueJob => ({
    ...place,
    name: `${round}/${i}.jsonl`,
    etag: `${round}`,
    bytes: i,
  }));
  // Some come before the fault, some while it lasts, some after it; half the rounds begin with workers that wait.
  const third = Math.ceil(jobs.length / 3);
  if (isIdle) await seconds(3);
  else await add(jobs.slice(0, third));
  const fault = faults[name]!();
  const adding = add(jobs.slice(isIdle ? 0 : third, 2 * third));
  await fault;
  const over = performance.now();
  await adding;
  await add(jobs.slice(2 * third));
  const left = await untilDone();
  const took = (performance.now() - over) / 1000;
  slowest = Math.max(slowest, took);
  const missing = jobs.filter((job) => !worked.has(job.name)).length;
  const twice = [...worked.values()].filter((times) => times > 1).length;
  twiceInAll += twice;
  undone += missing;
  if (missing > 0 || left !== "") failures.push(`round ${round + 1}: ${missing} jobs were not done; ${left}`);
  console.log(
    `${String(round + 1).padStart(5)}  ${String(worked.size).padStart(4)}  ${String(twice).padStart(5)}  ${
      String(lost).padStart(4)
    }  ${`${took.toFixed(1)} s`.padStart(15)}  ${name}${isIdle ? ", while they wait" : ""}`,
  );
  for (const [text, times] of troubles) console.log(`         ${times} × ${text}`);
}
const ends = await Promise.all(workers.map(endWorker));
const state = await queue.state(signal);
await queue.close();
console.log(
  `\n${
    rounds * jobsPerRound
  } jobs: ${undone} not done, ${twiceInAll} worked on twice; left over: ${state.waiting} waiting, ` +
    `${state.delayed} delayed, ${state.active} active, ${state.failed} failed; all done ${
      slowest.toFixed(1)
    } s after a ` +
    `fault at the latest; the workers ended by themselves ${
      ends.map((n) => n.toFixed(1)).join(" and ")
    } s after they were stopped`,
);
if (state.waiting + state.delayed + state.active + state.failed > 0) failures.push("jobs are left over");
for (const failure of failures) console.log(`FAILED: ${failure}`);
console.log(failures.length === 0 ? "It held." : "It did NOT hold.");
Deno.exitCode = failures.length === 0 ? 0 : 1;

/** Adds jobs, and keeps trying while that fails: adding twice adds nothing. */
async function add(jobs: readonly QueueJob[]): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    try {
      await queue.add(jobs, signal);
      return;
    } catch {
      await seconds(1);
    }
  }
  failures.push(`${jobs.length} jobs could not be added`);
}

/** Waits until the queue is empty; resolves to what is left where that takes too long. */
async function untilDone(): Promise<string> {
  let why = "";
  const began = performance.now();
  while (performance.now() - began < patienceSeconds * 1000) {
    try {
      const { waiting, delayed, active, failed } = await queue.state(signal);
      why = `${waiting} waiting, ${delayed} delayed, ${active} active, ${failed} failed`;
      if (waiting + delayed + active + failed === 0) {
        await seconds(0.3); // what the workers say comes a little later
        return "";
      }
    } catch (error) {
      why = (error as Error).message;
    }
    await seconds(0.25);
  }
  return why;
}

async function output(command: string, ...args: string[]): Promise<string> {
  return new TextDecoder().decode((await new Deno.Command(command, { args }).output()).stdout);
}

function bullVersion(): string {
  const manifest = JSON.parse(Deno.readTextFileSync(new URL("../../deno.json", import.meta.url)));
  return manifest.imports.bullmq.split("@").at(-1);
}
