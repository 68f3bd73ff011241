import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert/mod.js";
import { DatabaseSync } from "node:sqlite";
import { SluiceError } from "../../lib/errors/sluice_error.ts";
import { keyHash } from "../../lib/caches/key_hash.ts";
import { SqliteCache } from "../../lib/caches/sqlite.ts";
import { cacheConformance } from "./cache_conformance.ts";
import { maintenanceConformance } from "./maintenance_conformance.ts";

const { signal } = new AbortController();

Deno.test("SqliteCache meets the list of every cache", async (t) => {
  await using folder = await tempFolder();
  const path = `${folder.path}/cache.db`;
  await cacheConformance(t, {
    open: (namespace) => Promise.resolve(new SqliteCache(path, namespace)),
    writeForeign(namespace, key, value) {
      using database = new DatabaseSync(path);
      database.prepare(
        "INSERT INTO namespaces (name) VALUES (?) ON CONFLICT DO NOTHING",
      ).run(namespace);
      // A number in digits would become one: SQLite's column says so, and it would be an answer.
      database.prepare(
        "INSERT INTO answers SELECT id, ?, ? FROM namespaces WHERE name = ?",
      )
        .run(keyHash(key), value === "5" ? 5 : `text: ${value}`, namespace);
    },
  });
  await maintenanceConformance(
    t,
    (namespace) => new SqliteCache(path, namespace),
  );
});

Deno.test("SqliteCache.get() takes other SQL types, and what no number can hold, for unknown", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/cache.db`;
  const cache = new SqliteCache(path, "n");
  using database = new DatabaseSync(path);
  database.exec("INSERT INTO namespaces (id, name) VALUES (1, 'n')");
  const values = [
    "5.5",
    "'five'",
    "x'35'",
    "9007199254740993",
    "-9223372036854775808",
    "1e300",
  ];
  values.forEach((value, i) =>
    database.prepare(`INSERT INTO answers VALUES (1, ?, ${value})`).run(
      keyHash(`${i}`),
    )
  );
  database.prepare("INSERT INTO answers VALUES (1, ?, 5)").run(
    keyHash("known"),
  );
  const keys = ["known", ...values.map((_, i) => `${i}`)];
  assertEquals(await cache.get(keys, signal), [
    5,
    ...values.map(() => undefined),
  ]);
  await cache.close();
});

Deno.test("SqliteCache creates the folders above its file", async () => {
  await using folder = await tempFolder();
  const cache = new SqliteCache(`${folder.path}/a/b/cache.db`, "n");
  await cache.set([["a", 1]], signal);
  assertMatch(await cache.check(signal), /^SQLite 3\.[\d.]+, 1 key$/);
  await cache.close();
});

Deno.test("SqliteCache refuses a file of a later format, and leaves it as it is", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/cache.db`;
  await new SqliteCache(path, "n").close();
  {
    using database = new DatabaseSync(path);
    database.exec("PRAGMA user_version = 2");
  }
  const before = await Deno.readFile(path);
  assertThrows(
    () => new SqliteCache(path, "n"),
    Error,
    `Cannot open cache sqlite:${path}: its format is 2, this version of Sluice reads format 1`,
  );
  assertEquals(await Deno.readFile(path), before);
});

Deno.test("SqliteCache refuses another program's database, and leaves it as it is", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/other.db`;
  {
    using database = new DatabaseSync(path);
    database.exec("CREATE TABLE answers (a); PRAGMA user_version = 1");
  }
  const before = await Deno.readFile(path);
  assertThrows(
    () => new SqliteCache(path, "n"),
    Error,
    `sqlite:${path}: it is another program's database`,
  );
  assertEquals(await Deno.readFile(path), before);
});

Deno.test("SqliteCache refuses a file that is not SQLite, and one that cannot be opened", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/text`;
  await Deno.writeTextFile(path, "no database at all\n".repeat(100));
  assertThrows(
    () => new SqliteCache(path, "n"),
    Error,
    `Cannot open cache sqlite:${path}: file is not a database`,
  );
  assertThrows(
    () => new SqliteCache(folder.path, "n"),
    Error,
    `Cannot open cache sqlite:${folder.path}: `,
  );
  assertThrows(
    () => new SqliteCache(`${path}/below`, "n"),
    Error,
    `Cannot open cache sqlite:${path}/below: `,
  );
});

Deno.test("SqliteCache refuses a time-out that is no time", () => {
  assertThrows(
    () => new SqliteCache("x", "n", { timeoutSeconds: NaN }),
    SluiceError,
    "timeoutSeconds is NaN",
  );
});

Deno.test("SqliteCache.set() says that another process has been writing past the time-out", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/cache.db`;
  const cache = new SqliteCache(path, "n", { timeoutSeconds: 0.01 });
  await cache.set([["a", 1]], signal);
  using writer = new DatabaseSync(path);
  writer.exec("BEGIN IMMEDIATE");
  await assertRejects(
    () => cache.set([["a", 2]], signal),
    Error,
    `Cannot write to sqlite:${path}: database is locked`,
  );
  assertEquals(await cache.get(["a"], signal), [1]); // readers do not wait
  writer.exec("ROLLBACK");
  await cache.set([["a", 3]], signal);
  assertEquals(await cache.get(["a"], signal), [3]);
  await cache.close();
});

Deno.test("SqliteCache rejects after close()", async () => {
  await using folder = await tempFolder();
  const cache = new SqliteCache(`${folder.path}/cache.db`, "n");
  await cache.close();
  await assertRejects(
    () => cache.get(["a"], signal),
    Error,
    `Cannot read from ${cache.url}: `,
  );
});

Deno.test("SqliteCache takes writes of four processes at once, from the creation of the file on", async () => {
  const run = await Deno.permissions.query({ name: "run", command: "deno" });
  if (run.state !== "granted") {
    return console.log("skipped: no permission to run deno");
  }
  await using folder = await tempFolder();
  const path = `${folder.path}/new/cache.db`;
  const writer = new URL("./sqlite_writer.ts", import.meta.url).href;
  const outputs = await Promise.all(
    [0, 1, 2, 3].map((number) =>
      new Deno.Command("deno", {
        args: [
          "run",
          "--quiet",
          "--allow-read",
          "--allow-write",
          writer,
          path,
          `${number}`,
        ],
        stdin: "null",
      }).output()
    ),
  );
  for (const { success, stderr } of outputs) {
    assert(success, new TextDecoder().decode(stderr));
  }
  const cache = new SqliteCache(path, "n");
  const keys = [0, 1, 2, 3].flatMap((number) => Array.from({ length: 2000 }, (_, i) => `${number}: ${i}`));
  assertEquals(
    await cache.get(keys, signal),
    keys.map((key) => Number(key[0])),
  );
  await cache.close();
});

async function tempFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "sluice-sqlite-" });
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
