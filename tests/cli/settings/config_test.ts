import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert/mod.js";
import {
  loadConfig,
  loadEnqueueConfig,
  loadServeConfig,
  loadWorkConfig,
  resolveConfig,
} from "../../../lib/cli/settings/config.ts";
import { ConfigError } from "../../../lib/settings/config_error.ts";
import { parseConfigFile } from "../../../lib/settings/config_file.ts";
import type { SettingSources } from "../../../lib/settings/resolve_settings.ts";

const needed = { from: "in", to: "out", model: "reference:" };

function problemsOf(sources: SettingSources): readonly string[] {
  return assertThrows(() => resolveConfig(sources), ConfigError).problems;
}

function file(text: string) {
  return parseConfigFile(text, "sluice.jsonc");
}

Deno.test("resolveConfig() takes a flag before the environment, the environment before the file", () => {
  const settings = file('{ "objects": 7, "windowRecords": 70, "maxCallBytes": "1MiB", "force": true }');
  const env = { SLUICE_OBJECTS: "6", SLUICE_WINDOW_RECORDS: "60", SLUICE_QUIET: "1", HOME: "/x" };
  const config = resolveConfig({ flags: { ...needed, objects: "5", force: false }, env, file: settings });
  assertEquals(
    [config.objects, config.windowRecords, config.maxCallBytes, config.force, config.quiet],
    [5, 60, 1048576, false, true],
  );
});

