import { createHash } from "node:crypto";
import { RedisCache } from "../../../lib/caches/redis/redis.ts";
import { recipeOf } from "../../../lib/cli/open/recipe_of.ts";
import { encodeKey } from "../../../lib/recipe/key.ts";
import { answersFingerprint } from "../../../lib/recipe/recipe.ts";
import { runSections } from "../../../lib/cli/run/run_commands.ts";
import { resolveSettings } from "../../../lib/settings/resolve_settings.ts";
import { ofObjects } from "../../fakes/s3_fault.ts";
import { fakeLevel } from "../../fakes/model_behaviour.ts";
import { endedWell, finishes, pause, type Row } from "../row.ts";
import type { World } from "../world.ts";

interface Pair {
  readonly company: string;
  readonly title: string;
}

const keyOf = ({ company, title }: Pair) => encodeKey(company, title);

/** Those of the pairs whose answers are in the cache at this moment, as keys. */
async function cachedAmong(world: World, pairs: readonly Pair[]): Promise<Set<string>> {
  const config = resolveSettings(runSections, { flags: { from: "a", to: "b", model: world.model.url } });
  const namespace = await answersFingerprint(recipeOf(config));
  const cache = new RedisCache(world.cache, namespace);
  try {
    const keys = pairs.map(keyOf);
    const answers = await cache.get(keys, AbortSignal.timeout(10_000));
    return new Set(keys.filter((_, i) => answers[i] !== undefined));
  } finally {
    await cache.close();
  }
}

function questionsFrom(world: World, call: number): Pair[] {
  return world.model.calls.slice(call).flatMap(({ questions }) => questions);
}

/**
 * Kills runs at random moments, so many times, then lets one finish. Checks that nothing that had reached the cache is
 * asked again, and the bound: the model is asked no more than the keys plus those in flight at each kill.
 */
async function killAndFinish(world: World, kills: number): Promise<string[]> {
  const remarks: string[] = [];
  let inFlightAtKills = 0, askedAgain = 0;
  let cached = new Set<string>();
  for (let kill = 0; kill < kills; kill++) {
    const before = world.model.calls.length;
    const run = world.start();
    await pause(world.random(300, 1_800));
    run.kill("SIGKILL");
    await run.ended;
    await pause(100); // what the dead process had sent arrives
    const asked = questionsFrom(world, before);
    askedAgain += asked.filter((pair) => cached.has(keyOf(pair))).length;
    cached = await cachedAmong(world, questionsFrom(world, 0));
    inFlightAtKills += asked.filter((pair) => !cached.has(keyOf(pair))).length;
  }
  const before = world.model.calls.length;
  remarks.push(...await finishes(world));
  askedAgain += questionsFrom(world, before).filter((pair) => cached.has(keyOf(pair))).length;
  if (askedAgain > 0) remarks.push(`${askedAgain} questions were asked again that had reached the cache`);
  const { questions } = world.model.stats();
  if (questions > world.keys + inFlightAtKills) {
    remarks.push(`${questions} questions for ${world.keys} keys and ${inFlightAtKills} in flight at kills`);
  }
  return remarks;
}

/** An upload begun at the very moment of a kill could not be recorded: --abandon-after is for these, and for no others. */
async function unrecordedUploadsRemoved(world: World): Promise<string[]> {
  const remarks = world.s3.unfinishedUploads().filter(({ parts }) => parts > 0)
    .map((upload) => `unfinished after the last run: ${JSON.stringify(upload)}`);
  world.s3.ageUploads(25 * 3_600_000);
  return [...remarks, ...endedWell(await world.run())];
}

/** Bytes of a block of the large object; each block asks one question of its own, and all share some. */
const blockBytes = 1024 * 1024;
const encoder = new TextEncoder();

function block(number: number, hasLevels: boolean): Uint8Array {
  const level = (title: string) => hasLevels ? `,"seniority":${fakeLevel("Large", title)}` : "";
  const lines: string[] = [];
  let length = 0;
  const add = (title: string, filler: string) => {
    const source = `{"company":"Large","title":"${title}","text":"${filler}"}\n`;
    length += source.length;
    lines.push(`${source.slice(0, -2)}${level(title)}}\n`);
  };
  for (let i = 0; length < blockBytes - 2_000; i++) add(`shared ${i % 700}`, "x".repeat(900));
  const title = `of block ${number}`;
  add(title, "y".repeat(blockBytes - length - `{"company":"Large","title":"${title}","text":""}\n`.length));
  return encoder.encode(lines.join(""));
}

