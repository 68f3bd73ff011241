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
