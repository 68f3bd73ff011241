import { assert, assertEquals, assertRejects } from "@std/assert/mod.js";
import {
  compareNames,
  ConditionFailedError,
  type Mark,
  ObjectChangedError,
  ObjectGoneError,
  type Store,
  type StoredObject,
  type WriteCondition,
} from "../../lib/stores/store.ts";
import type { SkippedObject } from "../../lib/stores/skipped_object.ts";

/** An empty store, and a way to put objects in it behind its back. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: Store;
  plant(name: string, text: string): Promise<void> | void;
}

const { signal } = new AbortController();
const utf8 = new TextEncoder();
const mark: Mark = { sourceEtag: "0123abcd-2", recipe: "r1-5f", rejects: 3 };
/** S3's least size of a part but for the last. */
const partBytes = 5 * 1024 * 1024;

/** Names in the order of their UTF-8 bytes, which is not that of JavaScript's strings. */
const orderedNames = [
  "1721183934.jsonl",
  "a b.jsonl",
  "a%20b.jsonl",
  "a+b.jsonl",
  "a-/z.jsonl",
  "a.jsonl",
  "a/b&<c>'\"!*().jsonl",
  "a/b/c.jsonl",
  "a0.jsonl",
  "café/naïve.jsonl",
  "日本.jsonl",
  "ﬀ.jsonl",
  "😀.jsonl",
];

