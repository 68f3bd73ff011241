import { assertEquals } from "@std/assert/mod.js";
import { type Batch, ObjectCounts } from "../../../lib/records/batch.ts";
import { SkippedObject, SkippedStream } from "../../../lib/records/stages/skipped.ts";
import { ObjectWriter } from "../../../lib/records/stages/upload.ts";
import { MemoryStore } from "../../fakes/memory_store.ts";
import { batchOf } from "./answering.ts";
import { runStage } from "./run_stage.ts";

const answered = (keyOf: number[], ...answers: Batch["answers"]): Batch => ({
  ...batchOf(...answers.map((_, i) => `title ${i}`)),
  keyOf,
  answers,
});

Deno.test("SkippedStream() lists each batch's skipped keys with their records, and lets the batches on", async () => {
  const store = new MemoryStore();
  const signal = new AbortController().signal;
  const written = { store, condition: "always", maxPartsInFlight: 1, contentType: "x", signal } as const;
  const skipped = new SkippedObject(
    "s3://raw/a",
    { gzip: false },
    new ObjectWriter({ ...written, name: "list" }),
  );
  const counts = new ObjectCounts();
  const batches = [
    answered([0, 1, 0, 2], "skipped", 3, "skipped"),
    answered([0], 5),
    answered([0], "skipped"),
  ];
  assertEquals(await runStage<Batch, Batch>(batches, new SkippedStream(skipped, counts)), batches);
  await skipped.close();
  const line = (title: string, records: number) =>
    `{"object":"s3://raw/a","company":"Acme","title":"${title}","records":${records}}\n`;
  assertEquals(store.text("list"), line("title 0", 2) + line("title 2", 1) + line("title 0", 1));
  assertEquals(counts.skipped, 4);
});
