import { assertEquals } from "@std/assert/mod.js";

Deno.test("labels.csv has 200 rows in order, and numbers only", async () => {
  const text = await Deno.readTextFile(new URL("./labels.csv", import.meta.url));
  const [header, ...lines] = text.trimEnd().split("\n");
  assertEquals(header, "row,term_ids");
  assertEquals(lines.length, 200);
  assertEquals(lines.filter((line) => !/^\d+,(?:\d+(?: \d+)*)?$/.test(line)), []);
  const rows = lines.map((line) => Number(line.split(",")[0]));
  assertEquals(rows, [...new Set(rows)].sort((one, other) => one - other));
});
