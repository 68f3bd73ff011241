/** Lines of the log about an object name it in `object`, whether it was processed or not, so that they can be grouped. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { gzipSync } from "node:zlib";
import { record, Scene } from "../errors/scene.ts";
import { queueTest } from "../queue/queue_scene.ts";
import { until } from "../until.ts";

/** Writes one object that is processed, one with a reject, one of rejects only, and one that was cut off. */
function writeObjects(scene: Scene): void {
  scene.write("in/mixed.jsonl", `${record("y")}no json\n`);
  scene.write("in/rejects.jsonl", "no json\nnone either\n");
  scene.write("in/broken.jsonl.gz", new Uint8Array(gzipSync(record("y"))).subarray(0, 20));
}

const named = ["a.jsonl", "broken.jsonl.gz", "mixed.jsonl", "rejects.jsonl"];

/** Asserts that each object has its line, at the level of what became of it. */
function verifyLog(log: string): void {
  const lines = log.trim().split("\n").map((line) => JSON.parse(line));
  const about = lines.filter(({ object }) => object !== undefined);
  const levels = Object.fromEntries(about.map(({ level, object }) => [object, level]));
  assertEquals(levels, {
    "a.jsonl": "INFO",
    "broken.jsonl.gz": "ERROR",
    "mixed.jsonl": "WARN",
    "rejects.jsonl": "ERROR",
  }, log);
  for (const line of lines.filter(({ level }) => level === "ERROR")) {
    assert(typeof line.kind === "string", JSON.stringify(line));
    if (line.object === undefined) assert(!named.some((name) => line.message.includes(name)), line.message);
  }
  const mixed = about.find(({ object }) => object === "mixed.jsonl");
  assertEquals([mixed.records, mixed.rejected], [1, 1]);
  assertStringIncludes(mixed.rejectsIn, "/out/_rejects/");
  const done = lines.filter(({ message }) => message.startsWith("Done: ")).map(({ object }) => object);
  assertEquals(done.toSorted(), ["a.jsonl", "mixed.jsonl"], "what has nothing but rejects is not done");
}

Deno.test("sluice watch names the object of each line about one", async () => {
  await using scene = await Scene.create();
  writeObjects(scene);
  let log = "";
  const { status } = await scene.sluice([
    ...["watch", "--from", `${scene.folder}/in`, "--to", `${scene.folder}/out`, "--model", "reference:"],
    ...["--cache", "none:", "--ledger", `${scene.folder}/state/ledger.db`, "--listen", "127.0.0.1:0"],
    ...["--log-format", "json"],
  ], { onStderr: (text) => log += text, stop: until(() => named.every((name) => log.includes(name))) });
  assertEquals(status, 0, log);
  verifyLog(log);
});

Deno.test("sluice watch names the object of a note about it", async () => {
  await using scene = await Scene.create();
  scene.write("in/guess.csv", "company;title\nAcme;Clerk\n");
  let log = "";
  await scene.sluice([
    ...["watch", "--from", `${scene.folder}/in`, "--to", `${scene.folder}/out`, "--model", "reference:"],
    ...["--cache", "none:", "--ledger", `${scene.folder}/state/ledger.db`, "--listen", "127.0.0.1:0"],
    ...["--log-format", "json"],
  ], { onStderr: (text) => log += text, stop: until(() => log.includes("Done: guess.csv")) });
  const note = log.trim().split("\n").map((line) => JSON.parse(line)).find(({ message }) =>
    message.startsWith(`file://${scene.folder}/in/guess.csv: `)
  );
  assertEquals([note?.object, note?.level], ["guess.csv", "WARN"], log);
});

queueTest("sluice work names the object of each line about one", async ({ redis }) => {
  await using scene = await Scene.create();
  writeObjects(scene);
  const common = [
    "--queue",
    redis.url,
    "--model",
    "reference:",
    "--ledger",
    `${scene.folder}/state/ledger.db`,
  ];
  const places = ["--from", `${scene.folder}/in`, "--to", `${scene.folder}/out`];
  assertEquals((await scene.sluice(["enqueue", ...places, ...common, "--tries", "1"])).status, 0);
  const { status, text } = await scene.sluice([
    ...["work", ...common, "--cache", "none:", "--listen", "127.0.0.1:0", "--until-empty"],
    ...["--log-format", "json"],
  ]);
  assertEquals(status, 1, text);
  verifyLog(text);
});
