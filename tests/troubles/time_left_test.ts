/** The progress of a run says what can be known: how much is finished, how long the rest takes, and what it waits for. */
import { assert, assertEquals, assertMatch } from "@std/assert/mod.js";
import { progressParts } from "../../lib/cli/progress.ts";
import { terminalLine } from "../../lib/cli/terminal_line.ts";
import { WorkEstimator } from "../../lib/telemetry/work_estimate.ts";
import { record, Scene } from "../errors/scene.ts";

/** The lines that a terminal shows one after the other, without what stays on it. */
function frames(stderr: string): string[] {
  // deno-lint-ignore no-control-regex -- these are what draws a line
  return [...stderr.matchAll(/\r([█░][^\r\n\x1b]*)/g)].map(([, line]) => line!);
}

const records = (n: number) => Array.from({ length: n }, (_, i) => record(`Clerk ${i}`)).join("");

Deno.test("sluice run says that it waits for the model, with no rate and no time left, while it is down", async () => {
  await using scene = await Scene.create();
  scene.write("in/a.jsonl", records(500));
  const model = `grpc://127.0.0.1:${scene.unusedPort()}`;
  scene.hurry(20);
  const { status, stderr } = await scene.runStreams({ model, "model-patience": "60s" }, { isTerminal: true });
  assertEquals(status, 1);
  const shown = frames(stderr.slice(stderr.indexOf("Waiting for the model")));
  assert(shown.length > 5, stderr);
  const down = shown.filter((line) => line.includes(", waiting for the model"));
  assert(down.length > shown.length * 0.8, shown.join("\n"));
  for (const line of shown) assert(!/ left|[1-9]\d* records\/s/.test(line), line);
});

Deno.test("sluice run shows the share, the time left and the rate first, and cuts nothing in the middle", async () => {
  await using scene = await Scene.create();
  for (const name of "bcdefghi") scene.write(`in/${name}.jsonl`, records(200));
  const model = await scene.model({ delayMs: 2_000 });
  scene.hurry(10);
  const { status, stderr } = await scene.runStreams(
    { model: model.url, "max-in-flight-calls": "1", "max-call-questions": "100", objects: "2" },
    { isTerminal: true },
  );
  assertEquals(status, 0, stderr);
  const shown = frames(stderr);
  assert(shown.length > 3, stderr);
  for (const line of shown) {
    assert(!line.includes("…"), line);
    assert(line.length <= 77, line);
    assertMatch(line, /^[█░]{20} \d+ %(, .+ left)?(, [\d,]+ records\/s)?(, \d+\/\d+\+? objects?(, .*)?)?$/);
  }
  assert(shown.some((line) => / \d+ %, .+ left, [\d,]+ records\/s/.test(line)), shown.join("\n"));
});

Deno.test("progressParts() goes by bytes: a large object that is left is most of the work", () => {
  const estimator = new WorkEstimator();
  const sample = { isListed: true, questions: { asked: 0, outstanding: 0 } };
  estimator.add({ ...sample, bytes: { listed: 1_000_000, read: 0 }, records: { read: 0, finished: 0 } }, 0);
  // Nine of ten objects have ended, and a tenth of the bytes is read.
  const estimate = estimator.add(
    { ...sample, bytes: { listed: 1_000_000, read: 100_000 }, records: { read: 900, finished: 900 } },
    10_000,
  );
  const job = {
    isListed: true,
    objects: { found: 10, skipped: 0, done: 9, failed: 0, gone: 0, ignored: 0 },
    progress: { out: 900, rejected: 0 },
    remaining: 1,
  };
  const answers = {
    counts: { seen: 900, local: 9, hits: 891, asked: 0 },
    stats: () => ({ questionsWaiting: 0 }),
  };
  const parts = progressParts(
    job as unknown as Parameters<typeof progressParts>[0],
    answers as unknown as Parameters<typeof progressParts>[1],
    estimate,
  );
  const bar = "██░░░░░░░░░░░░░░░░░░";
  assertEquals(parts, [
    `${bar} 10 %`,
    "1 min 30 s left",
    "90 records/s",
    "9/10 objects",
    "900 records",
    "100.0 % cached",
    "0 questions waiting",
  ]);
  assertEquals(
    terminalLine(parts, 80),
    `\r${bar} 10 %, 1 min 30 s left, 90 records/s, 9/10 objects\x1b[K`,
  );
  assertEquals(terminalLine(parts, 48), `\r${bar} 10 %, 1 min 30 s left\x1b[K`);
});
