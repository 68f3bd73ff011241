import { assert, assertEquals, assertMatch } from "@std/assert/mod.js";
import { Ajv2020 } from "ajv/dist/2020.js";
import { initialFile } from "../../../lib/cli/config/init.ts";
import { program } from "../../../lib/cli/program.ts";
import { sections } from "../../../lib/cli/settings/sections.ts";
import { lintFile } from "../../../lib/settings/resolve_settings.ts";
import { parseConfigFile } from "../../../lib/settings/config_file.ts";

async function call(...args: string[]) {
  let stdout = "", stderr = "";
  const status = await program(args, {
    stdout: (text) => stdout += text,
    stderr: (text) => stderr += text,
    stdin: ReadableStream.from([]),
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    signal: new AbortController().signal,
  }, { env: {} });
  return { status, stdout, stderr };
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What is wrong with a file's values by the schema that `sluice config schema` prints: the paths of the values. */
async function wrongBySchema(text: string): Promise<string[]> {
  const { stdout } = await call("config", "schema");
  const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(JSON.parse(stdout));
  validate(parseConfigFile(text, "f").values);
  return [...new Set((validate.errors ?? []).map(({ instancePath }) => instancePath || "/"))];
}

/** The file of `sluice init` with all of its settings. */
const whole = initialFile().replace(/^(\s*)\/\/ ("\w+": .*,)$/gm, "$1$2");

Deno.test("sluice init writes a file that config check and the schema take", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/new.jsonc`;
    assertEquals((await call("init", path)).status, 0);
    assertEquals(await call("config", "check", path), {
      status: 0,
      stdout: `${path} can be used\n`,
      stderr: "",
    });
    assertEquals(await wrongBySchema(await Deno.readTextFile(path)), []);
  });
});

Deno.test("sluice init has each setting once, with a value that can be used", async () => {
  const file = parseConfigFile(whole, "f");
  const { problems, settings } = lintFile(file, sections);
  assertEquals(problems, []);
  assertEquals(settings.size, Object.values(sections).flatMap((section) => Object.keys(section)).length);
  assertEquals(await wrongBySchema(whole), []);
});

Deno.test("sluice init overwrites nothing", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/sluice.jsonc`;
    await Deno.writeTextFile(path, "{}");
    assertEquals(await call("init", path), {
      status: 2,
      stdout: "",
      stderr: `sluice: Cannot write ${path}: it exists already, and is not overwritten\n`,
    });
    assertEquals(await Deno.readTextFile(path), "{}");
  });
});

Deno.test("sluice config check prints every problem with its line", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/wrong.jsonc`;
    await Deno.writeTextFile(
      path,
      `{
  "$schema": "./sluice.schema.json",
  "from": "gs://b/p",
  "cache": {
    "tll": "90d",
    "timeout": 5
  },
  "modelDeadlineSeconds": 60,
  "s3": { "sseKmsKeyId": "k" },
  "objcts": 3
}`,
    );
    const { status, stdout, stderr } = await call("config", "check", path);
    assertEquals([status, stdout], [2, ""]);
    assertEquals(stderr.replaceAll(path, "F").trimEnd().split("\n"), [
      'sluice: Cannot use "cache.tll" of F line 5: there is no such setting; did you mean cache.ttl?',
      'sluice: Cannot use "modelDeadlineSeconds" of F line 8: it is now "modelDeadline", with a unit, as in 60s',
      'sluice: Cannot use "objcts" of F line 10: there is no such setting; did you mean objects?',
      'sluice: Cannot set from by F line 3: must be one of s3://BUCKET/PREFIX/, a path, file:PATH, not "gs://b/p"',
      "sluice: Cannot set cacheTimeout by F line 6: must be a time with its unit, from 100ms to 10m, not 5",
      "sluice: Cannot use s3SseKmsKeyId: s3Sse must be aws:kms, not left out (F line 9)",
    ]);
  });
});

Deno.test("sluice config check needs the file that it is to check", async () => {
  const { status, stderr } = await call("config", "check", "no/such.jsonc");
  assertEquals([status, stderr], [
    2,
    "sluice: Cannot read the settings in no/such.jsonc: there is no such file\n",
  ]);
});

Deno.test("sluice config schema takes nested and flat settings, and refuses what a run refuses", async () => {
  assertEquals(
    await wrongBySchema('{ "$schema": "x", "model": "grpc://m", "ttl": "90d", "since": 1721183934 }'),
    [],
  );
  assertEquals(await wrongBySchema('{ "model": { "url": "grpc://m" }, "cache": { "ttl": "90d" } }'), []);
  assertEquals(await wrongBySchema('{ "rare": 0.5, "maxRejects": "12.5%", "windowBytes": "64MiB" }'), []);
  const wrong = [
    '{ "modle": "grpc://m" }',
    '{ "model": { "urll": "grpc://m" } }',
    '{ "ttl": 90 }',
    '{ "windowBytes": "64MB" }',
    '{ "objects": 0 }',
    '{ "normalize": "none" }',
    '{ "model": "http://m" }',
    '{ "quiet": "yes" }',
  ];
  for (const text of wrong) {
    assert((await wrongBySchema(text)).length > 0, text);
    const { problems } = lintFile(parseConfigFile(text, "f"), sections);
    assertEquals(problems.length, 1, text);
    assertMatch(problems[0]!, /f line 1/);
  }
});

Deno.test("sluice config check names places that cannot be used together, or at all, with their lines", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/s.jsonc`;
    const check = async (settings: Record<string, string>) => {
      await Deno.writeTextFile(path, JSON.stringify(settings, null, 2));
      return await call("config", "check", path);
    };
    const nested = await check({ from: `${folder}/a`, to: `${folder}/a/out` });
    assertEquals(nested.status, 2);
    assertMatch(nested.stderr, /one lies in the other.*\(.*s\.jsonc line 2, .*s\.jsonc line 3\)/);
    const secret = await check({ from: "s3://AKIAIOSFODNN7:sek/ret@raw/in/", to: `${folder}/out` });
    assertEquals(secret.status, 2);
    assertMatch(secret.stderr, /AWS_ACCESS_KEY_ID.*\(.*s\.jsonc line 2\)/);
    assert(!/sek|ret@|AKIAI/.test(secret.stderr), secret.stderr);
    assertEquals((await check({ from: "s3://raw/in/", to: "postgres://u@db/jobs" })).status, 0);
  });
});
