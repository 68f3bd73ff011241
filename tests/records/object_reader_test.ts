import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { gzip } from "pako";
import { SluiceError } from "../../lib/errors/sluice_error.ts";
import {
  eachObject,
  objectError,
  ObjectReader,
  type ObjectReaderOptions,
} from "../../lib/records/object_reader.ts";
import { decodeKey } from "../../lib/recipe/key.ts";
import { ObjectSource } from "../../lib/sources/object_source.ts";
import { MemoryStore } from "../fakes/memory_store.ts";
import { testRecipe } from "../fakes/recipe.ts";

const recipe = testRecipe;

const bytes = (text: string) => new TextEncoder().encode(text);
const lines = (...titles: string[]) =>
  bytes(titles.map((title) => `${JSON.stringify({ company: "Acme", title })}\n`).join(""));

function readerOf(store: MemoryStore, options: Partial<ObjectReaderOptions> = {}) {
  const failures: string[] = [];
  const reader = new ObjectReader({
    source: new ObjectSource(store),
    recipe,
    maxExpansion: 200,
    maxCallBytes: 1_000,
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

Deno.test("ObjectReader.read() continues after an object that is gone, and one that is broken", async () => {
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

Deno.test("eachObject() works on several objects at once, and on no more after a failure", async () => {
  const object = (n: number) => ({ name: `${n}`, etag: "1", bytes: 1, modifiedMs: 0 });
  let isClosed = false, atOnce = 0, most = 0;
  async function* listing() {
    try {
      for (let n = 0; n < 20; n++) yield await Promise.resolve(object(n));
    } finally {
      isClosed = true;
    }
  }
  const { signal } = new AbortController();
  const seen: string[] = [];
  const work = async ({ name }: { name: string }) => {
    most = Math.max(most, ++atOnce);
    seen.push(name);
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    atOnce--;
  };
  await eachObject(listing(), { objects: 3, signal }, work);
  assertEquals([seen.map(Number).sort((a, b) => a - b), most, isClosed], [
    Array.from({ length: 20 }, (_, n) => n),
    3,
    true,
  ]);

  seen.length = 0;
  isClosed = false;
  const failing = eachObject(listing(), { objects: 2, signal }, async (object, signal) => {
    await work(object);
    if (object.name === "4") throw new Error("four");
    if (Number(object.name) > 4) assertEquals(signal.aborted, true);
  });
  await assertRejects(() => failing, Error, "four");
  assertEquals([seen.length <= 6, atOnce, isClosed], [true, 0, true]);
});

Deno.test("eachObject() ends with the signal's reason", async () => {
  const stop = new AbortController();
  const store = new MemoryStore();
  store.give("a.jsonl", lines("1"));
  await assertRejects(
    () =>
      eachObject(listed(store), { objects: 1, signal: stop.signal }, () => {
        stop.abort(new Error("enough"));
        return Promise.resolve();
      }),
    Error,
    "enough",
  );
});

Deno.test("objectError() names the object once", () => {
  const of = (error: unknown, action?: string) => {
    const { kind, message } = objectError("s3://b/a", error, action);
    return [kind, message];
  };
  const unnamed = new SluiceError({ kind: "limit", action: "read CSV", reason: "too long" });
  const named = new SluiceError({ kind: "source", action: "read", subject: "s3://b/a", reason: "503" });
  const other = new SluiceError({ kind: "sink", action: "write to", subject: "sqlite:x", reason: "full" });
  assertEquals(of(new Error("odd")), ["data", "Cannot read s3://b/a: odd"]);
  assertEquals(of(unnamed, "match"), ["limit", "Cannot match s3://b/a: too long"]);
  assertEquals(of(named), ["source", "Cannot read s3://b/a: 503"]);
  assertEquals(of(named, "match"), ["source", "Cannot match s3://b/a: 503"]);
  assertEquals(of(other), ["sink", "Cannot write to sqlite:x: full"]);
  assertEquals(of(other, "match"), ["sink", "Cannot match s3://b/a: Cannot write to sqlite:x: full"]);
});
