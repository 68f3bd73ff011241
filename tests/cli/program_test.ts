import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert/mod.js";
import type { Command } from "../../lib/cli/command.ts";
import { type Io, Stop } from "../../lib/cli/io.ts";
import { program } from "../../lib/cli/program.ts";
import { commands } from "../../lib/cli/program.ts";
import { sections } from "../../lib/cli/settings/sections.ts";
import { flagOf } from "../../lib/settings/names.ts";
import { settingsOf } from "../../lib/settings/sections.ts";
import { docsFolder, markdownFiles } from "../tools/reference_pages.ts";

async function call(args: string[], options: { env?: Record<string, string>; signal?: AbortSignal } = {}) {
  let stdout = "", stderr = "";
  const io: Io = {
    stdout: (text) => stdout += text,
    stderr: (text) => stderr += text,
    stdin: ReadableStream.from([]),
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    signal: options.signal ?? new AbortController().signal,
  };
  const status = await program(args, io, { env: options.env ?? {} });
  return { status, stdout, stderr };
}

Deno.test("program() prints help for each command, with every setting", async () => {
  const said = new Set<string>();
  const names = settingsOf(sections).map(({ name }) => name);
  for (const command of ["run", "check", "watch", "serve", "enqueue", "work"]) {
    const { status, stdout, stderr } = await call([command, "--help"]);
    assertEquals([status, stderr], [0, ""]);
    const declared = commands.find(({ name }) => name === command) as Command;
    const taken = new Set(
      settingsOf(declared.settings).filter(({ setting }) => !setting.noFlag).map(({ name }) => name),
    );
    const flags = stdout.split("Every setting has three names")[0]!;
    for (const name of names) {
      assertEquals(flags.includes(`  ${flagOf(name)} `), taken.has(name), `${command} and ${name}`);
      if (taken.has(name)) said.add(name);
    }
    assertStringIncludes(stdout, "Example");
    assertStringIncludes(stdout, "\nModel:\n");
  }
  assertEquals(said, new Set(names));
  for (const command of ["sample", "reference-model", "report", "queue"]) {
    const { status, stdout } = await call([command, "--help"]);
    assertEquals(status, 0);
    assertMatch(stdout, /^Examples?:/m);
  }
  const { status, stdout } = await call(["--help"]);
  assertEquals(status, 0);
  for (
    const command of [
      "run",
      "watch",
      "serve",
      "report",
      "check",
      "sample",
      "reference-model",
      "cache",
      "enqueue",
      "work",
      "queue",
    ]
  ) {
    assertMatch(stdout, RegExp(`^  ${command}`, "m"));
  }
  assertStringIncludes(stdout, "130, 143  stopped by SIGINT, SIGTERM");
});

Deno.test("commands take each setting once: no flag of a command's own is a setting that it takes too", () => {
  for (const one of commands.flatMap((one) => "commands" in one ? one.commands : [one])) {
    const shared = settingsOf(one.settings).filter(({ setting }) => !setting.noFlag).map(({ name }) => name);
    const names = [...shared, ...Object.keys(one.flags)];
    assertEquals(names.filter((name, i) => names.indexOf(name) !== i), [], one.name);
    for (const section of Object.keys(one.settings)) assert(Object.hasOwn(sections, section), section);
  }
});

Deno.test("program() prints its version", async () => {
  const { status, stdout } = await call(["--version"]);
  assertEquals(status, 0);
  assertMatch(stdout, /^\d+\.\d+\.\d+\n$/);
});

Deno.test("program() exits with 2 on a wrong command line, and suggests", async () => {
  const wrong: [args: string[], message: string][] = [
    [[], "Usage: sluice"],
    [["rum"], "sluice: Cannot use the command line: unknown command 'rum'; did you mean run?\n"],
    [
      ["run", "--form", "x"],
      "sluice: Cannot use the command line: unknown option '--form'; did you mean --from?\n",
    ],
    [["run", "--from"], "sluice: Cannot use the command line: option '--from <URL>' argument missing\n"],
    [["run", "extra"], "sluice: Cannot use the command line: too many arguments for 'run', expected"],
  ];
  for (const [args, message] of wrong) {
    const { status, stdout, stderr } = await call(args);
    assertEquals([status, stdout], [2, ""], args.join(" "));
    assertStringIncludes(stderr, message);
  }
});

Deno.test("program() exits with 2 on settings that cannot be used, with a line for each and no stack", async () => {
  const { status, stdout, stderr } = await call(["run", "--from", "in", "--objects", "0"], {
    env: { SLUICE_TO: "out", SLUICE_MODEL: "reference" },
  });
  assertEquals([status, stdout], [2, ""]);
  assertEquals(stderr.split("\n"), [
    'sluice: Cannot set model by SLUICE_MODEL: must be one of grpc://HOST:PORT, grpcs://HOST:PORT, unix:PATH, reference:, not "reference"',
    'sluice: Cannot set objects by --objects: must be a whole number from 1 to 256, not "0"',
    "",
  ]);
});

