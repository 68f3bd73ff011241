/** Takes one object through the pipeline, into a store and into a sink over none, in a worker without permissions; posts what became of it. */
import { type Batch, ObjectCounts } from "../../lib/records/batch.ts";
import { processObject } from "../../lib/records/pipeline.ts";
import { ObjectSink } from "../../lib/sinks/object_sink.ts";
import type { Sink } from "../../lib/sinks/sink.ts";
import { ObjectSource } from "../../lib/sources/object_source.ts";
import { readRecords } from "../../lib/records/read_records.ts";
import { encoderOf } from "../../lib/records/record_format.ts";
import { openTestAnswers } from "../fakes/answers.ts";
import { InProcessModel } from "../fakes/in_process_model.ts";
import { MemorySink } from "../fakes/memory_sink.ts";
import { MemoryStore } from "../fakes/memory_store.ts";
import { testRecipe } from "../fakes/recipe.ts";

const source = new MemoryStore(), destination = new MemoryStore();
const object = source.give("a.jsonl", new TextEncoder().encode('{"company":"a","title":"b"}\nno json\n'));
const recipe = { ...testRecipe, outputField: "level" };
const signal = new AbortController().signal;
const process = async (destination: Sink) => {
  const answers = openTestAnswers({
    model: new InProcessModel({ level: () => 5 }),
    maxInFlightCalls: 1,
    maxCallQuestions: 10,
    maxCallBytes: 1_000,
    objects: 1,
    maxOpenObjects: 1,
    signal,
  });
  const objectAnswers = await answers.open();
  answers.endOfObjects();
  await processObject({
    object,
    objectAnswers,
    counts: new ObjectCounts(),
    condition: { ifAbsent: true },
    knownRejects: 0,
    mayHaveRejects: false,
    signal,
  }, {
    source: new ObjectSource(source),
    destination,
    fingerprint: "f",
    recipe,
    maxExpansion: 200,
    maxLineBytes: 1_000,
    windowRecords: 10,
    windowBytes: 1_000,
    maxCallBytes: 1_000,
    maxRejects: { percent: 50 },
  });
};
await process(new ObjectSink(destination));
const sink = new MemorySink();
await process(sink);
const inMemory = sink.outputs.get("a.jsonl")!;
const reading = {
  format: "csv",
  recipe,
  maxLineBytes: 1_000,
  windowRecords: 10,
  windowBytes: 1_000,
  maxCallBytes: 1_000,
  maxExpansion: 200,
  counts: new ObjectCounts(),
} as const;
const csv = readRecords(new Blob(['company,title\n"a\nb",c\n']).stream(), reading)
  .pipeThrough(
    new TransformStream<Batch, Batch>({
      transform(batch, controller) {
        batch.answers.fill(5);
        controller.enqueue(batch);
      },
    }),
  )
  .pipeThrough(encoderOf(reading));
(self as unknown as { postMessage(message: unknown): void }).postMessage([
  destination.text("a.jsonl"),
  destination.text("_rejects/a.jsonl"),
  await new Response(csv).text(),
  inMemory.text,
  inMemory.rejects.map(({ line, reason, text }) => ({ line, reason, text })),
  inMemory.object.mark,
]);
