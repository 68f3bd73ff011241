import { assertEquals } from "@std/assert/mod.js";
import { formatOf, recordExtensions } from "../../lib/records/record_format.ts";

Deno.test("formatOf() knows record files by their extension, plain or gzip", () => {
  const names = ["a.jsonl", "in/b.ndjson.gz", "c.csv", "d.jsonl.csv.gz"];
  assertEquals(names.map(formatOf), ["jsonl", "jsonl", "csv", "csv"]);
  const others = ["a.json", "b.gz", "c.csv.zip", "d.JSONL", "jsonl", "e.constructor", "f.jsonl.gz.gz", ""];
  assertEquals(others.map(formatOf), others.map(() => undefined));
  assertEquals(recordExtensions, ".jsonl, .ndjson, .csv, or these with .gz");
});
