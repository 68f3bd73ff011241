import { assertEquals, assertRejects, assertThrows } from "@std/assert/mod.js";
import { ObjectCounts } from "../../lib/records/batch.ts";
import type { OutputUnit } from "../../lib/sinks/sink.ts";
import { StreamSink } from "../../lib/sinks/stream_sink.ts";
import { testRecipe } from "../fakes/recipe.ts";

const { signal } = new AbortController();
const mark = { sourceEtag: "", recipe: "", rejects: 0 };

const unit: OutputUnit = {
  name: "standard input",
  source: "standard input",
  format: "jsonl",
  // Compressed, nothing is something: the end of gzip.
  codec: { gzip: true },
  recipe: testRecipe,
  condition: { ifAbsent: true },
  mark,
  mayHaveRejects: true,
  listsSkipped: false,
  counts: new ObjectCounts(),
  signal,
};

Deno.test("StreamSink tells how much it wrote, and leaves the stream open and free", async () => {
  let written = 0;
  const stream = new WritableStream<Uint8Array<ArrayBuffer>>({
    write: (chunk) => void (written += chunk.length),
  });
  const output = new StreamSink({ name: "standard output", stream: () => stream }).begin(unit);
  await output.records.close();
  const { bytes } = await output.commit(mark);
  assertEquals([bytes > 0, bytes], [true, written]);
  const writer = stream.getWriter();
  await writer.write(new Uint8Array(1));
  assertEquals(written, bytes + 1);
});

Deno.test("StreamSink does not begin a second time: what is out cannot be taken back", () => {
  const sink = new StreamSink({ name: "standard output", stream: () => new WritableStream() });
  sink.begin(unit);
  assertThrows(() => sink.begin(unit), Error, "Cannot begin again to write standard output");
});

Deno.test("StreamSink fails where its reader has gone", async () => {
  const stream = new WritableStream<Uint8Array<ArrayBuffer>>({
    write() {
      throw Object.assign(new Error("Broken pipe (os error 32)"), { name: "BrokenPipe" });
    },
  });
  const output = new StreamSink({ name: "standard output", stream: () => stream }).begin(unit);
  await output.records.close().catch(() => {});
  await assertRejects(
    () => output.commit(mark),
    Error,
    "Cannot write standard output: its reader has gone",
  );
});
