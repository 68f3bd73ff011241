import { assertEquals, assertRejects } from "@std/assert/mod.js";
import type { Batch } from "../../../lib/records/batch.ts";
import { MemoryCache } from "../../../lib/caches/memory.ts";
import { encodeKey } from "../../../lib/recipe/key.ts";
import type { Model } from "../../../lib/models/model.ts";
import { InferStream } from "../../../lib/records/stages/infer.ts";
import { LookupStream } from "../../../lib/records/stages/lookup.ts";
import { InProcessModel } from "../../fakes/in_process_model.ts";
import { answersOf, batchOf } from "./answering.ts";

/** What comes out of lookup and infer together. */
async function infer(batches: Batch[], model: Model, cache = new MemoryCache(crypto.randomUUID())) {
  const answers = answersOf(model, { cache });
  const objectAnswers = await answers.open();
  answers.endOfObjects();
  try {
    const stream = ReadableStream.from(batches)
      .pipeThrough(new LookupStream(objectAnswers)).pipeThrough(new InferStream(objectAnswers));
    const out: { batch: Batch; inFlight: number }[] = [];
    for await (const batch of stream) out.push({ batch, inFlight: objectAnswers.slot.batches });
    return out;
  } finally {
    objectAnswers.close(new Error("closed"));
    await answers.close();
  }
}

Deno.test("InferStream() lets batches out with all their answers", async () => {
  const out = await infer(
    [batchOf("a", "b"), batchOf("c")],
    new InProcessModel({ level: (_, t) => t.charCodeAt(0) - 96 }),
  );
  assertEquals(out.map(({ batch }) => batch.answers), [[1, 2], [3]]);
  assertEquals(out.at(-1)!.inFlight, 0);
});

Deno.test("InferStream() of nothing is nothing, and a batch without keys does not wait", async () => {
  assertEquals(await infer([], new InProcessModel()), []);
  assertEquals((await infer([batchOf()], new InProcessModel())).length, 1);
});

Deno.test("InferStream() keeps batches in order, whichever is answered first", async () => {
  const cache = new MemoryCache(crypto.randomUUID());
  await cache.set([[encodeKey("Acme", "known"), 4]], new AbortController().signal);
  const known = batchOf("known");
  let knownBeforeCall: Batch["answers"] = [];
  const model = new InProcessModel({
    level: () => {
      knownBeforeCall = [...known.answers];
      return 2;
    },
  });
  const out = await infer([batchOf("asked"), known, batchOf("asked", "known")], model, cache);
  assertEquals(out.map(({ batch }) => batch.answers), [[2], [4], [2, 4]]);
  assertEquals(knownBeforeCall, [4]);
});

Deno.test("InferStream() fails with a question that is not answered, after the batches before it", async () => {
  const cache = new MemoryCache(crypto.randomUUID());
  await cache.set([[encodeKey("Acme", "known"), 4]], new AbortController().signal);
  const model = new InProcessModel({ fail: () => ({ code: "UNIMPLEMENTED" }) });
  const known = batchOf("known");
  await assertRejects(() => infer([known, batchOf("asked")], model, cache), Error, "UNIMPLEMENTED");
  assertEquals(known.answers, [4]);
});

Deno.test("InferStream() lets its object be given up while it waits", async () => {
  const asked = Promise.withResolvers<void>();
  const model = new InProcessModel({
    fail() {
      asked.resolve();
      return "hang";
    },
  });
  const answers = answersOf(model);
  const objectAnswers = await answers.open();
  answers.endOfObjects();
  const reader = ReadableStream.from([batchOf("a")])
    .pipeThrough(new LookupStream(objectAnswers)).pipeThrough(new InferStream(objectAnswers)).getReader();
  const first = reader.read();
  await asked.promise;
  objectAnswers.close(new Error("given up"));
  await assertRejects(() => first, Error, "given up");
});
