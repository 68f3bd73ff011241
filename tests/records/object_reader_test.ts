import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { gzip } from "pako";
import { ObjectReader, type ObjectReaderOptions } from "../../lib/records/object_reader.ts";
import { decodeKey } from "../../lib/recipe/key.ts";
import { MemoryStore } from "../fakes/memory_store.ts";

const recipe = {
  companyField: "company",
  titleField: "title",
  outputField: "seniority",
  modelName: "m",
  modelVersion: "1",
  normalize: "exact",
} as const;

const bytes = (text: string) => new TextEncoder().encode(text);
const lines = (...titles: string[]) =>
  bytes(titles.map((title) => `${JSON.stringify({ company: "Acme", title })}\n`).join(""));

function readerOf(store: MemoryStore, options: Partial<ObjectReaderOptions> = {}) {
  const failures: string[] = [];
  const reader = new ObjectReader({
    store,
    recipe,
    maxExpansion: 200,
    maxCallBytes: 1_000,
    idleTimeoutSeconds: 30,
    objects: 2,
    maxLineBytes: 1_000,
    windowRecords: 2,
    windowBytes: 1_000,
    onFailure: (message) => failures.push(message),
    signal: new AbortController().signal,
    ...options,
  });
  return { failures, reader };
}

async function* listed(store: MemoryStore) {
  for await (const page of store.list(new AbortController().signal)) yield* page;
}

Deno.test(`ObjectReader.read() gives the windows of all objects`, async () => {
  const store = new MemoryStore();
  store.give("a.jsonl", lines("1", "2", "1"));
  store.give("b.jsonl.gz", gzip(bytes('{}\n\n{"company":"Acme","title":"3"}\n')));
  store.give("c.csv", bytes("company,title\nAcme,4\n"));
  const { failures, reader } = readerOf(store);
  const windows: Record<string, string[]> = {};
  await reader.read(listed(store), ({ keys, rejects }, { name }) => {
    const titles = keys.map((key) => decodeKey(key).title);
    (windows[name] ??= []).push(...titles, ...rejects.map(({ line, reason }) => `${line} ${reason}`), "|");
  });
  assertEquals(windows["a.jsonl"], ["1", "2", "|", "1", "|"]);
  assertEquals(windows["b.jsonl.gz"]!.filter((what) => what !== "|").sort(), ["1 missing_key_field", "3"]);
  assertEquals(windows["c.csv"], ["4", "|"]);
  assertEquals(reader.objects, { read: 3, gone: 0, failed: 0 });
  assertEquals([reader.counts.in, reader.counts.rejected, reader.counts.blank], [7, 1, 1]);
  assertEquals(failures, []);
});

Deno.test("ObjectReader.read() goes on behind an object that is gone, and one that is broken", async () => {
  const store = new MemoryStore();
  store.give("a.jsonl", lines("1"));
  store.give("b.jsonl.gz", gzip(lines("2")).subarray(0, 20));
  store.give("c.jsonl", lines("3"));
  const objects = listed(store);
  const { failures, reader } = readerOf(store, { objects: 1 });
  const titles: string[] = [];
  await reader.read(
    (async function* () {
      for await (const object of objects) {
        if (object.name === "a.jsonl") store.objects.delete("a.jsonl");
        yield object;
      }
    })(),
    ({ keys }) => void titles.push(...keys.map((key) => decodeKey(key).title)),
  );
  assertEquals([titles, reader.objects], [["3"], { read: 1, gone: 1, failed: 1 }]);
  assertEquals(failures, [
    "Cannot read memory:///b.jsonl.gz: gzip ends in the middle of a member, after 20 bytes",
  ]);
});

Deno.test("ObjectReader.read() throws what its user throws, and the signal's reason", async () => {
  const store = new MemoryStore();
  for (let i = 0; i < 10; i++) store.give(`${i}.jsonl`, lines("1", "2", "3"));
  const broken = readerOf(store).reader;
  await assertRejects(
    () =>
      broken.read(listed(store), () => {
        throw new Error("no more");
      }),
    Error,
    "no more",
  );
  const stop = new AbortController();
  const stopped = readerOf(store, { signal: stop.signal }).reader;
  await assertRejects(() => stopped.read(listed(store), () => stop.abort(new Error("stop"))), Error, "stop");
  assertEquals(stopped.objects.failed, 0);
});
