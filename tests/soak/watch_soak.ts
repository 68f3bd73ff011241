/**
 * `sluice watch` over a source that grows: one object per second, every tenth of them late, with a name between older ones;
 * the process is stopped (SIGTERM) or killed (SIGKILL) and started again ten times on the way. Prints the process's
 * memory as a curve, and judges every output.
 *
 *     deno task soak [--minutes 30] [--stops 10] [--lines 500] [--seed 1]
 *
 * Ends with status 1 where an object was missed, written twice or wrong, or a key was asked twice beyond what was under
 * way at a kill.
 */
import { parseArgs } from "node:util";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { describeMachine } from "../bench/machine.ts";
import { machineText } from "../bench/machine_text.ts";
import { fakeLevel, FakeModel } from "../fakes/model.ts";
import { FakeS3 } from "../fakes/s3.ts";
import { startSluice } from "../story/sluice_process.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    stops: { type: "string", default: "10" },
    lines: { type: "string", default: "500" },
    seed: { type: "string", default: "1" },
  },
});
const seconds = Number(values.minutes) * 60, stops = Number(values.stops), lines = Number(values.lines);
/** Distinct pairs at the start; one more comes with every object. */
const firstPairs = 5_000;
const sampleSeconds = Math.max(5, Math.round(seconds / 60));

const random = xoroshiro128plus(Number(values.seed));
const below = (n: number) => uniformInt(random, 0, n - 1);

/** An object's lines, and what they must become. */
function recordsOf(number: number): { source: string; output: string } {
  let source = "", output = "";
  for (let i = 0; i < lines; i++) {
    // Low numbers are more frequent, as in life.
    const pair = i === 0 ? firstPairs + number : Math.min(below(firstPairs), below(firstPairs));
    const company = `Company ${pair % 97}`, title = `Title ${pair}`;
    const fields = `"company":"${company}","title":"${title}","n":${number * lines + i}`;
    source += `{${fields}}\n`;
    output += `{${fields},"seniority":${fakeLevel(company, title)}}\n`;
  }
  return { source, output };
}

await using s3 = await FakeS3.start({ buckets: ["raw", "mod"] });
await using model = await FakeModel.start({ delayMs: 100 });
const folder = await Deno.makeTempDir({ prefix: "sluice-soak-" });
const args = [
  ...["watch", "--from", "s3://raw/in/", "--to", "s3://mod/out/", "--model", model.url, "--every", "1s"],
  ...["--cache", `sqlite:${folder}/cache.db`, "--ledger", `${folder}/ledger.db`, "--listen", "127.0.0.1:0"],
];
const start = () => startSluice(args, { env: s3.environment });

const expected: string[] = [];
const names = new Map<string, number>(), putAt = new Map<string, number>(), visibleAfter: number[] = [];
const written = new Map<string, number>();
s3.fault(
  ({ operation, bucket, key }) =>
    bucket === "mod" && key.startsWith("out/") &&
    ["PutObject", "CompleteMultipartUpload"].includes(operation),
  async ({ key }, proceed) => {
    const answer = await proceed();
    if (answer.status >= 300) return answer;
    const name = key.slice("out/".length);
    written.set(name, (written.get(name) ?? 0) + 1);
    const put = putAt.get(name);
    if (put !== undefined) visibleAfter.push((performance.now() - put) / 1000);
    return answer;
  },
  { times: Infinity },
);

console.log(
  `${
    machineText(await describeMachine("no Redis"))
  }An object of ${lines} lines per second for ${seconds} s, ${stops} stops`,
);
let watch = start(), starts = 1, kills = 0;
const memory: { second: number; mib: number; start: number }[] = [];
const failures: string[] = [];
const stopAt = Array.from({ length: stops }, (_, i) => Math.round(seconds * (i + 1) / (stops + 1)));
const began = performance.now();
for (let second = 0; second < seconds; second++) {
  const isLate = second % 10 === 9;
  const unix = 1_700_000_000 + (isLate ? (second - 5) * 60 + 30 : second * 60);
  const name = `${unix}.jsonl`;
  names.set(name, second);
  putAt.set(name, performance.now());
  const { source, output } = recordsOf(second);
  expected.push(output);
  s3.put("raw", `in/${name}`, source);
  if (second % sampleSeconds === 0) memory.push({ second, mib: residentMib(watch.pid), start: starts });
  if (stopAt.includes(second)) {
    const isKill = starts % 2 === 0;
    if (isKill) kills++;
    watch.kill(isKill ? "SIGKILL" : "SIGTERM");
    const { status, stderr } = await watch.ended;
    if (!isKill && status !== 0) failures.push(`stopped with status ${status}: ${stderr.slice(-500)}`);
    noteTroubles(stderr);
    watch = start();
    starts++;
  }
  await new Promise((resolve) =>
    setTimeout(resolve, Math.max(0, began + (second + 1) * 1000 - performance.now()))
  );
}
for (let waits = 0; waits < 60 && written.size < names.size; waits++) {
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
memory.push({ second: seconds, mib: residentMib(watch.pid), start: starts });
watch.kill("SIGTERM");
const last = await watch.ended;
if (last.status !== 0) failures.push(`ended with status ${last.status}`);
noteTroubles(last.stderr);

let missed = 0, twice = 0, wrong = 0;
for (const [name, number] of names) {
  const times = written.get(name) ?? 0;
  if (times === 0) missed++;
  else {
    if (times > 1) twice++;
    if (await s3.text("mod", `out/${name}`) !== expected[number]) wrong++;
  }
}

const { calls, keysAskedTwice } = model.stats();
console.log(curve());
console.log(
  `${names.size} objects, ${starts} starts, ${kills} of them after a kill; ${missed} missed, ${twice} written twice, ` +
    `${wrong} wrong; ${calls} calls, ${keysAskedTwice} keys asked twice; visible after ${
      percentile(0.5)
    } s (median), ` +
    `${percentile(0.99)} s (99th percentile, stops included)`,
);
for (const failure of failures) console.log(failure);
await Deno.remove(folder, { recursive: true });
// A kill may take answers along that no cache had yet: those of one call at most, here.
Deno.exit(missed + twice + wrong + failures.length > 0 || keysAskedTwice > kills * 1_000 ? 1 : 0);

/** What a watch has said is wrong: nothing should be. */
function noteTroubles(log: string): void {
  for (const line of log.split("\n")) if (/"level":"(?:ERROR|WARN)/.test(line)) failures.push(line);
}

/** Resident memory over time: a row a sample. */
function curve(): string {
  const most = Math.max(...memory.map(({ mib }) => mib));
  return memory.map(({ second, mib, start }) =>
    `${`${Math.floor(second / 60)}:${String(second % 60).padStart(2, "0")}`.padStart(6)} ` +
    `${mib.toFixed(0).padStart(4)} MiB ${"█".repeat(Math.round(mib / most * 40)).padEnd(40)} start ${start}`
  ).join("\n");
}

function percentile(part: number): string {
  const sorted = visibleAfter.toSorted((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN).toFixed(2);
}

function residentMib(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error; // `/proc` takes --allow-all
    return 0; // it has just ended
  }
}