Deno.test("program() exits with 2 when the file that --config names is missing", async () => {
  const { status, stderr } = await call(["run", "--config", "no/such.jsonc"]);
  assertEquals(status, 2);
  assertEquals(stderr, "sluice: Cannot read the settings in no/such.jsonc: there is no such file\n");
});

Deno.test("program() checks the flags of sample and of reference-model", async () => {
  const sample = await call(["sample", "--records", "none"]);
  assertEquals(sample.status, 2);
  assertStringIncludes(sample.stderr, "sluice: Cannot start without --to: ");
  assertStringIncludes(sample.stderr, "Cannot set records by --records: must be a whole number from 1 to ");
  const pairs = await call(["sample", "--to", "x", "--records", "10", "--pairs", "11"]);
  assertEquals(pairs.status, 2);
  assertStringIncludes(pairs.stderr, "sluice: Cannot make samples: pairs must be at most 10, ");
  const model = await call(["reference-model", "--calls-per-second", "0"]);
  assertEquals(model.status, 2);
  assertEquals(
    model.stderr,
    'sluice: Cannot set callsPerSecond by --calls-per-second: must be a number from 0.001 to 100000, not "0"\n',
  );
});

Deno.test("program() runs sample: all records, the same bytes for the same seed", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const written: string[] = [];
    for (const to of ["a", "b"]) {
      const { status, stdout, stderr } = await call(
        [
          "sample",
          "--to",
          `${folder}/${to}`,
          "--records",
          "25",
          "--per-object",
          "10",
          "--pairs",
          "5",
          "--seed",
          "7",
        ],
      );
      assertEquals([status, stdout], [0, ""]);
      assertMatch(stderr, /^Wrote 25 records in 3 objects \([\d.]+ KiB\) to .+\/ in [\d.]+ m?s\n$/);
      const names = Array.from(Deno.readDirSync(`${folder}/${to}`), ({ name }) => name)
        .filter((name) => name.endsWith(".jsonl")).sort();
      assertEquals(names.length, 3);
      written.push(
        names.map((name) => `${name}\n${Deno.readTextFileSync(`${folder}/${to}/${name}`)}`).join(""),
      );
    }
    assertEquals(written[0], written[1]);
    assertEquals(written[0]!.match(/^\{/gm)?.length, 25);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("program() serves the reference model until it is stopped, then exits with 0", async () => {
  for (const by of ["SIGINT", "SIGTERM"] as const) {
    const stopped = new AbortController();
    const listening = Promise.withResolvers<string>();
    const io: Io = {
      stdout: (text) => listening.resolve(text),
      stderr: (text) => listening.reject(new Error(text)),
      stdin: ReadableStream.from([]),
      stdoutIsTerminal: false,
      stderrIsTerminal: false,
      signal: stopped.signal,
    };
    const status = program(["reference-model", "--listen", "127.0.0.1:0"], io);
    assertMatch(await listening.promise, /^listening on grpc:\/\/127\.0\.0\.1:[1-9]\d*\n$/);
    stopped.abort(new Stop(by));
    assertEquals(await status, 0);
  }
});

Deno.test("README.md and docs name no flag that there is not", async () => {
  /** Of tasks and of other programs. */
  const others = new Set(
    [
      "--data",
      "--data-binary",
      "--decorated",
      "--ecs-server",
      "--from-literal",
      "--grpc_python_out",
      "--heap-growing-percent",
      "--local",
      "--max-semi-space-size",
      "--only",
      "--questions",
      "--python_out",
      "--redis",
      "--rm",
      "--worker-hour",
    ],
  );
  const known = new Set<string>();
  const learn = async (command: readonly string[]) => {
    const { stdout } = await call([...command, "--help"]);
    for (const [flag] of stdout.matchAll(/--[a-z][a-z0-9-]*/g)) known.add(flag);
    const [, commands = ""] = /^Commands:\n((?: .*\n?)*)/m.exec(stdout) ?? [];
    for (const [, name] of commands.matchAll(/^ {2}([a-z][a-z-]*)/gm)) {
      if (name !== "help") await learn([...command, name!]);
    }
  };
  await learn([]);
  // Those that are refused today stand in the list of what has changed.
  for (const { setting: { was } } of settingsOf(sections)) if (was !== undefined) known.add(flagOf(was.name));
  const missing: string[] = [];
  const pages = ["README.md", "deploy/README.md"].map((file) => new URL(`../../${file}`, import.meta.url));
  for (const file of [...pages, ...await markdownFiles(docsFolder)]) {
    const text = await Deno.readTextFile(file);
    const named = new Set(Array.from(text.matchAll(/(?<![\w-])--[a-z][\w-]*[a-z0-9]/g), ([flag]) => flag));
    for (const flag of named) {
      if (!known.has(flag) && !others.has(flag)) missing.push(`${file.pathname.split("/").at(-1)}: ${flag}`);
    }
  }
  assertEquals(missing, []);
});