/** What every store does; registers one test for each. What is written are records, one a line. */
export function testStore(
  kind: string,
  open: () => Promise<StoreUnderTest>,
): void {
  const test = (behaviour: string, run: (under: StoreUnderTest) => Promise<void>) => {
    Deno.test(`${kind}${behaviour}`, async () => {
      await using under = await open();
      await run(under);
    });
  };
  const written = ({ store }: StoreUnderTest, object: StoredObject) => text(store, object);

  test(".list() yields nothing of an empty store", async ({ store }) => {
    assertEquals(await listed(store), []);
  });

  test(".list() orders names by their UTF-8 bytes, whatever they hold", async ({ store, plant }) => {
    for (const name of orderedNames.toReversed()) await plant(name, name);
    const objects = await listed(store);
    assertEquals(objects.map(({ name }) => name), orderedNames);
    for (const object of objects) {
      assertEquals((await store.head(object.name, signal))?.etag, object.etag);
      assertEquals(await text(store, object), object.name);
      assertEquals(object.bytes, new TextEncoder().encode(object.name).length);
    }
  });

  test(".list() reads all pages", async ({ store, plant }) => {
    const names = Array.from({ length: 2_500 }, (_, i) => `${1_721_183_934 + i * 60}.jsonl`);
    for (const name of names) await plant(name, "x");
    const pages = await Array.fromAsync(store.list(signal));
    assertEquals(pages.flat().map(({ name }) => name), names);
    assert(pages.every((page) => page.length > 0 && page.length <= 1_000));
  });

  test(".list() begins behind a name, whether there is such an object or not", async ({ store, plant }) => {
    for (const name of orderedNames) await plant(name, "x");
    for (const after of [...orderedNames, "b/", "zz", "a/b/c"]) {
      const pages = await Array.fromAsync(store.list(signal, { after }));
      assertEquals(
        pages.flat().map(({ name }) => name),
        orderedNames.filter((name) => compareNames(name, after) > 0),
      );
    }
  });

  test(".list() leaves out what begins with _ or .", async ({ store, plant }) => {
    for (const name of [".a", "_rejects/a", "b", "c/.d/e", "c/_f", "c/g_.h"]) await plant(name, "x");
    assertEquals((await listed(store)).map(({ name }) => name), ["b", "c/g_.h"]);
  });

  test(".list() tells what it leaves out, a hidden folder once, but for what is Sluice's own", async ({ store, plant }) => {
    const names = [".a", "_rejects/a", "_skipped/b", "b", "c/.d/e", "c/.d/f/g", "c/_f", "c/_rejects/h"];
    for (const name of names) await plant(name, "x");
    const told: SkippedObject[] = [];
    await Array.fromAsync(store.list(signal, { onSkipped: (skipped) => told.push(skipped) }));
    assertEquals(
      told.toSorted((a, b) => compareNames(a.name, b.name)),
      [".a", "c/.d/", "c/_f", "c/_rejects/"].map((name) => ({ name, reason: "hidden" as const })),
    );
    const later: SkippedObject[] = [];
    await Array.fromAsync(store.list(signal, { after: "c/.e", onSkipped: (skipped) => later.push(skipped) }));
    assertEquals(later.map(({ name }) => name).toSorted(), ["c/_f", "c/_rejects/"]);
  });

  test(".list() stops when aborted", async ({ store, plant }) => {
    await plant("a", "x");
    const abort = new AbortController();
    abort.abort(new Error("enough"));
    await assertRejects(() => Array.fromAsync(store.list(abort.signal)), Error, "enough");
  });

  test(".read() begins at the offset", async ({ store, plant }) => {
    await plant("a", "0123456789");
    const [object] = await listed(store);
    assertEquals(await text(store, object!), "0123456789");
    assertEquals(await text(store, object!, 4), "456789");
    assertEquals(await text(store, object!, 10), "");
  });

  test(".read() gives chunks whose buffers are not shared", async ({ store, plant }) => {
    const text = "0123456789".repeat(100_000);
    await plant("a", text);
    const decoder = new TextDecoder();
    let read = "";
    for await (const chunk of await store.read((await listed(store))[0]!, 0, signal)) {
      read += decoder.decode(chunk, { stream: true });
      chunk.buffer.transfer(0);
    }
    assertEquals(read.length, text.length);
    assert(read === text);
    assert(await new Response(await store.read((await listed(store))[0]!, 0, signal)).text() === text);
  });

  test(".read() reads an empty object", async ({ store, plant }) => {
    await plant("a", "");
    assertEquals(await text(store, (await listed(store))[0]!), "");
  });

  test(".read() can be cancelled", async ({ store, plant }) => {
    await plant("a", "x".repeat(1_000_000));
    const body = await store.read((await listed(store))[0]!, 0, signal);
    const reader = body.getReader();
    assert(!(await reader.read()).done);
    await reader.cancel();
  });

  test(".read() can be aborted", async ({ store, plant }) => {
    await plant("a", "x".repeat(10_000_000));
    const abort = new AbortController();
    const body = await store.read((await listed(store))[0]!, 0, abort.signal);
    const reader = body.getReader();
    await reader.read();
    abort.abort(new Error("enough"));
    await assertRejects(async () => {
      while (!(await reader.read()).done);
    }, Error);
  });

  test(".read() reports an object that is gone", async ({ store, plant }) => {
    await plant("a", "x");
    const [object] = await listed(store);
    await store.remove("a", signal);
    await assertRejects(() => store.read(object!, 0, signal), ObjectGoneError, "it is gone");
    assertEquals(await store.head("a", signal), undefined);
  });

  test(".read() reports an object that has changed", async ({ store, plant }) => {
    await plant("a", "first");
    const [object] = await listed(store);
    await plant("a", "another");
    await assertRejects(() => store.read(object!, 0, signal), ObjectChangedError, object!.etag);
    await assertRejects(() => store.read(object!, 2, signal), ObjectChangedError);
  });

  test(".put() writes an object with its mark", async (under) => {
    const { store } = under;
    const etag = await put(store, "b/a b+%.jsonl", record("hello"), "always", mark);
    const [object] = await listed(store);
    const { modifiedMs } = object!;
    assertEquals(object, { name: "b/a b+%.jsonl", etag, bytes: record("hello").length, modifiedMs });
    assertEquals(await store.head("b/a b+%.jsonl", signal), { ...object!, mark });
    assert(Math.abs(Date.now() - modifiedMs) < 60_000);
    assertEquals(await written(under, object!), record("hello"));
  });

  test(".put() writes whose answers an object holds", async ({ store }) => {
    const answers = { fingerprint: "0123456789abcdef", model: "Modell Größe:2, keys exact" };
    await put(store, "a", record("hello"), "always", { ...mark, answers });
    assertEquals((await store.head("a", signal))?.mark, { ...mark, answers });
  });

  test(".put() without a mark leaves none", async ({ store }) => {
    await put(store, "a", record("hello"), "always", mark);
    await put(store, "a", record("other one"));
    const found = await store.head("a", signal);
    assertEquals(found?.bytes, record("other one").length);
    assertEquals(found?.mark, undefined);
  });

  test(".put() writes an empty object", async ({ store }) => {
    await put(store, "a", "");
    assertEquals((await store.head("a", signal))?.bytes, 0);
  });

  test(".put() holds to ifAbsent", async (under) => {
    const { store } = under;
    await put(store, "a", record("first"), { ifAbsent: true });
    await assertRejects(
      () => put(store, "a", record("second"), { ifAbsent: true }),
      ConditionFailedError,
      "a: ",
    );
    assertEquals(await written(under, (await listed(store))[0]!), record("first"));
  });

  test(".put() holds to ifEtag", async ({ store }) => {
    const etag = await put(store, "a", record("first"));
    const newer = await put(store, "a", record("second"), { ifEtag: etag }, mark);
    assertEquals((await store.head("a", signal))?.etag, newer);
    await assertRejects(() => put(store, "a", record("third"), { ifEtag: etag }), ConditionFailedError);
    await store.remove("a", signal);
    await assertRejects(() => put(store, "a", record("fourth"), { ifEtag: newer }), ConditionFailedError);
    assertEquals(await listed(store), []);
  });

  test(".startUpload() shows nothing before it is complete, then all", async (under) => {
    const { store } = under;
    const content = record("👔".repeat(partBytes / 4)).slice(0, -2);
    const parts = partsOf(`${content}${"x".repeat(2 * partBytes + 7 - utf8.encode(content).length - 2)}"}`);
    const upload = await start(store, "b/a", { ifAbsent: true });
    await Promise.all(parts.map((part, i) => upload.part(i + 1, i * partBytes, part, signal)).reverse());
    assertEquals(await listed(store), []);
    assertEquals(await store.head("b/a", signal), undefined);
    const etag = await upload.complete(signal);
    const found = await store.head("b/a", signal);
    assertEquals(found, { ...found!, name: "b/a", etag, bytes: 2 * partBytes + 7, mark });
    const read = utf8.encode(await written(under, found!));
    assertEquals(read.length, 2 * partBytes + 7);
    assert(parts.every((part, i) => indexedEqual(read, i * partBytes, part)));
    await upload.abort();
    assertEquals((await listed(store)).length, 1);
  });

  test(".startUpload() leaves nothing when aborted", async ({ store }) => {
    const upload = await start(store, "a", "always");
    await upload.part(1, 0, utf8.encode(record("x")), signal);
    await upload.abort();
    await upload.abort();
    await assertRejects(() => upload.complete(signal), Error, "Cannot write");
    assertEquals(await listed(store), []);
  });

  test(".startUpload() holds to its condition when it completes", async (under) => {
    const { store, plant } = under;
    const upload = await start(store, "a", { ifAbsent: true });
    await upload.part(1, 0, utf8.encode(record("x")), signal);
    await plant("a", "somebody else");
    await assertRejects(() => upload.complete(signal), ConditionFailedError);
    await upload.abort();
    const [object] = await listed(store);
    assertEquals(await written(under, object!), "somebody else");

    const second = await start(store, "a", { ifEtag: object!.etag });
    await second.part(1, 0, utf8.encode(record("x")), signal);
    assertEquals((await store.head("a", signal))?.mark, undefined);
    await second.complete(signal);
    assertEquals((await store.head("a", signal))?.mark, mark);
  });

  test(".unfinishedUploads() shows what was begun until it is completed or removed", async ({ store }) => {
    const ids = async () =>
      (await Array.fromAsync(store.unfinishedUploads(signal))).map(({ name, id, begunMs }) => {
        assert(Math.abs(Date.now() - begunMs) < 60_000);
        return [name, id];
      });
    assertEquals(await ids(), []);
    const first = await start(store, "b/a b.jsonl", "always");
    await start(store, "_rejects/a.jsonl", "always");
    const both = await ids();
    assertEquals(both.map(([name]) => name).sort(), ["_rejects/a.jsonl", "b/a b.jsonl"]);
    await first.part(1, 0, utf8.encode(record("x")), signal);
    await first.complete(signal);
    const left = await ids();
    assertEquals(left.map(([name]) => name), ["_rejects/a.jsonl"]);
    const [name, id] = left[0]! as [string, string];
    await store.removeUpload(name, id, signal);
    await store.removeUpload(name, id, signal);
    assertEquals(await ids(), []);
    assertEquals((await listed(store)).map(({ name }) => name), ["b/a b.jsonl"]);
  });

  test(".remove() ignores what does not exist", async ({ store }) => {
    await store.remove("nothing/here", signal);
    await put(store, "a", record("x"));
    await store.remove("a", signal);
    assertEquals(await listed(store), []);
  });
}

