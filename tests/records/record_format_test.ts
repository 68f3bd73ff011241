import { assertEquals } from "@std/assert/mod.js";
import { formatOf, isCandidate, recordExtensions } from "../../lib/records/record_format.ts";

Deno.test("formatOf() knows record files by their extension, plain or compressed, in letters of any case", () => {
  const names = [
    "a.jsonl",
    "in/b.ndjson.gz",
    "c.csv",
    "d.jsonl.csv.gz",
    "e.json",
    "f.json.gz",
    "g.jsonl.zst",
  ];
  assertEquals(names.map((name) => formatOf(name)), [
    "jsonl",
    "jsonl",
    "csv",
    "csv",
    "jsonl",
    "jsonl",
    "jsonl",
  ]);
  const cases = ["A.JSONL", "h.Csv", "b.ndjson.GZ", "c.jsonl.gzip"];
  assertEquals(cases.map((name) => formatOf(name)), ["jsonl", "csv", "jsonl", "jsonl"]);
  const others = ["a.txt", "b.gz", "c.csv.zip", "d", "jsonl", "e.constructor", "f.jsonl.gz.gz", ""];
  assertEquals(others.map((name) => formatOf(name)), others.map(() => undefined));
  assertEquals(recordExtensions, ".jsonl, .ndjson, .csv, .json, or these with .gz or .zst");
});

Deno.test("formatOf() takes files of any name for the format that was chosen", () => {
  assertEquals(["a.log", "b", "c.csv"].map((name) => formatOf(name, "jsonl")), ["jsonl", "jsonl", "jsonl"]);
});

Deno.test("isCandidate() says where the first bytes have to decide", () => {
  assertEquals(["a.json", "A.JSON.GZ", "b.json.zst"].map((name) => isCandidate(name)), [true, true, true]);
  assertEquals(["a.jsonl", "b.csv", "c.txt"].map((name) => isCandidate(name)), [false, false, false]);
  assertEquals(isCandidate("a.json", "jsonl"), false);
});
