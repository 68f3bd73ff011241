import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert/mod.js";
import { runCommand, runSections, watchCommand } from "../../../lib/cli/run/run_commands.ts";
import { enqueueCommand, workCommand } from "../../../lib/cli/queue/queue_commands.ts";
import { serveCommand } from "../../../lib/cli/serve/serve_command.ts";
import type { Config } from "../../../lib/cli/settings/sections.ts";
import { refuseContradictions } from "../../../lib/cli/settings/contradictions.ts";
import {
  loadConfig as loadCommandConfig,
  type LoadConfigOptions,
} from "../../../lib/cli/settings/load_config.ts";
import { sections } from "../../../lib/cli/settings/sections.ts";
import type { Command } from "../../../lib/cli/command.ts";
import { resolveSettings } from "../../../lib/settings/resolve_settings.ts";
import { ConfigError } from "../../../lib/settings/config_error.ts";
import { parseConfigFile } from "../../../lib/settings/config_file.ts";
import type { SettingSources } from "../../../lib/settings/resolve_settings.ts";

const needed = { from: "in", to: "out", model: "reference:" };

/** The settings of a run. */
function resolveConfig(sources: SettingSources) {
  const config = resolveSettings(runSections, sources, { known: sections });
  refuseContradictions(config);
  return config;
}

/** The settings of a command, as it reads them. */
async function loadConfig(
  command: Command,
  flags: Record<string, unknown>,
  options: LoadConfigOptions,
): Promise<Config> {
  return await loadCommandConfig(command, flags, options) as unknown as Config;
}

function problemsOf(sources: SettingSources): readonly string[] {
  return assertThrows(() => resolveConfig(sources), ConfigError).problems;
}

function file(text: string) {
  return parseConfigFile(text, "sluice.jsonc");
}

Deno.test("loadConfig() takes a flag before the environment, the environment before the file", () => {
  const settings = file('{ "objects": 7, "windowRecords": 70, "maxCallBytes": "1MiB", "force": true }');
  const env = { SLUICE_OBJECTS: "6", SLUICE_WINDOW_RECORDS: "60", SLUICE_QUIET: "1", HOME: "/x" };
  const config = resolveConfig({ flags: { ...needed, objects: "5", force: false }, env, file: settings });
  assertEquals(config.concurrency.objects, 5);
  assertEquals([config.records.windowRecords, config.model.maxCallBytes], [60, 1048576]);
  assertEquals([config.job.force, config.output.quiet], [false, true]);
});

