import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { gunzipSync } from "node:zlib";
import { type Batch, ObjectCounts, type Reject } from "../../../lib/records/batch.ts";
import { rejectLine } from "../../../lib/records/rejects.ts";
import { RejectsObject, RejectsStream } from "../../../lib/records/stages/rejects.ts";
import { ObjectWriter } from "../../../lib/records/stages/upload.ts";
import { MemoryStore, type MemoryStoreFaults } from "../../fakes/memory_store.ts";
import { runStage } from "./run_stage.ts";

const address = "memory:///a.jsonl";
const name = "_rejects/a.jsonl";

function rejectsFor(options: { gzip?: boolean; faults?: MemoryStoreFaults } = {}) {
  const partLimits = { partBytes: 50, maxPartBytes: 50, maxParts: 100 };
  const store = new MemoryStore({ partLimits, faults: options.faults });
  const output = new ObjectWriter({
    store,
    name,
    condition: "always",
    contentType: "application/x-ndjson",
    maxPartsInFlight: 1,
    signal: new AbortController().signal,
  });
  return { store, rejects: new RejectsObject(address, { gzip: options.gzip ?? false }, output) };
}

function batchOf(...lines: number[]): Batch {
  const rejects = lines.map((line): Reject => ({
    line,
    reason: "invalid_json",
    text: `text ${line}`,
    bytes: 6,
  }));
  const none = new Uint32Array(0);
  return {
    text: new Uint8Array(0),
    ends: none,
    lineNumbers: none,
    bytes: 0,
    keyOf: [],
    keys: [],
    answers: [],
    rejects,
  };
}

const batches = [batchOf(2, 3), batchOf(), batchOf(7)];
const expected = batches.flatMap(({ rejects }) => rejects).map((reject) => rejectLine(address, reject)).join(
  "",
);

Deno.test("RejectsStream() writes all batches' rejects in order, and lets the batches on", async () => {
  const { rejects, store } = rejectsFor();
  assertEquals(await runStage(batches, new RejectsStream(rejects, new ObjectCounts())), batches);
  assertEquals(store.objects.size, 0);
  await rejects.close();
  assertEquals(store.text(name), expected);
});

Deno.test("RejectsStream() writes nothing where there are no rejects", async () => {
  const { rejects, store } = rejectsFor();
  assertEquals(await runStage([batchOf()], new RejectsStream(rejects, new ObjectCounts())), [batchOf()]);
  assertEquals(await runStage([], new RejectsStream(rejects, new ObjectCounts())), []);
  await rejects.abort("none");
  assertEquals(store.log, []);
});

Deno.test("RejectsObject is compressed as the source came", async () => {
  const { rejects, store } = rejectsFor({ gzip: true });
  await runStage(batches, new RejectsStream(rejects, new ObjectCounts()));
  await rejects.close();
  assertEquals(new TextDecoder().decode(gunzipSync(store.objects.get(name)!.bytes)), expected);
});

for (const gzip of [false, true]) {
  Deno.test(`RejectsObject.abort() leaves nothing, with gzip ${gzip}`, async () => {
    const { rejects, store } = rejectsFor({ gzip });
    await runStage(batches, new RejectsStream(rejects, new ObjectCounts()));
    await rejects.abort(new Error("the object failed"));
    assertEquals(store.objects.size, 0);
    assertEquals(store.log.filter((entry) => /^(?:start|abort)/.test(entry)).length % 2, 0);
  });
}

Deno.test("RejectsStream() fails with the store that takes its rejects", async () => {
  const faults: MemoryStoreFaults = {
    onPart() {
      throw new Error("no room");
    },
  };
  const { rejects, store } = rejectsFor({ faults });
  const write = async () => {
    await runStage(
      Array.from({ length: 9 }, (_, i) => batchOf(i + 1)),
      new RejectsStream(rejects, new ObjectCounts()),
    );
    await rejects.close();
  };
  await assertRejects(write, Error, "no room");
  await rejects.abort(new Error("the object failed"));
  assertEquals([store.log.at(-1), store.objects.size], [`abort ${name}`, 0]);
});

Deno.test("RejectsStream() sets records aside whose question was refused, among the other rejects by line", async () => {
  const { rejects, store } = rejectsFor();
  const counts = new ObjectCounts();
  const batch: Batch = {
    ...batchOf(2, 4),
    text: new TextEncoder().encode("one\nthree\nfive\n"),
    ends: Uint32Array.of(3, 9, 14),
    lineNumbers: Uint32Array.of(1, 3, 5),
    keyOf: [0, 1, 0],
    keys: ["a", "b"],
    answers: ["refused", 3],
  };
  await runStage([batch], new RejectsStream(rejects, counts));
  await rejects.close();
  const written = [...store.objects.keys()].map((name) => store.text(name)!.trimEnd().split("\n")).flat();
  assertEquals(
    written.map((line) => JSON.parse(line)).map(({ line, reason, text }) => [line, reason, text]),
    [
      [1, "model_refused", "one"],
      [2, "invalid_json", "text 2"],
      [4, "invalid_json", "text 4"],
      [5, "model_refused", "five"],
    ],
  );
  assertEquals(counts.reasons, { model_refused: 2 });
});
