import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert/mod.js";
import { join } from "node:path";
import { DirectoryStore } from "../../../lib/stores/directory/directory.ts";
import { ConditionFailedError, ObjectChangedError } from "../../../lib/stores/store.ts";
import { listed, put, type StoreUnderTest, testStore, text } from "../store_conformance.ts";

const { signal } = new AbortController();
const mark = { sourceEtag: "s", recipe: "r", rejects: 0 };

interface DirectoryUnderTest extends StoreUnderTest {
  readonly root: string;
}

async function open(): Promise<DirectoryUnderTest> {
  const parent = await Deno.makeTempDir();
  const root = join(parent, "root");
  const store = new DirectoryStore(root);
  return {
    store,
    root,
    async plant(name, text) {
      const path = join(root, name);
      await Deno.mkdir(join(path, ".."), { recursive: true });
      await Deno.writeTextFile(path, text);
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await Deno.remove(parent, { recursive: true });
    },
  };
}

testStore("DirectoryStore", open);

Deno.test("DirectoryStore.list() follows links to files, and leaves out broken ones", async () => {
  await using under = await open();
  await under.plant("a", "x");
  await Deno.symlink(join(under.root, "a"), join(under.root, "b"));
  await Deno.symlink(join(under.root, "nowhere"), join(under.root, "c"));
  await Deno.symlink("d", join(under.root, "d"));
  await Deno.symlink(under.root, join(under.root, "e"));
  assertEquals((await listed(under.store)).map(({ name }) => name), ["a", "b"]);
});

Deno.test("DirectoryStore.list() yields one object where it is the store of a single file", async () => {
  await using under = await open();
  await under.plant("a", "x");
  await under.plant("b", "y");
  const store = new DirectoryStore(under.root, { only: "b" });
  const objects = await listed(store);
  assertEquals(objects.map(({ name }) => name), ["b"]);
  assertEquals(await text(store, objects[0]!), "y");
  await store.close();
});

Deno.test("DirectoryStore() creates no folder or manifest before it writes a mark", async () => {
  await using under = await open();
  assertEquals(await listed(under.store), []);
  assertEquals(await under.store.head("a", signal), undefined);
  await assertRejects(() => Deno.stat(under.root), Deno.errors.NotFound);
  await put(under.store, "a", "x");
  assertEquals((await under.store.head("a", signal))?.mark, undefined);
  assertEquals(filesIn(under.root), ["a"]);
  await put(under.store, "a", "xy", "always", mark);
  assertEquals(filesIn(under.root), [".sluice-manifest.db", "a"]);
});

Deno.test("DirectoryStore.head() shows a mark to another process, and none of a file that has changed", async () => {
  await using under = await open();
  const other = new DirectoryStore(under.root);
  assertEquals(await other.head("a", signal), undefined);
  await put(under.store, "a", "x", "always", mark);
  assertEquals((await other.head("a", signal))?.mark, mark);
  await under.plant("a", "changed");
  assertEquals((await other.head("a", signal))?.mark, undefined);
  await other.close();
});

Deno.test("DirectoryStore.head() names a manifest that cannot be read", async () => {
  await using under = await open();
  await under.plant("a", "x");
  await under.plant(".sluice-manifest.db", "garbage".repeat(1_000));
  await assertRejects(() => under.store.head("a", signal), Error, "Cannot read marks in ");
});

Deno.test("DirectoryStore.read() reports a file that changes while it is read", async () => {
  await using under = await open();
  await under.plant("a", "x".repeat(100_000));
  const body = (await under.store.read((await listed(under.store))[0]!, 0, signal)).getReader();
  assertEquals((await body.read()).value?.length, 65_536);
  await Deno.writeTextFile(join(under.root, "a"), "more", { append: true });
  await assertRejects(async () => {
    while (!(await body.read()).done);
  }, ObjectChangedError);
});

Deno.test("DirectoryStore.startUpload() keeps its bytes in a hidden file in the target's folder", async () => {
  await using under = await open();
  const options = { condition: { ifAbsent: true }, contentType: "text/plain", signal } as const;
  const upload = await under.store.startUpload("b/c.jsonl", options);
  assertMatch(filesIn(join(under.root, "b"))[0]!, /^\.c\.jsonl\.[0-9a-f-]{36}\.sluice-tmp$/);
  await upload.part(2, 3, new TextEncoder().encode("def"), signal);
  await upload.part(1, 0, new TextEncoder().encode("abc"), signal);
  await upload.complete(signal);
  assertEquals(filesIn(join(under.root, "b")), ["c.jsonl"]);
  assertEquals(await Deno.readTextFile(join(under.root, "b/c.jsonl")), "abcdef");
});

