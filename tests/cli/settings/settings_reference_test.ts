import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert/mod.js";
import { settingsReference, updateSettings } from "../../../lib/cli/settings/settings_reference.ts";
import { table } from "../../../lib/cli/settings/table.ts";

Deno.test("docs/reference/settings.md holds the settings as they are", async () => {
  const page = await Deno.readTextFile(new URL("../../../docs/reference/settings.md", import.meta.url));
  assert(
    updateSettings(page) === page,
    "Run deno task docs to bring it up to date",
  );
});

Deno.test("settingsReference() has a row for each setting", () => {
  const rows = settingsReference().split("\n").filter((line) => line.startsWith("| `"));
  assertEquals(rows.map((row) => row.split("`")[1]), Object.keys(table));
  assertStringIncludes(
    rows.join("\n"),
    "| `maxRejects` | `--max-rejects N\\|N%` | `SLUICE_MAX_REJECTS` | `50%` |",
  );
});

Deno.test("updateSettings() needs both marks", () => {
  assertThrows(
    () => updateSettings("<!-- settings -->\n"),
    Error,
    "Cannot update the settings: no <!-- settings -->",
  );
});