/** All objects of a store. */
export async function listed(store: Store): Promise<StoredObject[]> {
  return (await Array.fromAsync(store.list(signal))).flat();
}

/** An object's bytes from an offset on, as text. */
export async function text(store: Store, object: StoredObject, offset = 0): Promise<string> {
  return await new Response(await store.read(object, offset, signal)).text();
}

/** Writes a text. */
export function put(
  store: Store,
  name: string,
  content: string,
  condition: WriteCondition = "always",
  mark?: Mark,
): Promise<string> {
  const contentType = "application/x-ndjson";
  return store.put(name, new TextEncoder().encode(content), { mark, condition, contentType, signal });
}

function start(store: Store, name: string, condition: WriteCondition) {
  return store.startUpload(name, { mark, condition, contentType: "application/x-ndjson", signal });
}

/** A record as the tests write it. */
export function record(text: string): string {
  return JSON.stringify({ text });
}

function partsOf(text: string): Uint8Array<ArrayBuffer>[] {
  const bytes = utf8.encode(text);
  const count = Math.ceil(bytes.length / partBytes);
  return Array.from({ length: count }, (_, i) => bytes.slice(i * partBytes, (i + 1) * partBytes));
}

function indexedEqual(whole: Uint8Array, offset: number, part: Uint8Array): boolean {
  return part.every((byte, i) => whole[offset + i] === byte);
}
