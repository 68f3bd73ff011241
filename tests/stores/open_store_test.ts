import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert/mod.js";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { openSink } from "../../lib/sinks/open_sink.ts";
import { parseObjectUrl } from "../../lib/stores/object_url.ts";
import { isNested, openStore } from "../../lib/stores/open_store.ts";
import { listed, put } from "./store_conformance.ts";

async function inFolder(run: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("parseObjectUrl() takes S3 prefixes literally", () => {
  const s3 = (url: string) => {
    const parsed = parseObjectUrl(url);
    assert(parsed.kind === "s3");
    return [parsed.bucket, parsed.prefix];
  };
  assertEquals(s3("s3://b"), ["b", ""]);
  assertEquals(s3("s3://b/"), ["b", ""]);
  assertEquals(s3("s3://my.bucket-1/a b/%20+?#"), ["my.bucket-1", "a b/%20+?#/"]);
  assertEquals(s3("s3://b/p/"), ["b", "p/"]);
});

Deno.test("parseObjectUrl() takes paths and file: URLs", () => {
  const path = (url: string) => {
    const parsed = parseObjectUrl(url);
    assert(parsed.kind === "directory");
    return parsed.path;
  };
  assertEquals(path("a/b c%20"), "a/b c%20");
  assertEquals(path("/a"), "/a");
  assertEquals(path("file:///a/b%20c/"), "/a/b c/");
  assertEquals(path("file:a/b"), "a/b");
  assertEquals(path("file:/a"), "/a");
});

Deno.test("parseObjectUrl() recognizes databases", () => {
  for (const url of ["postgres://me@host/db", "PostgreSQL://host/db?sslmode=require"]) {
    assertEquals(parseObjectUrl(url), { kind: "postgres" });
  }
});

Deno.test("openSink() opens a database, openStore() does not", async () => {
  const url = "postgres://me:s3cret@host/db";
  await assertRejects(() => openStore(url, { role: "source" }), Error, "it can be a destination only");
  const sink = await openSink(url, { postgres: { table: "s.jobs" } });
  assertEquals(sink.url, "postgres://host:5432/db/s.jobs/");
  await sink.close();
});

Deno.test("isNested() finds no database in a folder", () => {
  assert(!isNested("s3://b/", "postgres://me@host/db"));
  assert(!isNested(".", "postgres://me@host/db"));
});

Deno.test("parseObjectUrl() refuses what is no store, and quotes no secrets", () => {
  const refused = (url: string, message: string) => {
    const error = assertThrows(() => parseObjectUrl(url), Error, message);
    assert(!error.message.includes("secret"));
  };
  refused("", "its URL is empty");
  refused("https://key:secret@host/b", "Cannot open a store at https: its URL must be s3://BUCKET/PREFIX/");
  refused("gs://b/p", "Cannot open a store at gs");
  refused("s3://key:secret@b/p", "not something with an @ in it");
  refused("s3:///p", 'must come a bucket\'s name, not ""');
  refused("s3:b/p", "must come a bucket's name");
  refused("file://host/a", "must be file:///PATH");
  refused("file:///a%", "not percent-encoded");
});

Deno.test("openStore() opens folders, by path and by URL", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "a b"));
    await Deno.writeTextFile(join(folder, "a b/x"), "x");
    for (
      const url of [join(folder, "a b"), relative(Deno.cwd(), join(folder, "a b")), `file:${folder}/a%20b`]
    ) {
      const store = await openStore(url, { role: "source" });
      assertEquals(store.url, `${pathToFileURL(folder).href}/a%20b/`);
      assertEquals((await listed(store)).map(({ name }) => name), ["x"]);
      await store.close();
    }
  });
});

Deno.test("openStore() opens a single file as a source, not as a destination", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "x.jsonl");
    await Deno.writeTextFile(path, "x");
    await Deno.writeTextFile(join(folder, "y.jsonl"), "y");
    await Deno.writeTextFile(join(folder, "_z.jsonl"), "z");
    const store = await openStore(path, { role: "source" });
    assertEquals((await listed(store)).map(({ name }) => name), ["x.jsonl"]);
    await store.close();
    await assertRejects(() => openStore(path, { role: "destination" }), Error, "it is a file, not a folder");
    const hidden = join(folder, "_z.jsonl");
    await assertRejects(() => openStore(hidden, { role: "source" }), Error, "begin with _ or .");
  });
});

Deno.test("openStore() wants a source to be there, and creates a destination when it is written to", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "new/deep");
    await assertRejects(
      () => openStore(path, { role: "source" }),
      Error,
      `Cannot open ${path}: there is no such file or folder`,
    );
    const store = await openStore(path, { role: "destination" });
    assertEquals(await listed(store), []);
    await put(store, "a/b", "x");
    assertEquals(await Deno.readTextFile(join(path, "a/b")), "x");
    await store.close();
  });
});

Deno.test("isNested() compares prefixes by their / boundaries", () => {
  assert(isNested("s3://b/p", "s3://b/p/"));
  assert(isNested("s3://b/", "s3://b/p"));
  assert(isNested("s3://b/p/q/", "s3://b/p"));
  assert(!isNested("s3://b/p", "s3://b/pq"));
  assert(!isNested("s3://b/p", "s3://c/p"));
  assert(!isNested("s3://b/p", "b/p"));
});

Deno.test("isNested() compares directories by their real paths", async () => {
  await inFolder((folder) => {
    const path = (name: string) => join(folder, name);
    Deno.mkdirSync(path("a/b"), { recursive: true });
    Deno.writeTextFileSync(path("a/x.jsonl"), "x");
    Deno.symlinkSync(path("a"), path("link"));
    assert(isNested(path("a"), path("a/")));
    assert(isNested(path("a"), path("a/b")));
    assert(isNested(path("link/new/deep"), path("a")));
    assert(isNested(path("a/x.jsonl"), path("a")));
    assert(isNested(relative(Deno.cwd(), path("a")), `file://${path("a/..b")}`));
    assert(!isNested(path("a/b"), path("a/bc")));
    assert(!isNested(path("a/x.jsonl"), path("a/b")));
    assert(!isNested(path("a"), path("c")));
  });
});
