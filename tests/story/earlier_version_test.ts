import { assertEquals } from "@std/assert/mod.js";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { ScratchFolder } from "../cli/scratch_folder.ts";
import { RedisServer } from "../fakes/redis_server.ts";
import expected from "../testdata/v0.1.0/outputs.json" with { type: "json" };

const data = new URL("../testdata/v0.1.0/", import.meta.url).pathname;
const source = `file://${data}in/`;

/** How version 0.1.0 was run, by the name that its outputs have. */
const runs: Record<keyof typeof expected, readonly string[]> = {
  plain: [],
  provenance: ["--provenance", "origin", "--objects", "1"],
  // Which pair is rare depends on what came before: one object a run, twenty runs.
  rare: ["--rare", "skip", "--provenance", "origin", "--limit", "1"],
  titles: ["--normalize", "titles", "--output-field", "level"],
  cluster: ["--cluster", "--objects", "1", "--agreement", "0.5", "--agreement-sample", "0.001"],
};

const base = ["run", "--from", `${data}in`, "--to", "@out", "--model", "reference:", "--max-rejects", "100%"];

/** SHA-256 of all files of a folder by their names, gzip undone, without what the store keeps for itself. */
async function hashes(folder: string, below = ""): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${below}`)) {
    if (name.startsWith(".")) continue;
    if (isDirectory) {
      Object.assign(found, await hashes(folder, `${below}${name}/`));
      continue;
    }
    const bytes = await Deno.readFile(`${folder}/${below}${name}`);
    // One character for each byte.
    const content = (name.endsWith(".gz") ? gunzipSync(bytes) : Buffer.from(bytes)).toString("latin1");
    found[below + name] = createHash("sha256").update(settled(content), "latin1").digest("hex");
  }
  return found;
}

/**
 * Content without what differs from run to run: the folder that rejects name, and whether a key that several objects
 * have was on its way or there when one of them came to it.
 */
function settled(content: string): string {
  return content.replaceAll(source, "SOURCE/")
    // Version 0.1.0 had no reason of its own for null.
    .replaceAll('"reason":"null_key_field"', '"reason":"missing_key_field"')
    .replace(/("origin":"|,)(?:model|cache)(?="|\r?\n)/g, "$1ANSWERED");
}

for (const [name, flags] of Object.entries(runs)) {
  Deno.test(`sluice run writes the bytes of version 0.1.0: ${name}`, async () => {
    await using folder = await ScratchFolder.create();
    const env = { SLUICE_LEDGER: `${folder.path}/ledger.db` };
    let done = 0;
    for (const times = flags.includes("--limit") ? 20 : 1; done < 20;) {
      const { objects } = await folder.figures([...base, "--cache", `sqlite:${folder.path}/c.db`, ...flags], {
        env,
      });
      assertEquals([objects.done, objects.failed], [20 / times, 0]);
      done += objects.done;
    }
    assertEquals(await hashes(`${folder.path}/out`), expected[name as keyof typeof expected]);
  });
}

async function asksNothing(folder: ScratchFolder, cache: string): Promise<void> {
  const env = { SLUICE_LEDGER: `${folder.path}/ledger.db` };
  const { keys, model } = await folder.figures([...base, "--cache", cache], { env });
  assertEquals([keys.asked, model.questions], [0, 0]);
  assertEquals(await hashes(`${folder.path}/out`), expected.plain);
}

Deno.test("sluice run finds every answer in an SQLite cache of version 0.1.0", async () => {
  await using folder = await ScratchFolder.create();
  await Deno.copyFile(`${data}cache.db`, `${folder.path}/cache.db`);
  await asksNothing(folder, `sqlite:${folder.path}/cache.db`);
});

const hasRedis = await isThere("redis-server");

Deno.test({
  name: `sluice run finds every answer in a Redis of version 0.1.0${
    hasRedis ? "" : " (not run: no redis-server)"
  }`,
  ignore: !hasRedis,
  async fn() {
    await using folder = await ScratchFolder.create();
    await Deno.copyFile(`${data}cache.rdb`, `${folder.path}/cache.rdb`);
    const started = await RedisServer.start("--dir", folder.path, "--dbfilename", "cache.rdb");
    if (typeof started === "string") throw new Error(started);
    await using redis = started;
    await asksNothing(folder, redis.url);
  },
});

async function isThere(program: string): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: ["--version"], stdout: "null" }).output()).success;
  } catch {
    return false;
  }
}
