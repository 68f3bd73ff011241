import { assertEquals, assertThrows } from "@std/assert/mod.js";
import { join } from "node:path";
import { Ledger } from "../../lib/jobs/ledger.ts";

const mark = { sourceEtag: "s-1", recipe: "r-1", rejects: 7 };

async function inFolder(run: (folder: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("Ledger() remembers marks across runs, for the same ETag only", async () => {
  await inFolder((folder) => {
    const path = join(folder, "not/there/yet/ledger.db");
    {
      using ledger = new Ledger(path);
      ledger.set("s3://b/p/", "a", "e1", { ...mark, rejects: 0 });
      ledger.set("s3://b/p/", "a", "e2", mark);
    }
    using ledger = new Ledger(path);
    assertEquals(ledger.get("s3://b/p/", "a", "e2"), mark);
    assertEquals(ledger.get("s3://b/p/", "a", "e1"), undefined);
    assertEquals(ledger.get("s3://b/q/", "a", "e2"), undefined);
  });
});

Deno.test("Ledger() serves two at once", async () => {
  await inFolder((folder) => {
    using one = new Ledger(join(folder, "l"));
    using two = new Ledger(join(folder, "l"));
    one.set("s", "a", "e", mark);
    assertEquals(two.get("s", "a", "e"), mark);
    two.set("s", "b", "e", mark);
    assertEquals(one.get("s", "b", "e"), mark);
  });
});

Deno.test("Ledger() replaces a corrupt file", async () => {
  await inFolder((folder) => {
    const path = join(folder, "l");
    Deno.writeTextFileSync(path, "no database at all ".repeat(1_000));
    using ledger = new Ledger(path);
    assertEquals(ledger.get("s", "a", "e"), undefined);
    ledger.set("s", "a", "e", mark);
    assertEquals(ledger.get("s", "a", "e"), mark);
  });
});

Deno.test("Ledger() replaces a file whose inner pages are corrupt", async () => {
  await inFolder((folder) => {
    const path = join(folder, "l");
    {
      using ledger = new Ledger(path);
      for (let i = 0; i < 5_000; i++) ledger.set("s", `a${i}`, "e", mark);
    }
    const bytes = Deno.readFileSync(path);
    bytes.fill(0xff, 4_096);
    Deno.writeFileSync(path, bytes);
    using ledger = new Ledger(path);
    assertEquals(ledger.get("s", "a4000", "e"), undefined);
    ledger.set("s", "a4000", "e", mark);
    assertEquals(ledger.get("s", "a4000", "e"), mark);
  });
});

Deno.test("Ledger() names the file that cannot be opened", async () => {
  await inFolder((folder) => {
    assertThrows(() => new Ledger(folder), Error, `Cannot open ledger ${folder}: `);
  });
});