export const processRows: Row[] = [
  {
    fault: "process: kill -9 at random moments",
    async run(world) {
      world.issue(20, { large: 2 });
      world.model.options = { delayMs: 20 };
      const remarks = await killAndFinish(world, world.isLong ? 50 : 4);
      return [...remarks, ...await unrecordedUploadsRemoved(world)];
    },
  },
  {
    fault: "process: kill -9, into a folder",
    async run(world) {
      world.useFolder(`${world.folder}/mod`);
      world.issue(20, { large: 2 });
      world.model.options = { delayMs: 20 };
      return await killAndFinish(world, world.isLong ? 20 : 2);
    },
  },
  {
    fault: "process: kill -9 at 80 % of one large object",
    async run(world) {
      const blocks = world.isLong ? 2_048 : 64;
      const name = "large.jsonl", bytes = blocks * blockBytes;
      let read = 0;
      let onRead = (_bytes: number) => {};
      world.s3.putContent("raw", `in/${name}`, {
        bytes,
        async *read(start, end) {
          for (let at = start; at < end;) {
            const number = Math.floor(at / blockBytes), from = at % blockBytes;
            const chunk = block(number, false).subarray(from, from + end - at);
            await Promise.resolve();
            yield chunk;
            at += chunk.length;
            onRead(read = at);
          }
        },
      });
      const first = world.start("--max-call-questions", "1000");
      onRead = (read) => {
        if (read >= bytes * 0.8) first.kill("SIGKILL");
      };
      await first.ended;
      onRead = () => {};
      await pause(100);
      const remarks = read < bytes * 0.8 ? [`killed after ${read} of ${bytes} bytes`] : [];
      const cached = await cachedAmong(world, questionsFrom(world, 0));
      const asked = world.model.calls.length;
      remarks.push(...endedWell(await world.run("--max-call-questions", "1000")));
      const again = questionsFrom(world, asked).filter((pair) => cached.has(keyOf(pair))).length;
      if (cached.size < 100) remarks.push(`only ${cached.size} answers had reached the cache`);
      if (again > 0) remarks.push(`${again} answered questions were asked again`);
      const output = world.s3.object("mod", `out/${name}`);
      const actual = createHash("sha256"), expected = createHash("sha256");
      for await (const chunk of output?.content.read(0, output.content.bytes) ?? []) actual.update(chunk);
      for (let number = 0; number < blocks; number++) {
        expected.update(block(number, true));
        await pause(0); // the other rounds continue meanwhile
      }
      if (actual.digest("hex") !== expected.digest("hex")) remarks.push("the output's bytes are not right");
      world.allow(name);
      return [...remarks, ...await unrecordedUploadsRemoved(world)];
    },
  },
  ...(["SIGTERM", "SIGINT"] as const).map((signal): Row => ({
    fault: `process: ${signal} at a random moment`,
    async run(world) {
      world.issue(12, { large: 1 });
      world.model.options = { delayMs: 30 };
      const run = world.start("--grace", "300ms");
      await pause(world.random(300, 1_500));
      run.kill(signal);
      const { status } = await run.ended;
      const remarks = [3, signal === "SIGTERM" ? 143 : 130].includes(status)
        ? []
        : [`it ended with ${status}`];
      const left = world.s3.unfinishedUploads().length;
      if (left > 0) remarks.push(`${left} unfinished uploads`);
      return [...remarks, ...await finishes(world)];
    },
  })),
  {
    fault: "process: a second signal",
    async run(world) {
      world.issue(6, { large: 1 });
      world.model.options = { delayMs: 5_000 };
      const run = world.start("--grace", "1h");
      // It can be stopped as soon as it has begun to work.
      while (world.model.calls.length === 0) await pause(20);
      run.kill("SIGTERM");
      await pause(200);
      const at = performance.now();
      run.kill("SIGTERM");
      const { status } = await run.ended;
      const seconds = (performance.now() - at) / 1000;
      const remarks = status === 143 ? [] : [`it ended with ${status}`];
      if (seconds > 1) remarks.push(`it ended ${seconds} s after the second signal`);
      world.model.options = {};
      return [...remarks, ...await finishes(world)];
    },
  },
  {
    fault: "process: two runs at once",
    async run(world) {
      world.issue(12, { large: 1 });
      return (await Promise.all([world.run(), world.run()])).flatMap(endedWell);
    },
  },
  {
    fault: "process: a run beside a killed run's and a living run's uploads",
    async run(world) {
      world.issue(4, { large: 1 });
      // One was killed while it sent its parts, one that lives still waits there.
      const held = new Set<string>(), goOn = Promise.withResolvers<void>();
      const isPart = ofObjects("UploadPart");
      world.s3.fault((request) => {
        if (!isPart(request)) return false;
        const id = request.query.get("uploadId")!;
        if (held.size < 2) held.add(id);
        return held.has(id);
      }, async (_, proceed) => {
        await goOn.promise;
        return proceed();
      }, { times: Infinity });
      const alone = ["--objects", "1", "--s3-timeout", "60s", "--ledger"];
      const killed = world.start(...alone, "notes/one.db");
      while (held.size < 1) await pause(20);
      killed.kill("SIGKILL");
      await killed.ended;
      const living = world.start(...alone, "notes/two.db");
      while (held.size < 2) await pause(20);
      for (let i = 0; i < 100 && world.s3.unfinishedUploads().length > 1; i++) await pause(20);
      const uploads = world.s3.unfinishedUploads().length;
      // The living one has found the killed one's notes, in the folder that they share.
      const remarks = uploads === 1 ? [] : [`${uploads} uploads in place of 1`];
      remarks.push(...endedWell(await world.run("--ledger", "notes/one.db")));
      const left = world.s3.unfinishedUploads().length;
      if (left !== 1) remarks.push(`${left} uploads in place of the living run's`);
      goOn.resolve();
      return [...remarks, ...endedWell(await living.ended)];
    },
  },
];
