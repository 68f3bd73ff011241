import { assertEquals } from "@std/assert/mod.js";
import { ScratchFolder } from "../cli/scratch_folder.ts";
import { root } from "./doc_pages.ts";

Deno.test("docs/reference/summary.md explains every figure of --json, and no other", async () => {
  await using folder = await ScratchFolder.create();
  folder.write("in/a.jsonl", '{"company":"a","title":"b"}\n{"company":"a"}\n');
  const cache = ["--cache", "memory:", "--ledger", "@ledger.db"];
  const run = ["run", "--from", "@in", "--to", "@out", "--model", "reference:", ...cache];
  const shortcuts = ["--cluster", "--rare", "skip", "--profile", "--force"];
  const figures = await folder.figures([...run, ...shortcuts]);
  const page = await Deno.readTextFile(new URL("docs/reference/summary.md", root));
  const explained = new Set(
    Array.from(page.matchAll(/^\| (`.+?`) +\|/gm), ([, names]) => names!)
      .flatMap((names) => Array.from(names.matchAll(/`([\w.]+)`/g), ([, name]) => name!)),
  );
  // Their members stand in the explanation, or have a page of their own.
  const whole = ["rejects", "firstReject", "earlierRejects", "nearTitles", "profile"];
  const there = Object.entries(figures).flatMap(([name, value]) =>
    typeof value !== "object" || whole.includes(name)
      ? [name]
      : Object.keys(value!).map((below) => `${name}.${below}`)
  );
  // Absent if 0.
  const optional = ["keys.cluster", "keys.rare", "records.skipped", "earlierRejects"];
  assertEquals(
    [...explained].filter((name) => !optional.includes(name)).sort(),
    there.filter((name) => !optional.includes(name)).sort(),
  );
  for (const name of Object.keys(figures.nearTitles)) assertEquals(page.includes(`\`${name}\``), true, name);
});
