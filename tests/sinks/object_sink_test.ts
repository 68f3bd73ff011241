import { assertEquals } from "@std/assert/mod.js";
import { gunzipSync } from "node:zlib";
import { ObjectSink, skippedPrefix } from "../../lib/sinks/object_sink.ts";
import { DirectoryStore } from "../../lib/stores/directory/directory.ts";
import { S3Store } from "../../lib/stores/s3/s3.ts";
import type { Store } from "../../lib/stores/store.ts";
import { encodeKey } from "../../lib/recipe/key.ts";
import { FakeS3 } from "../fakes/s3.ts";
import { MemoryStore } from "../fakes/memory_store.ts";
import { type SinkUnderTest, testSink } from "./sink_conformance.ts";
import { batchOf, rejectOf, send, unitOf, writeOutput } from "./write_output.ts";

const { signal } = new AbortController();

/** A store's objects as a sink. */
function sinkOver(store: Store, dispose: () => Promise<unknown> = () => Promise.resolve()): SinkUnderTest {
  const sink = new ObjectSink(store);
  const objects = async (name: string): Promise<Record<string, unknown>[]> => {
    const object = await store.head(name, signal);
    if (object === undefined) return [];
    const text = await new Response(await store.read(object, 0, signal)).text();
    return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  };
  return {
    sink,
    records: objects,
    rejects: async (name) =>
      (await objects(`_rejects/${name}`)).map(({ line, text }) => [line as number, text as string]),
    async [Symbol.asyncDispose]() {
      await sink.close();
      await dispose();
    },
  };
}

testSink("ObjectSink over memory", () => {
  const partBytes = 1024 ** 2;
  return Promise.resolve(
    sinkOver(new MemoryStore({ readBytes: 65_536, partLimits: { partBytes, maxPartBytes: partBytes } })),
  );
});

testSink("ObjectSink over a directory", async () => {
  const folder = await Deno.makeTempDir();
  return sinkOver(new DirectoryStore(folder), () => Deno.remove(folder, { recursive: true }));
});

testSink("ObjectSink over S3", async () => {
  const s3 = await FakeS3.start({ buckets: ["mod"] });
  const credentials = { accessKeyId: "a", secretAccessKey: "s" };
  const store = await S3Store.open("s3://mod/out/", {
    endpoint: s3.endpoint,
    region: "us-east-1",
    credentials,
  });
  return sinkOver(store, () => s3[Symbol.asyncDispose]());
});

Deno.test("ObjectSink compresses an output and its rejects as the source is", async () => {
  const store = new MemoryStore();
  const rejects = [rejectOf(1, "x")];
  await writeOutput(new ObjectSink(store), "a.jsonl.gz", '{"a":1}\n', { codec: { gzip: true }, rejects });
  const text = (name: string) => new TextDecoder().decode(gunzipSync(store.objects.get(name)!.bytes));
  assertEquals(text("a.jsonl.gz"), '{"a":1,"level":3}\n');
  assertEquals(JSON.parse(text("_rejects/a.jsonl.gz")), {
    object: "file:///in/a.jsonl.gz",
    line: 1,
    reason: "invalid_json",
    text: "x",
  });
});

Deno.test("ObjectSink lists what was skipped before the output is visible, and removes an old list after it", async () => {
  const store = new MemoryStore();
  const sink = new ObjectSink(store);
  const unit = unitOf("a.jsonl", { listsSkipped: true });
  const output = sink.begin(unit);
  await output.skip(new Map([[encodeKey("Acme", "x"), 2], [encodeKey("Acme", "y"), 1]]));
  await output.skip(new Map([[encodeKey("Acme", "x"), 1]]));
  await send(output, batchOf('{"a":1}\n', ["skipped"]));
  await output.commit(unit.mark);
  const line = (title: string, records: number) =>
    `{"object":"file:///in/a.jsonl","company":"Acme","title":"${title}","records":${records}}\n`;
  assertEquals(store.text(`${skippedPrefix}a.jsonl`), line("x", 2) + line("y", 1) + line("x", 1));
  assertEquals(store.text("a.jsonl"), '{"a":1,"level":null}\n');
  const order = store.log.filter((entry) => entry.startsWith("put "));
  assertEquals(order, [`put ${skippedPrefix}a.jsonl`, "put a.jsonl"]);
  await writeOutput(sink, "a.jsonl", '{"a":1}\n', { listsSkipped: true });
  assertEquals(store.text(`${skippedPrefix}a.jsonl`), undefined);
});

Deno.test("ObjectSink writes rejects before their output, in parts where they are large", async () => {
  const store = new MemoryStore({ partLimits: { partBytes: 50, maxPartBytes: 50 } });
  const rejects = Array.from({ length: 9 }, (_, i) => rejectOf(i + 1, "x".repeat(40)));
  await writeOutput(new ObjectSink(store), "a.jsonl", '{"a":1}\n', { rejects });
  assertEquals(store.text("_rejects/a.jsonl")!.split("\n").length, 10);
  const order = store.log.filter((entry) => /^(?:complete|put) /.test(entry));
  assertEquals(order, ["complete _rejects/a.jsonl", "put a.jsonl"]);
});

Deno.test("ObjectSink waits for an upload that is being begun when an output is given up, and removes it", async () => {
  const begun = Promise.withResolvers<void>(), mayBegin = Promise.withResolvers<void>();
  const store = new MemoryStore({
    partLimits: { partBytes: 4, maxPartBytes: 4 },
    faults: {
      onStart() {
        begun.resolve();
        return mayBegin.promise;
      },
    },
  });
  const output = new ObjectSink(store).begin(unitOf("a.jsonl"));
  const writer = output.records.getWriter();
  writer.closed.catch(() => {});
  await writer.write(batchOf('{"a":1}\n'));
  await begun.promise;
  const failure = new Error("the source has failed");
  writer.abort(failure).catch(() => {});
  writer.releaseLock();
  const aborted = output.abort(failure);
  mayBegin.resolve();
  await aborted;
  assertEquals(await Array.fromAsync(store.unfinishedUploads(signal)), []);
  assertEquals([store.log[0], store.log.at(-1)], ["start a.jsonl", "abort a.jsonl"]);
});
