import { assertEquals } from "@std/assert/mod.js";
import { flagOf, variableOf } from "../../../lib/settings/names.ts";
import { sections, table } from "../../../lib/cli/settings/table.ts";

Deno.test("table holds the settings of all sections, each once", () => {
  assertEquals(Object.keys(table), Object.values(sections).flatMap((section) => Object.keys(section)));
});

Deno.test("table gives every setting a flag and a variable of its own", () => {
  const names = Object.keys(table);
  assertEquals(new Set(names.map(flagOf)).size, names.length);
  assertEquals(new Set(names.map(variableOf)).size, names.length);
});

Deno.test("flagOf() and variableOf() follow from the name", () => {
  assertEquals(flagOf("s3SseKmsKeyId"), "--s3-sse-kms-key-id");
  assertEquals(variableOf("maxLineBytes"), "SLUICE_MAX_LINE_BYTES");
});
