import { assertEquals, assertRejects } from "@std/assert/mod.js";
import type { ClaimedBatch } from "../../../lib/answers/claim.ts";
import type { Batch } from "../../../lib/records/batch.ts";
import { MemoryCache } from "../../../lib/caches/memory.ts";
import { LookupStream } from "../../../lib/records/stages/lookup.ts";
import { InProcessModel } from "../../fakes/in_process_model.ts";
import { fakeLevel } from "../../fakes/model_behaviour.ts";
import { answersOf, batchOf } from "./answering.ts";
import { runStage } from "./run_stage.ts";

Deno.test("LookupStream() claims all batches in order, and says when the last has come", async () => {
  const model = new InProcessModel();
  const answers = answersOf(model);
  const objectAnswers = await answers.open();
  answers.endOfObjects();
  const batches = [batchOf("a", "b"), batchOf("b"), batchOf()];
  const claimed = await runStage<Batch, ClaimedBatch>(batches, new LookupStream(objectAnswers));
  assertEquals(claimed.map(({ batch }) => batch), batches);
  assertEquals(objectAnswers.slot.hasEnded, true);
  await Promise.all(claimed.map(({ settled }) => settled));
  assertEquals(batches[1]!.answers, [fakeLevel("Acme", "b")]);
  assertEquals(model.stats().calls, 1);
  objectAnswers.close(new Error("closed"));
  await answers.close();
});

Deno.test("LookupStream() of nothing asks nothing", async () => {
  const model = new InProcessModel();
  const objectAnswers = await answersOf(model).open();
  assertEquals(await runStage([], new LookupStream(objectAnswers)), []);
  assertEquals([objectAnswers.slot.hasEnded, model.calls.length], [true, 0]);
});

Deno.test("LookupStream() looks a batch's keys up in one round trip", async () => {
  const asked: string[][] = [];
  const cache = new class extends MemoryCache {
    override get(keys: readonly string[], signal: AbortSignal) {
      asked.push([...keys]);
      return super.get(keys, signal);
    }
  }(crypto.randomUUID());
  const answers = answersOf(new InProcessModel(), { cache });
  const objectAnswers = await answers.open();
  answers.endOfObjects();
  const batches = [batchOf("a", "b"), batchOf("b", "c"), batchOf("c")];
  const claimed = await runStage<Batch, ClaimedBatch>(batches, new LookupStream(objectAnswers));
  await Promise.all(claimed.map(({ settled }) => settled));
  assertEquals(asked, [batches[0]!.keys, [batches[1]!.keys[1]]]);
  objectAnswers.close(new Error("closed"));
  await answers.close();
});

Deno.test("LookupStream() takes no batch in for which there is no room, and ends when its object is given up", async () => {
  let taken = 0;
  const source = new ReadableStream<Batch>({
    pull: (controller) => controller.enqueue(batchOf(`title ${taken++}`)),
  }, { highWaterMark: 0 });
  const answers = answersOf(new InProcessModel({ fail: () => "hang" }), { maxInFlightBytes: 2 });
  const objectAnswers = await answers.open();
  const reader = source.pipeThrough(new LookupStream(objectAnswers)).getReader();
  for (const _ of [1, 2]) assertEquals((await reader.read()).done, false);
  const third = reader.read();
  await new Promise((resolve) => setTimeout(resolve)); // all that can be taken in has been
  // Two that have room, one that waits for it, none before the stage.
  assertEquals([objectAnswers.slot.batches, objectAnswers.slot.isWaiting, taken], [2, true, 3]);
  objectAnswers.close(new Error("given up"));
  await assertRejects(() => third, Error, "given up");
});