Deno.test("resolveConfig() fills in the defaults", () => {
  const config = resolveConfig({ flags: needed });
  assertEquals(config.cache, "sqlite:.sluice/cache.db");
  assertEquals(config.maxRejects, { percent: 50 });
  assertEquals(config.maxLineBytes, 16_777_216);
  assertEquals([config.since, config.limit, config.include, config.modelCallsPerSecond], [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("resolveConfig() takes an empty variable as not set", () => {
  assertEquals(resolveConfig({ flags: needed, env: { SLUICE_OBJECTS: "" } }).objects, 4);
});

Deno.test("resolveConfig() takes rejects as a share or a number", () => {
  const taken = ["12.5%", "100%", "0", "200"].map((maxRejects) =>
    resolveConfig({ flags: { ...needed, maxRejects } }).maxRejects
  );
  assertEquals(taken, [{ percent: 12.5 }, { percent: 100 }, { count: 0 }, { count: 200 }]);
});

Deno.test("resolveConfig() names setting, place, value and what it must be, for all of them at once", () => {
  const problems = problemsOf({
    flags: { ...needed, maxRejects: "101%", from: "ftp://h/x" },
    env: { SLUICE_SINCE: "20240717" },
    file: file('{\n  // a few\n  "objects": "many",\n  "include": [1]\n}'),
  });
  assertEquals(problems, [
    'Cannot set from by --from: must be one of s3://BUCKET/PREFIX/, a path, file:PATH, not "ftp://h/x"',
    "Cannot set include by sluice.jsonc line 4: must be text, or a list of texts, not [1]",
    'Cannot set since by SLUICE_SINCE: must be a date (2024-07-17), a date and time (2024-07-17T08:30:00Z) or unix seconds (1721183934), not "20240717"',
    'Cannot set maxRejects by --max-rejects: must be a whole number, or a percentage from 0% to 100%, not "101%"',
    'Cannot set objects by sluice.jsonc line 3: must be a whole number from 1 to 256, not "many"',
  ]);
});

Deno.test("resolveConfig() suggests the setting that was meant", () => {
  const problems = problemsOf({
    flags: needed,
    env: { SLUICE_OBJETS: "5", SLUICE_ZZZZZZZZZZZZZ: "1" },
    file: file('{\n  "$schema": "x",\n  "max-line-bytes": 5,\n  "constructor": 1\n}'),
  });
  assertEquals(problems, [
    "Cannot use SLUICE_OBJETS: there is no such setting; did you mean SLUICE_OBJECTS?",
    "Cannot use SLUICE_ZZZZZZZZZZZZZ: there is no such setting",
    'Cannot use "max-line-bytes" of sluice.jsonc line 3: there is no such setting; did you mean maxLineBytes?',
    'Cannot use "constructor" of sluice.jsonc line 4: there is no such setting',
  ]);
});

Deno.test("resolveConfig() leaves alone the variables of a Kubernetes service called sluice", () => {
  const env = {
    SLUICE_SERVICE_HOST: "h",
    SLUICE_SERVICE_PORT_HTTP: "1",
    SLUICE_PORT: "p",
    SLUICE_PORT_80_TCP: "t",
  };
  resolveConfig({ flags: needed, env });
});

Deno.test("resolveConfig() says why there is no default model, and which forms there are", () => {
  const problems = problemsOf({ flags: { from: "in" } });
  assertEquals(problems, [
    "Cannot start without --to: the place for the output, one of s3://BUCKET/PREFIX/, a path, file:PATH, postgres://USER@HOST:PORT/DATABASE",
    "Cannot start without --model: there is no default, so that nobody gets made-up levels for having forgotten a flag; one of grpc://HOST:PORT, grpcs://HOST:PORT, unix:PATH, reference: (made-up levels, to try things out)",
  ]);
});

Deno.test("resolveConfig() prints no secret, and no password of an address", () => {
  const problems = problemsOf({
    flags: { ...needed, cache: "rediss//u:s3cret@h", to: 'redis://u:s3 /cr"@et@h', from: "http:u:s3cret@h" },
    env: { SLUICE_MODEL_HEAD: "authorization: s3cret" },
    file: file('{ "modelHeader": [7, "authorization: s3cret"] }'),
  });
  assertEquals(problems.filter((problem) => /s3|cr\\"/.test(problem.replace("s3://BUCKET", ""))), []);
  assertEquals(problems.length, 5);
  assertStringIncludes(problems.join("\n"), 'none:, not "rediss//…@h"');
});

Deno.test("resolveConfig() refuses settings that contradict each other", () => {
  const flags = {
    ...needed,
    since: "2024-07-18",
    until: "2024-07-17",
    s3SseKmsKeyId: "k",
    modelCert: "c.pem",
  };
  assertEquals(problemsOf({ flags }), [
    "Cannot use since and until together: since (2024-07-18T00:00:00Z) must be before until (2024-07-17T00:00:00Z)",
    "Cannot use s3SseKmsKeyId: s3Sse must be aws:kms, not left out",
    "Cannot use modelCert alone: a client certificate needs both modelCert and modelKey",
  ]);
});

Deno.test("loadConfig() reads the file that SLUICE_CONFIG names, unless the command line names one", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/a.jsonc`, '{ "objects": 11 }');
    await Deno.writeTextFile(`${folder}/b.jsonc`, '{ "objects": 12 }');
    const env = { SLUICE_CONFIG: `${folder}/a.jsonc` };
    assertEquals((await loadConfig(needed, { env })).objects, 11);
    assertEquals((await loadConfig(needed, { env, path: `${folder}/b.jsonc` })).objects, 12);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("loadEnqueueConfig() and loadWorkConfig() refuse to skip rare pairs on the way into a database", async () => {
  const flags = { from: "s3://raw/in/", to: "postgres://me@db/shop", queue: "redis://queue", rare: "skip" };
  const options = { env: { SLUICE_FILL: "true" } };
  const given = { ...flags, model: "reference:" };
  for (const load of [() => loadEnqueueConfig(flags, options), () => loadWorkConfig(given, options)]) {
    assertEquals((await assertRejects(load, ConfigError)).problems, [
      "Cannot use rare with a database: it has no place for the list of what was skipped",
    ]);
  }
  assertEquals((await loadWorkConfig({ ...given, to: undefined }, options)).rare, 0);
  assertEquals((await loadWorkConfig({ ...given, rare: undefined }, options)).rare, 1);
});

Deno.test("loadServeConfig() takes no notice of shortcuts that do not go with its settings", async () => {
  const env = { SLUICE_CLUSTER: "true", SLUICE_PROVENANCE: "seniority" };
  const flags = { model: "reference:", fleet: "redis://fleet" };
  assertEquals((await loadServeConfig(flags, { env })).fleet, "redis://fleet");
  assertEquals(
    (await assertRejects(() => loadWorkConfig({ ...flags, queue: "redis://queue" }, { env }), ConfigError))
      .problems.length,
    2,
  );
});
