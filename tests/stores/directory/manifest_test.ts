import { assertEquals } from "@std/assert/mod.js";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { DirectoryStore } from "../../../lib/stores/directory/directory.ts";
import { Manifest, manifestName } from "../../../lib/stores/directory/manifest.ts";

const mark = { sourceEtag: "s", recipe: "r", rejects: 2 };

function manifestTest(
  name: string,
  test: (manifest: Manifest, folder: string) => Promise<void> | void,
): void {
  Deno.test(name, async () => {
    const folder = await Deno.makeTempDir();
    const manifest = new Manifest(folder);
    try {
      await test(manifest, folder);
    } finally {
      manifest.close();
      await Deno.remove(folder, { recursive: true });
    }
  });
}

manifestTest(
  "Manifest.set() keeps the mark of the file that is there until another one has its name",
  (manifest) => {
    manifest.set("a", "1-1-1", mark);
    manifest.set("a", "2-2-2", { ...mark, rejects: 0 }, "1-1-1");
    assertEquals([manifest.get("a", "1-1-1"), manifest.get("a", "2-2-2")?.rejects], [mark, 0]);
    manifest.set("a", "3-3-3", mark, "2-2-2");
    assertEquals([manifest.get("a", "1-1-1"), manifest.get("a", "2-2-2")?.rejects], [undefined, 0]);
  },
);

manifestTest(
  "Manifest.set() keeps the mark that another process is setting for the same name",
  (manifest, folder) => {
    const other = new Manifest(folder);
    manifest.set("a", "1-1-1", mark);
    manifest.set("a", "2-2-2", mark, "1-1-1");
    other.set("a", "3-3-3", mark, "1-1-1");
    other.remove("a", "3-3-3");
    assertEquals(manifest.get("a", "2-2-2"), mark);
    assertEquals(manifest.get("a", "3-3-3"), undefined);
    other.close();
  },
);

manifestTest(
  "Manifest.get() reads the marks of earlier versions, and finds new ones beside them",
  (manifest, folder) => {
    using database = new DatabaseSync(join(folder, manifestName));
    database.exec(`CREATE TABLE marks (
      name TEXT PRIMARY KEY, etag TEXT NOT NULL,
      source_etag TEXT NOT NULL, recipe TEXT NOT NULL, rejects INTEGER NOT NULL
    ) WITHOUT ROWID;
    INSERT INTO marks VALUES ('a', '1-1-1', 's', 'r', 2), ('b', '1-1-2', 's', 'r', 2)`);
    assertEquals(manifest.get("a", "1-1-1"), mark);
    const answers = { fingerprint: "f", model: "m:1, keys exact" };
    manifest.set("a", "2-2-2", { ...mark, answers }, "1-1-1");
    assertEquals(manifest.get("a", "2-2-2"), { ...mark, answers });
    assertEquals(manifest.get("b", "1-1-2"), mark);
    manifest.remove("b");
    assertEquals(manifest.get("b", "1-1-2"), undefined);
  },
);

manifestTest("Manifest.get() knows a copy of an output, and does not call it done", (manifest) => {
  manifest.set("a", "1-1-1", mark);
  assertEquals(manifest.get("a", "1-1-9"), { ...mark, sourceEtag: "-" });
  assertEquals(manifest.get("a", "1-2-1"), undefined);
  assertEquals(manifest.get("b", "1-1-1"), undefined);
});

manifestTest("Manifest.get() knows a copy whose date an archive cut to seconds", (manifest) => {
  const etag = (dateMs: number, bytes = 7) => `${bytes.toString(16)}-${dateMs.toString(16)}-5`;
  manifest.set("a", etag(1_700_000_000_999), mark);
  for (const dateMs of [1_700_000_000_000, 1_700_000_001_000]) {
    assertEquals(manifest.get("a", etag(dateMs)), { ...mark, sourceEtag: "-" }, `${dateMs}`);
  }
  for (const [dateMs, bytes] of [[1_700_000_000_998], [1_700_000_002_000], [1_700_000_000_000, 8]] as const) {
    assertEquals(manifest.get("a", etag(dateMs, bytes)), undefined, `${dateMs} ${bytes}`);
  }
});

manifestTest("Manifest.get() undoes what a killed process had begun to write", async (manifest, folder) => {
  manifest.set("a", "1-1-1", mark);
  manifest.close();
  const path = join(folder, manifestName), killed = await Deno.makeTempDir();
  try {
    using database = new DatabaseSync(path);
    // Few pages fit, so that some are written before the end, and the journal that undoes them.
    database.exec("PRAGMA cache_size = 1; BEGIN; UPDATE outputs SET recipe = 'x'");
    const insert = database.prepare("INSERT INTO outputs VALUES (NULL, ?, 'e', 's', 'r', 0, NULL, NULL)");
    for (let i = 0; i < 2_000; i++) insert.run(`b${i}`);
    // At this moment: the copies have no process.
    for (const end of ["", "-journal"]) await Deno.copyFile(path + end, join(killed, manifestName + end));
    database.exec("ROLLBACK");
    const left = new Manifest(killed);
    assertEquals([left.get("a", "1-1-1"), left.get("b0", "e")], [mark, undefined]);
    left.close();
  } finally {
    await Deno.remove(killed, { recursive: true });
  }
});

manifestTest(
  "Manifest.set() is taken back for an output that does not get its name",
  async (manifest, folder) => {
    const store = new DirectoryStore(folder);
    const options = {
      condition: { ifAbsent: true },
      contentType: "",
      signal: new AbortController().signal,
    } as const;
    const upload = await store.startUpload("a", { ...options, mark });
    // As another program would take the name: what was noted for ours is not its mark, and goes.
    await Deno.writeTextFile(join(folder, "a"), "other");
    await upload.complete(options.signal).catch(() => {});
    assertEquals((await store.head("a", options.signal))?.mark, undefined);
    using database = new DatabaseSync(join(folder, manifestName));
    assertEquals(database.prepare("SELECT count(*) AS n FROM outputs").get(), { n: 0 } as never);
    assertEquals(manifest.get("a", "5-0-0"), undefined);
    await store.close();
  },
);

manifestTest(
  "Manifest.get() finds the mark in a folder above, of which the directory is a part",
  (manifest, folder) => {
    manifest.set("2026/07/a", "1-1-1", mark);
    const below = new Manifest(join(folder, "2026/07"));
    assertEquals(below.get("a", "1-1-1"), mark);
    assertEquals(below.get("b", "1-1-1"), undefined);
    below.close();
  },
);
