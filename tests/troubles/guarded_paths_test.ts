import { assert, assertEquals, assertMatch } from "@std/assert/mod.js";
import { permissionReason } from "../../lib/errors/permission_reason.ts";
import { Scene } from "../errors/scene.ts";

/** Each command that opens a file, with one that Deno guards. */
const commands: Readonly<Record<string, (path: string, folder: string) => string[]>> = {
  "run --from": (path, folder) => ["run", "--from", path, "--to", `${folder}/out`, ...reference],
  "run --to": (path, folder) => ["run", "--from", `${folder}/in`, "--to", path, ...reference],
  "run --cache": (path, folder) => [
    ...[
      "run",
      "--from",
      `${folder}/in`,
      "--to",
      `${folder}/out`,
      "--model",
      "reference:",
      "--cache",
      `sqlite:${path}`,
    ],
  ],
  "run --config": (path) => ["run", "--config", path],
  "check --from": (path, folder) => ["check", "--from", path, "--to", `${folder}/out`, ...reference],
  "watch --from": (path, folder) => [
    ...["watch", "--from", path, "--to", `${folder}/out`, "--listen", "127.0.0.1:0", ...reference],
  ],
  "serve --model-ca": (path) => [
    ...[
      "serve",
      "--model",
      "grpcs://127.0.0.1:1",
      "--cache",
      "none:",
      "--listen",
      "127.0.0.1:0",
      "--model-ca",
      path,
    ],
  ],
  "estimate --from": (path) => ["estimate", "--from", path, "--cache", "none:"],
  "estimate --cache": (path, folder) => ["estimate", "--from", `${folder}/in`, "--cache", `sqlite:${path}`],
  "warm --from-output": (path, folder) => ["warm", "--from-output", path, "--cache", `sqlite:${folder}/c.db`],
  "warm --pairs": (
    path,
    folder,
  ) => ["warm", "--pairs", path, "--model", "reference:", "--cache", `sqlite:${folder}/c.db`],
  "cache import": (path, folder) => ["cache", "import", path, "--cache", `sqlite:${folder}/c.db`],
  "cache stats": (path) => ["cache", "stats", "--cache", `sqlite:${path}`],
  "match --from": (
    path,
    folder,
  ) => ["match", "--from", path, "--terms", `${folder}/terms.csv`, "--to", `${folder}/m.csv`],
  "match --terms": (
    path,
    folder,
  ) => ["match", "--from", `${folder}/menus.csv`, "--terms", path, "--to", `${folder}/m.csv`],
  "match --to FILE.csv": (path, folder) => match(folder, `${path}.csv`),
  "match --to sqlite:": (path, folder) => match(folder, `sqlite:${path}`),
  "report --from": (path) => ["report", "--from", path, "--by", "company"],
  "report --to": (path, folder) => ["report", "--from", `${folder}/in`, "--by", "company", "--to", path],
  "sample --to": (path) => ["sample", "--records", "10", "--to", path],
  "init": (path) => ["init", path],
  "config check": (path) => ["config", "check", path],
};

const reference = ["--model", "reference:", "--cache", "none:"];

function match(folder: string, to: string): string[] {
  return ["match", "--from", `${folder}/menus.csv`, "--terms", `${folder}/terms.csv`, "--to", to];
}

for (const [name, command] of Object.entries(commands)) {
  Deno.test(`${name} says which paths are out of reach, and what to do`, async () => {
    await using scene = await Scene.create();
    scene.write("menus.csv", "MenuId,Menu\n1,Cola\n");
    scene.write("terms.csv", "TermId,Term\n1,Cola\n");
    for (const path of ["/dev/shm/absent", "/proc/self/absent"]) {
      const { text, status } = await scene.sluice(command(path, scene.folder));
      assert(status !== 0, text);
      assertMatch(text, /Deno keeps programs out of \/dev, \/proc and \/sys; use a path elsewhere/);
      assert(text.includes(path), text);
      assert(!/allow-|Requires/.test(text), text);
    }
  });
}

Deno.test("/dev/stdin is told how standard input is named", async () => {
  await using scene = await Scene.create();
  const { text } = await scene.run({ from: "/dev/stdin" });
  assertMatch(
    text,
    /^sluice: Cannot open \/dev\/stdin: Deno keeps .*; standard input is - where a command takes it$/,
  );
});

Deno.test("permissionReason() names the right that Deno was started without", () => {
  const refused = (message: string) => permissionReason(new Deno.errors.NotCapable(message));
  assertEquals(
    refused('Requires run access to "sh", run again with the --allow-run flag'),
    'Deno was started without --allow-run, so that "sh" is out of reach',
  );
  assertEquals(
    refused("Requires sys access, run again with the --allow-sys flag"),
    "Deno was started without --allow-sys",
  );
  assertEquals(permissionReason(new Error("Requires all access to x, run again with")), undefined);
});
