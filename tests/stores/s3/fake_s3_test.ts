import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { S3Store } from "../../../lib/stores/s3/s3.ts";
import { FakeS3, type FakeS3Options } from "../../fakes/s3.ts";
import { listed, put, text } from "../store_conformance.ts";

const { signal } = new AbortController();
const mark = { sourceEtag: "s", recipe: "r", rejects: 0 };
const writing = { mark, condition: { ifAbsent: true }, contentType: "text/plain", signal } as const;
const bytes = (text: string) => new TextEncoder().encode(text);

async function withStore(
  options: FakeS3Options,
  run: (store: S3Store, fake: FakeS3) => Promise<void>,
): Promise<void> {
  await using fake = await FakeS3.start({ buckets: ["b"], minPartBytes: 1, ...options });
  const credentials = { accessKeyId: "k", secretAccessKey: "s" };
  const store = await S3Store.open("s3://b/", { endpoint: fake.endpoint, region: "x", credentials });
  await run(store, fake);
  await store.close();
}

Deno.test("FakeS3() keeps length and hash of what it discards, in whatever order parts arrive", async () => {
  await withStore({ discardBodies: true }, async (store, fake) => {
    const upload = await store.startUpload("a", writing);
    await upload.part(3, 6, bytes("ef"), signal);
    await upload.part(1, 0, bytes("ab"), signal);
    await upload.part(2, 3, bytes("cd"), signal);
    await upload.part(2, 3, bytes("cd"), signal);
    await upload.complete(signal);
    await put(store, "b", "whole");
    assertEquals((await listed(store)).map(({ bytes }) => bytes), [6, 5]);
    const hash = (text: string) => createHash("sha256").update(text).digest("hex");
    assertEquals(fake.object("b", "a")?.sha256, hash("abcdef"));
    assertEquals(fake.object("b", "b")?.sha256, hash("whole"));
    await assertRejects(() => fake.bytes("b", "a"), Error, "discarded");
  });
});

Deno.test("FakeS3() over a folder keeps objects as files, and sees those of others", async () => {
  const root = await Deno.makeTempDir();
  await withStore({ root, maxKeys: 2 }, async (store, fake) => {
    await Deno.mkdir(join(root, "b/x"));
    await Deno.writeTextFile(join(root, "b/x/y"), "from outside");
    const upload = await store.startUpload("d/c", writing);
    await upload.part(1, 0, bytes("ab"), signal);
    assertEquals(fake.unfinishedUploads().map(({ key, parts }) => [key, parts]), [["d/c", 1]]);
    await upload.part(2, 2, bytes("cd"), signal);
    const etag = await upload.complete(signal);
    await put(store, "a", "hello");
    const objects = await listed(store);
    assertEquals(objects.map(({ name }) => name), ["a", "d/c", "x/y"]);
    assertEquals(objects[1]?.etag, etag);
    assertEquals(await Promise.all(objects.map((object) => text(store, object))), [
      "hello",
      "abcd",
      "from outside",
    ]);
    assertEquals((await store.head("d/c", signal))?.mark, mark);
    assertEquals(await Deno.readTextFile(join(root, "b/d/c")), "abcd");
    await store.remove("x/y", signal);
    await assertRejects(() => Deno.stat(join(root, "b/x/y")), Deno.errors.NotFound);
    await assertRejects(() => put(store, "a", "again", { ifAbsent: true }), Error, "412");
    assertEquals(Array.from(Deno.readDirSync(join(root, ".uploads"))), []);
  });
  await Deno.remove(root, { recursive: true });
});

Deno.test("FakeS3() refuses requests that are not signed, and parts that are too small", async () => {
  await withStore({ minPartBytes: 3 }, async (store, fake) => {
    const answer = await fetch(`${fake.endpoint}/b/a`);
    assertEquals([answer.status, (await answer.text()).includes("AccessDenied")], [403, true]);
    const upload = await store.startUpload("a", writing);
    await upload.part(1, 0, bytes("ab"), signal);
    await upload.part(2, 2, bytes("cd"), signal);
    await assertRejects(() => upload.complete(signal), Error, "400 EntityTooSmall");
  });
});
