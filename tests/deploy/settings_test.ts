import { assert, assertEquals } from "@std/assert/mod.js";
import * as v from "valibot";
import manifest from "../../deno.json" with { type: "json" };
import { program } from "../../lib/cli/program.ts";
import { sections } from "../../lib/cli/settings/sections.ts";
import { referenceModelFlags, sampleFlags } from "../../lib/cli/tryout/tryout_settings.ts";
import { settingsOf } from "../../lib/settings/sections.ts";
import { flagOf, variableOf } from "../../lib/settings/names.ts";
import type { Settings } from "../../lib/settings/setting.ts";
import { benchMemory } from "./bench_memory.ts";
import { kubernetesFiles, readYaml, type Yaml } from "./read_yaml.ts";
import { filled, sluiceContainers } from "./sluice_containers.ts";

const containers = await sluiceContainers();
const own: Readonly<Record<string, Settings>> = {
  "reference-model": referenceModelFlags,
  sample: sampleFlags,
};
/** All settings by their flat names. */
const table: Settings = Object.fromEntries(settingsOf(sections).map(({ name, setting }) => [name, setting]));
/** Those that lines of an object pass through. */
const working = ["run", "serve", "work"];

/** A command's help; `undefined` where there is no such command. */
async function helpOf(command: string): Promise<string | undefined> {
  let help = "";
  const status = await program([command, "--help"], {
    stdout: (text) => help += text,
    stderr: () => {},
    stdin: new ReadableStream(),
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    signal: new AbortController().signal,
  }, { env: {} });
  // For a word that is no command, it is the program's own help.
  return status === 0 && help.startsWith(`Usage: sluice ${command} `) ? help : undefined;
}

function hasFlag(help: string, flag: string): boolean {
  return new RegExp(`^ +(?:-\\w, )?${flag}\\b(?!-)`, "m").test(help);
}

Deno.test("sluiceContainers() finds them all", () => {
  assertEquals(containers.map(({ where, args }) => `${where}: ${args[0]}`), [
    "compose.yaml: model: reference-model",
    "compose.yaml: enqueue: enqueue",
    "compose.yaml: worker: work",
    "compose.yaml: page: serve",
    "compose.yaml: sample: sample",
    "k8s/enqueue.yaml: enqueue: enqueue",
    "k8s/shards-job.yaml: run: run",
    "k8s/workers.yaml: worker: work",
  ]);
});

Deno.test("deploy/ names commands and flags that Sluice has, with values that they take", async () => {
  for (const { where, args: [command, ...args] } of containers) {
    const settings: Settings = own[command!] ?? table;
    const help = await helpOf(command!);
    assert(help !== undefined, `${where}: ${command}`);
    while (args.length > 0) {
      const flag = args.shift()!;
      const [name, setting] = Object.entries(settings).find(([name]) => flagOf(name) === flag) ?? [];
      assert(name !== undefined && setting !== undefined, `${where}: ${flag}`);
      assert(help === undefined || hasFlag(help, flag), `${where}: ${flag}`);
      if (setting.placeholder !== undefined) {
        const value = filled(args.shift() ?? "");
        assert(v.is(setting.schema, value), `${where}: ${flag} ${value}`);
      }
    }
  }
});

Deno.test("deploy/ names variables that Sluice has, with values that they take", () => {
  for (const { where, env } of containers) {
    for (const [variable, value] of Object.entries(env)) {
      if (!variable.startsWith("SLUICE_")) continue;
      const [, setting] = Object.entries(table).find(([name]) => variableOf(name) === variable) ??
        [];
      assert(setting !== undefined, `${where}: ${variable}`);
      assert(v.is(setting.schema, value), `${where}: ${variable}=${value}`);
    }
  }
});

Deno.test("deploy/ enqueues, works and serves with the same settings", () => {
  const settingsOf = (start: string) => {
    const all = containers.filter(({ where, args }) =>
      where.startsWith(start) && [...working, "enqueue"].includes(args[0]!)
    );
    return all.map(({ env: { SLUICE_FROM, SLUICE_TO, SLUICE_MODEL } }) => ({
      SLUICE_FROM,
      SLUICE_TO,
      SLUICE_MODEL,
    }));
  };
  for (const start of ["compose.yaml", "k8s/"]) {
    const [first, ...rest] = settingsOf(start);
    assert(rest.length > 1 && first?.SLUICE_FROM !== undefined);
    rest.forEach((settings) => assertEquals(settings, first));
  }
});

Deno.test("deploy/ gives more time to stop than Sluice takes", () => {
  for (const { where, env, graceSeconds } of containers) {
    const grace = env.SLUICE_GRACE === undefined
      ? sections.job.grace.default
      : v.parse(sections.job.grace.schema, env.SLUICE_GRACE);
    assert(graceSeconds >= grace + 15, where);
  }
});

Deno.test("deploy/ gives as much memory as the bench has measured, and half as much again as the limit", () => {
  const peak = benchMemory();
  assert(peak > 100e6);
  for (const { where, args, memory } of containers) {
    assert(memory.limitBytes >= memory.requestBytes, where);
    if (!working.includes(args[0]!)) continue;
    assert(memory.requestBytes >= peak, `${where}: ${peak / 1e6} MB are taken`);
    assert(memory.limitBytes >= 1.5 * peak, where);
  }
});

Deno.test("deploy/ pins images: Sluice's to this version, others to what cannot be changed", async () => {
  const [{ services }] = await readYaml("compose.yaml");
  const images: string[] = Object.values<Yaml>(services).map(({ image }) => image);
  for (const file of kubernetesFiles()) {
    for (const { kind, spec, images: renamed } of await readYaml(`k8s/${file}`)) {
      if (kind === "Kustomization") {
        images.push(...renamed.map(({ name, newTag }: Yaml) => `${name}:${newTag}`));
      }
      images.push(...(spec?.template?.spec.containers ?? []).map(({ image }: Yaml) => image));
    }
  }
  assert(images.length >= 12);
  for (const image of images) {
    if (image.startsWith("sluice:")) assertEquals(image, `sluice:${manifest.version}`);
    else assert(/^[\w./-]+:v?\d+\.\d+\.\d+[\w-]*@sha256:[0-9a-f]{64}$/.test(image), image);
  }
});

Deno.test("deploy/ has a Redis that evicts nothing, and writes down what it holds", async () => {
  const [{ services }] = await readYaml("compose.yaml");
  const set = (await readYaml("k8s/redis.yaml")).find(({ kind }) => kind === "StatefulSet");
  for (const args of [services.redis.command, set.spec.template.spec.containers[0].args]) {
    const options = Object.fromEntries(
      args.flatMap((word: string, i: number) => word.startsWith("--") ? [[word, args[i + 1]]] : []),
    );
    assertEquals(options["--maxmemory-policy"], "noeviction");
    assertEquals(options["--appendonly"], "yes");
    assert(/^\d+(mb|gb)$/.test(options["--maxmemory"]));
    assert(filled(options["--requirepass"]) !== options["--requirepass"]);
  }
});
