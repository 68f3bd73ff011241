import { createClient } from "redis";
import { FakeRedis } from "../../fakes/redis.ts";
import { plainLines } from "../../story/corpus.ts";
import { endedWell, pause, questionsAskedOnce, type Row } from "../row.ts";
import { secrets, type World } from "../world.ts";

/** A row against a real Redis; `command` is run as its operator would. */
function realRedis(
  fault: string,
  run: (
    world: World,
    command: (...words: string[]) => Promise<unknown>,
    restart: (awayMs: number) => Promise<void>,
  ) => Promise<string[]>,
): Row {
  return {
    fault,
    async run(world) {
      const { redis } = world;
      if (redis instanceof FakeRedis) {
        world.skipped = "there is no redis-server";
        return [];
      }
      const command = async (...words: string[]) => {
        const client = await createClient({ url: world.cache }).connect();
        try {
          return await client.sendCommand(words);
        } finally {
          client.destroy();
        }
      };
      return await run(world, command, (awayMs) => redis.restart(awayMs));
    },
  };
}

export const cacheRows: Row[] = [
  {
    fault: "cache: refused at start",
    async run(world) {
      world.issue(6);
      world.cache = `redis://:${secrets[2]}@127.0.0.1:1`;
      const result = await world.run();
      const said = result.stderr.includes("Continuing without the cache") ? [] : ["it did not say so"];
      return [...endedWell(result), ...said, ...questionsAskedOnce(world)];
    },
  },
  {
    fault: "cache: wrong password",
    async run(world) {
      world.issue(6);
      world.cache = world.cache.replace(secrets[2]!, "SECRETREDISzq83x");
      return [...endedWell(await world.run()), ...questionsAskedOnce(world)];
    },
  },
  realRedis("cache: killed and restarted in the middle", async (world, _, restart) => {
    world.issue(10);
    world.model.options = { delayMs: 30 };
    const run = world.start();
    await pause(world.random(300, 900));
    await restart(world.random(50, 500));
    return [...endedWell(await run.ended), ...questionsAskedOnce(world)];
  }),
  realRedis("cache: slow by 5 s", async (world, command) => {
    world.issue(6);
    const run = world.start("--cache-timeout", "1s");
    await pause(world.random(200, 600));
    await command("CLIENT", "PAUSE", "5000", "ALL");
    const result = await run.ended;
    await command("CLIENT", "UNPAUSE").catch(() => {}); // where it has ended by itself
    return [...endedWell(result), ...questionsAskedOnce(world)];
  }),
  realRedis("cache: out of memory (noeviction)", async (world, command) => {
    world.issue(6);
    await command("CONFIG", "SET", "maxmemory", "1");
    return [...endedWell(await world.run()), ...questionsAskedOnce(world)];
  }),
  realRedis("cache: a read-only replica", async (world, command) => {
    world.issue(4);
    const remarks = endedWell(await world.run());
    await command("REPLICAOF", "127.0.0.1", "1");
    // What the cache knows is not asked again, although it takes nothing new.
    world.issueObject("later.jsonl", plainLines(2_000, 950));
    const result = await world.run("--force");
    const said = result.stderr.includes("Continuing without writing to the cache")
      ? []
      : ["it did not say so"];
    return [...remarks, ...endedWell(result), ...said, ...questionsAskedOnce(world)];
  }),
  realRedis("cache: values that are not answers", async (world, command) => {
    world.issue(3);
    // As strings, since any client can write one.
    const strings = ["--cache-layout", "strings"];
    await world.run(...strings);
    const keys = (await command("KEYS", "*") as string[]).slice(0, 40);
    for (const [i, key] of keys.entries()) await command("SET", key, ["0", "8", "x", "-1", "3.5"][i % 5]!);
    const before = world.model.stats().questions;
    const remarks = endedWell(await world.run("--force", ...strings));
    const again = world.model.stats().questions - before;
    if (again !== keys.length) remarks.push(`${again} questions were asked for ${keys.length} bad values`);
    const values = await command("MGET", ...keys) as string[];
    if (!values.every((value) => /^[1-7]$/.test(value))) remarks.push("bad values were not overwritten");
    return remarks;
  }),
];
