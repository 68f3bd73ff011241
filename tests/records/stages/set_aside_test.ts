import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { type Batch, ObjectCounts, type Reject } from "../../../lib/records/batch.ts";
import { SetAsideStream } from "../../../lib/records/stages/set_aside.ts";
import { batchOf as answeredBatch } from "./answering.ts";
import { runStage } from "./run_stage.ts";

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

/** Sends batches through the stage, and gathers what it sets aside. */
async function setAside(...batches: Batch[]) {
  const counts = new ObjectCounts();
  const rejects: [number, string][] = [];
  const skipped: [string, number][][] = [];
  const stage = new SetAsideStream({
    counts,
    reject: (some) => void rejects.push(...some.map(({ line, reason }): [number, string] => [line, reason])),
    skip: (keys) => void skipped.push([...keys]),
  });
  assertEquals(await runStage<Batch, Batch>(batches, stage), batches);
  return { counts, rejects, skipped };
}

Deno.test("SetAsideStream() hands on all batches' rejects in order, and lets the batches on", async () => {
  const { rejects } = await setAside(batchOf(2, 3), batchOf(), batchOf(7));
  assertEquals(rejects.map(([line]) => line), [2, 3, 7]);
});

Deno.test("SetAsideStream() does not call its taker without rejects", async () => {
  assertEquals((await setAside(batchOf())).rejects, []);
  assertEquals((await setAside()).rejects, []);
});

Deno.test("SetAsideStream() sets records aside whose question was refused, among the other rejects by line", async () => {
  const { counts, rejects } = await setAside({
    ...batchOf(2, 4),
    text: new TextEncoder().encode("one\nthree\nfive\n"),
    ends: Uint32Array.of(3, 9, 14),
    lineNumbers: Uint32Array.of(1, 3, 5),
    keyOf: [0, 1, 0],
    keys: ["a", "b"],
    answers: ["refused", 3],
  });
  assertEquals(rejects, [
    [1, "model_refused"],
    [2, "invalid_json"],
    [4, "invalid_json"],
    [5, "model_refused"],
  ]);
  assertEquals(counts.reasons, { model_refused: 2 });
});

Deno.test("SetAsideStream() hands on each batch's skipped keys with their records, and counts them", async () => {
  const answered = (keyOf: number[], ...answers: Batch["answers"]): Batch => ({
    ...answeredBatch(...answers.map((_, i) => `title ${i}`)),
    keyOf,
    answers,
  });
  const first = answered([0, 1, 0, 2], "skipped", 3, "skipped");
  const last = answered([0], "skipped");
  const { counts, skipped } = await setAside(first, answered([0], 5), last);
  assertEquals(skipped, [[[first.keys[0]!, 2], [first.keys[2]!, 1]], [[last.keys[0]!, 1]]]);
  assertEquals(counts.skipped, 4);
});

Deno.test("SetAsideStream() fails with what takes the rejects", async () => {
  const stage = new SetAsideStream({
    counts: new ObjectCounts(),
    reject: () => Promise.reject(new Error("no room")),
  });
  await assertRejects(() => runStage([batchOf(1)], stage), Error, "no room");
});
