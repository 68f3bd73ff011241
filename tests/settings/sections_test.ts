import { assertEquals } from "@std/assert/mod.js";
import { sections } from "../../lib/cli/settings/sections.ts";
import { flagOf, variableOf } from "../../lib/settings/names.ts";
import { resolveSettings } from "../../lib/settings/resolve_settings.ts";
import { ownNames, pick, settingsOf, withoutFlags } from "../../lib/settings/sections.ts";
import { bytes, optional, period, text, toggle, whole } from "../../lib/settings/setting.ts";

const help = "for a test";
const cache = {
  url: text({ help, default: "none:" }),
  timeout: period({ help, min: "1s", max: "1h", default: "5s" }),
  memory: bytes({ help, name: "memoryCache", min: 1, max: 2 ** 40, default: 1024 }),
};
const records = ownNames({
  windowBytes: bytes({ help, min: 1, max: 2 ** 40, default: 64 }),
  force: toggle({ help }),
});

Deno.test("settingsOf() joins section and key to the name, where url stands for the section and a name of its own wins", () => {
  assertEquals(settingsOf({ cache, records }).map(({ name }) => name), [
    "cache",
    "cacheTimeout",
    "memoryCache",
    "windowBytes",
    "force",
  ]);
});

Deno.test("flagOf() and variableOf() follow from the name", () => {
  assertEquals(flagOf("s3SseKmsKeyId"), "--s3-sse-kms-key-id");
  assertEquals(variableOf("maxLineBytes"), "SLUICE_MAX_LINE_BYTES");
});

Deno.test("sections gives every setting a flag, a variable and a key of its own", () => {
  const all = settingsOf(sections);
  const names = [...all.map(({ name }) => name), ...all.flatMap(({ setting: { was } }) => was?.name ?? [])];
  assertEquals(new Set(names.map(flagOf)).size, names.length);
  assertEquals(new Set(names.map(variableOf)).size, names.length);
  // A section's name is that of its url, or of no setting.
  for (const { key, name, section } of all) {
    if (Object.hasOwn(sections, name)) assertEquals([section, key], [name, "url"]);
  }
});

Deno.test("resolveSettings() builds groups, with the unit of a number in its name", () => {
  const flags = { cacheTimeout: "2m", windowBytes: "1KiB" };
  const built = resolveSettings({ cache, records }, { flags });
  const expected: { url: string; timeoutSeconds: number; memoryBytes: number } = {
    url: "none:",
    timeoutSeconds: 120,
    memoryBytes: 1024,
  };
  assertEquals(built, { cache: expected, records: { windowBytes: 1024, force: false } });
});

Deno.test("resolveSettings() takes no flag of a setting that has none", () => {
  const hidden = { records: withoutFlags(records) };
  const { force, windowBytes } = resolveSettings(hidden, {
    flags: { force: true },
    env: { SLUICE_WINDOW_BYTES: "7" },
  }).records;
  assertEquals([force, windowBytes], [false, 7]);
});

Deno.test("pick() keeps some settings in the order of their keys, and optional() requires none", () => {
  assertEquals(Object.keys(pick(cache, "memory", "url")), ["memory", "url"]);
  const given = { model: { url: optional(text({ help, required: "a model" }), { help: "another" }) } };
  assertEquals(given.model.url.help, "another");
  assertEquals(resolveSettings(given, { flags: {} }).model, { url: undefined });
});

Deno.test("resolveSettings() refuses names of before in all sources, with the new name and form", () => {
  const job = {
    limit: whole({ help, min: 1, max: 9 }),
    grace: { ...cache.timeout, was: { name: "graceSeconds", unit: "s" } },
  };
  for (
    const [sources, expected] of [
      [{ flags: { graceSeconds: "7" } }, "--grace-seconds: it is now --job-grace, with a unit, as in 7s"],
      [
        { flags: {}, env: { SLUICE_GRACE_SECONDS: "x" } },
        "SLUICE_GRACE_SECONDS: it is now SLUICE_JOB_GRACE, with a unit, as in 5s",
      ],
    ] as const
  ) {
    let message = "";
    try {
      resolveSettings({ job }, sources);
    } catch (error) {
      message = (error as Error).message;
    }
    assertEquals(message, `Cannot use ${expected}`);
  }
});