Deno.test("loadConfig() fills in the defaults", () => {
  const config = resolveConfig({ flags: needed });
  assertEquals(config.cache.url, "sqlite:.sluice/cache.db");
  assertEquals(config.destination.maxRejects, { percent: 50 });
  assertEquals(config.records.maxLineBytes, 16_777_216);
  assertEquals([config.source.since, config.job.limit, config.source.include, config.model.callsPerSecond], [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("loadConfig() takes an empty variable as not set", () => {
  assertEquals(resolveConfig({ flags: needed, env: { SLUICE_OBJECTS: "" } }).concurrency.objects, 4);
});

Deno.test("loadConfig() takes rejects as a share or a number", () => {
  const taken = ["12.5%", "100%", "0", "200"].map((maxRejects) =>
    resolveConfig({ flags: { ...needed, maxRejects } }).destination.maxRejects
  );
  assertEquals(taken, [{ percent: 12.5 }, { percent: 100 }, { count: 0 }, { count: 200 }]);
});

Deno.test("loadConfig() names setting, place, value and what it must be, for all of them at once", () => {
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

Deno.test("loadConfig() suggests the setting that was meant", () => {
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

Deno.test("loadConfig() leaves alone the variables of a Kubernetes service called sluice", () => {
  const env = {
    SLUICE_SERVICE_HOST: "h",
    SLUICE_SERVICE_PORT_HTTP: "1",
    SLUICE_PORT: "p",
    SLUICE_PORT_80_TCP: "t",
  };
  resolveConfig({ flags: needed, env });
});

Deno.test("loadConfig() says why there is no default model, and which forms there are", () => {
  const problems = problemsOf({ flags: { from: "in" } });
  assertEquals(problems, [
    "Cannot start without --to: the destination of the outputs, one of s3://BUCKET/PREFIX/, a path, file:PATH, postgres://USER@HOST:PORT/DATABASE",
    "Cannot start without --model: there is no default, so forgetting the flag cannot silently produce fake results; one of grpc://HOST:PORT, grpcs://HOST:PORT, unix:PATH, reference: (made-up levels, to try things out)",
  ]);
});

Deno.test("loadConfig() prints no secret, and no password of an address", () => {
  const problems = problemsOf({
    flags: { ...needed, cache: "rediss//u:s3cret@h", to: 'redis://u:s3 /cr"@et@h', from: "http:u:s3cret@h" },
    env: { SLUICE_MODEL_HEAD: "authorization: s3cret" },
    file: file('{ "modelHeader": [7, "authorization: s3cret"] }'),
  });
  assertEquals(problems.filter((problem) => /s3|cr\\"/.test(problem.replace("s3://BUCKET", ""))), []);
  assertEquals(problems.length, 5);
  assertStringIncludes(problems.join("\n"), 'none:, not "rediss//…@h"');
});

Deno.test("loadConfig() refuses settings that contradict each other", () => {
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
    assertEquals((await loadConfig(runCommand, needed, { env })).concurrency.objects, 11);
    assertEquals(
      (await loadConfig(runCommand, needed, { env, path: `${folder}/b.jsonc` })).concurrency.objects,
      12,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("loadConfig() refuses for enqueue and work to skip rare pairs on the way into a database", async () => {
  const flags = { from: "s3://raw/in/", to: "postgres://me@db/shop", queue: "redis://queue", rare: "skip" };
  const options = { env: { SLUICE_FILL: "true" } };
  const given = { ...flags, model: "reference:" };
  for (
    const load of [
      () => loadConfig(enqueueCommand, flags, options),
      () => loadConfig(workCommand, given, options),
    ]
  ) {
    assertEquals((await assertRejects(load, ConfigError)).problems, [
      "Cannot use rare with a database: it has no place for the list of what was skipped",
    ]);
  }
  assertEquals((await loadConfig(workCommand, { ...given, to: undefined }, options)).shortcuts.rare, 0);
  assertEquals((await loadConfig(workCommand, { ...given, rare: undefined }, options)).shortcuts.rare, 1);
});

Deno.test("loadConfig() ignores for serve the shortcuts that contradict its settings", async () => {
  const env = { SLUICE_CLUSTER: "true", SLUICE_PROVENANCE: "seniority" };
  const flags = { model: "reference:", fleet: "redis://fleet" };
  assertEquals((await loadConfig(serveCommand, flags, { env })).fleet.url, "redis://fleet");
  assertEquals(
    (await assertRejects(
      () => loadConfig(workCommand, { ...flags, queue: "redis://queue" }, { env }),
      ConfigError,
    ))
      .problems.length,
    2,
  );
});

Deno.test("loadConfig() takes a setting that a command does not name from nowhere", async () => {
  const env = { SLUICE_LIMIT: "5", SLUICE_FORCE: "true", SLUICE_SHARD: "0/2", SLUICE_FILL: "true" };
  const { job, source, shortcuts } = await loadConfig(watchCommand, needed, { env });
  assertEquals([job.limit, job.force, source.shard, shortcuts.fill], [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("loadConfig() takes nested keys of the file as it takes flat ones", () => {
  const nested = file(
    '{ "model": { "url": "grpc://m", "deadline": "30s" }, "cache": { "ttl": "90d" }, "s3": { "timeout": "2s" } }',
  );
  const flat = file('{ "model": "grpc://m", "modelDeadline": "30s", "ttl": "90d", "s3Timeout": "2s" }');
  const [a, b] = [nested, flat].map((file) => resolveConfig({ flags: { from: "in", to: "out" }, file }));
  assertEquals(a, b);
  assertEquals([a!.model.url, a!.model.deadlineSeconds, a!.cache.ttlSeconds, a!.s3.timeoutSeconds], [
    "grpc://m",
    30,
    90 * 86_400,
    2,
  ]);
});