Deno.test("DirectoryStore.put() leaves no temporary file when its condition fails", async () => {
  await using under = await open();
  await under.plant("a", "x");
  await assertRejects(() => put(under.store, "a", "y", { ifAbsent: true }), ConditionFailedError);
  await assertRejects(() => put(under.store, "a", "y", { ifEtag: "1-2-3" }), ConditionFailedError, "1-2-3");
  assertEquals(filesIn(under.root), ["a"]);
});

Deno.test("DirectoryStore.put() writes a name of 250 bytes", async () => {
  await using under = await open();
  const name = "é".repeat(125);
  await put(under.store, name, "x");
  assertEquals((await listed(under.store))[0]?.name, name);
});

Deno.test("DirectoryStore.put() refuses names that lead elsewhere", async () => {
  await using under = await open();
  for (const name of ["../a", "a/../../b", "/a", "a//b", "./a", "a/", "a/.."]) {
    await assertRejects(() => put(under.store, name, "x"), Error, `Cannot use ${JSON.stringify(name)}`);
  }
});

Deno.test("DirectoryStore.put() names the file that cannot be written", async () => {
  await using under = await open();
  await under.plant("a", "x");
  await assertRejects(() => put(under.store, "a/b", "y"), Error, `Cannot write ${join(under.root, "a/b")}: `);
});

Deno.test("DirectoryStore.put() of several at once lets one create the object", async () => {
  await using under = await open();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) => put(under.store, "a", `by ${i}`, { ifAbsent: true })),
  );
  const winners = outcomes.filter(({ status }) => status === "fulfilled");
  assertEquals(winners.length, 1);
  const losers = outcomes.filter((outcome) => outcome.status === "rejected");
  assert(losers.every(({ reason }) => reason instanceof ConditionFailedError));
  assertEquals(filesIn(under.root), ["a"]);
});

function filesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

Deno.test("DirectoryStore.startUpload() refuses a folder that is a link out of the store", async () => {
  await using under = await open();
  await under.plant("a/b", "x");
  const outside = join(under.root, "..", "outside");
  await Deno.mkdir(outside);
  await Deno.symlink(outside, join(under.root, "c"));
  await Deno.symlink("a", join(under.root, "d"));
  const path = join(await Deno.realPath(under.root), "c/x"), real = await Deno.realPath(outside);
  const error = await assertRejects(() => put(under.store, "c/x", "hello"), Error);
  assertEquals(
    error.message,
    `Cannot write ${path}: a symbolic link leads out of ${await Deno.realPath(under.root)}, to ${real}`,
  );
  await put(under.store, "d/x", "hello");
  await assertRejects(() => put(under.store, "c/new/x", "hello"), Error, "a symbolic link leads out");
  assertEquals(await Array.fromAsync(Deno.readDir(outside)), []);
  await Deno.writeTextFile(join(outside, "theirs"), "theirs");
  await assertRejects(() => under.store.remove("c/theirs", signal), Error, "a symbolic link leads out");
  assertEquals(await Deno.readTextFile(join(outside, "theirs")), "theirs");
  assertEquals(await Deno.readTextFile(join(under.root, "a/x")), "hello");
});

Deno.test("DirectoryStore.put() replaces a link to a file, and leaves what it leads to", async () => {
  await using under = await open();
  const outside = join(under.root, "..", "outside");
  await Deno.writeTextFile(outside, "theirs");
  await under.plant("b", "x");
  await Deno.symlink(outside, join(under.root, "a"));
  await put(under.store, "a", "ours");
  assertEquals(await Deno.readTextFile(outside), "theirs");
  assertEquals(await Deno.readTextFile(join(under.root, "a")), "ours");
});

Deno.test("DirectoryStore.removeUpload() removes nothing but unfinished files", async () => {
  await using under = await open();
  await under.plant("a/b", "x");
  for (const id of ["b", "../b", ".x/../../a/b.sluice-tmp"]) {
    await assertRejects(() => under.store.removeUpload("a/b", id, signal), Error, "not an unfinished file's");
  }
  assertEquals(await Deno.readTextFile(join(under.root, "a/b")), "x");
});
