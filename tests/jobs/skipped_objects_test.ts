import { assertEquals } from "@std/assert/mod.js";
import { SkippedObjects, skippedText, skipText } from "../../lib/jobs/skipped_objects.ts";
import type { SkippedObject } from "../../lib/stores/skipped_object.ts";

function skipped(objects: readonly SkippedObject[]): SkippedObjects {
  const all = new SkippedObjects();
  for (const object of objects) all.add(object);
  return all;
}

const other = (name: string) => ({ name, reason: "not_a_record_file" as const });

Deno.test("SkippedObjects names the first three of a reason, and counts the others", () => {
  assertEquals(`${skipped([])}`, "");
  assertEquals(
    `${skipped([other("a.txt")])}`,
    "1 skipped: a.txt (not a record file by its name: --format jsonl takes it)",
  );
  assertEquals(
    `${skipped(["a", "b", "c", "d", "e"].map(other))}`,
    "5 skipped: a, b, c and 2 more (not record files by their names: --format jsonl takes them)",
  );
});

Deno.test("SkippedObjects counts what was not selected, without names", () => {
  const all = skipped([
    { name: "_x/", reason: "hidden" },
    { name: "b", reason: "excluded" },
    { name: "c", reason: "excluded" },
  ]);
  assertEquals(`${all}`, "1 skipped: _x/ (its name begins with _ or .); 2 not selected by --exclude");
  assertEquals([all.total, all.count("excluded"), all.areAllUnfit], [3, 2, false]);
  assertEquals(skipped([{ name: "b", reason: "not_included" }]).areAllUnfit, true);
});

Deno.test("SkippedObjects keeps 1,000 names of each reason, and all counts", () => {
  const all = skipped(Array.from({ length: 1_500 }, (_, i) => other(`${i}.txt`)));
  all.add({ name: "b", reason: "excluded" });
  const { names, reasons } = all.summary();
  assertEquals(reasons, { not_a_record_file: 1_500, excluded: 1 });
  assertEquals([names.length, names.at(-1)], [1_001, { name: "b", reason: "excluded" }]);
  assertEquals(
    skippedText(all.summary()).startsWith("1,500 skipped: 0.txt, 1.txt, 2.txt and 1,497 more"),
    true,
  );
});

Deno.test("skipText() names the flag that takes a file, if there is one", () => {
  assertEquals(
    skipText(other("a.tsv.gz")),
    "not a record file by its name: --format csv --csv-delimiter tab takes it",
  );
  assertEquals(skipText(other("a.parquet")), "not a record file by its name");
  assertEquals(
    skipText({ name: "100000123.jsonl", reason: "other_time" }),
    "not selected by --since and --until, by its date",
  );
});
