import { assertEquals } from "@std/assert/mod.js";
import { SqliteCache } from "../../../lib/caches/sqlite.ts";
import { openRedis } from "../../../lib/redis/open_redis.ts";
import { awsEnvironment } from "../../fakes/aws_environment.ts";
import { FakeS3 } from "../../fakes/s3.ts";
import { place, type QueueScene, queueTest } from "../../queue/queue_scene.ts";
import { until } from "../../until.ts";
import { ScratchFolder } from "../scratch_folder.ts";

const { signal } = new AbortController();
const titles = ["Clerk", "Cook", "Senior Cook", "Cook (Berlin)", "Cook - Team A", "Cook - Team B"];
const text = titles.map((title) => `${JSON.stringify({ company: "Acme", title })}\n`).join("");

/** Enqueues an object and works on it, with the same settings; resolves to what was said, and written. */
async function worked({ redis }: QueueScene, settings: readonly string[], ...ofWork: string[]) {
  await using folder = await ScratchFolder.create();
  folder.write("of_runs.jsonc", '{ "fill": true, "until": "2000-01-01", "shard": "1/2" }');
  await using s3 = await FakeS3.start({ buckets: ["raw", "mod"] });
  s3.put("raw", "in/a.jsonl", text);
  using _ = await awsEnvironment(s3.environment);
  const env = { SLUICE_QUEUE: redis.url, SLUICE_LEDGER: `${folder.path}/ledger.db` };
  const from = ["--from", place.source, "--to", place.destination];
  const enqueued = await folder.sluice(["enqueue", ...from, "--model", "reference:", ...settings], { env });
  assertEquals(enqueued.status, 0, enqueued.stderr);
  const work = ["work", "--model", "reference:", "--until-empty", "--listen", "127.0.0.1:0"];
  const done = await folder.sluice([...work, ...settings, ...ofWork], { env });
  return { ...done, keys: s3.keys("mod"), holders: await holders(redis.url) };
}

/** Processes that claim keys there, or did so seconds ago. */
async function holders(url: string): Promise<number> {
  const servers = openRedis(url, "fleet", { timeoutMs: 5_000 });
  try {
    return await servers.run(
      "read from",
      0,
      signal,
      (route) => route.to("", async (client) => (await client.keys("sluice:holder:*")).length),
    );
  } finally {
    await servers.close();
  }
}

queueTest("sluice work with a cache in Redis claims keys on its queue's Redis", async (scene) => {
  const { holders, keys, status, stderr } = await worked(scene, [], "--cache", scene.redis.url);
  assertEquals([status, keys, holders], [0, ["out/a.jsonl"], 1], stderr);
});

queueTest(
  "sluice work --cluster does not coordinate by default, as near titles are not shared",
  async (scene) => {
    const { holders, keys, status, stderr } = await worked(
      scene,
      ["--cluster"],
      ...["--cache", scene.redis.url, "--agreement-sample", "0.001"],
    );
    assertEquals([status, keys, holders], [0, ["out/a.jsonl"], 0], stderr);
  },
);

queueTest("sluice work does all jobs of its queue, whatever objects runs select", async (scene) => {
  const { keys, status, stderr } = await worked(scene, [], "--cache", "none:", "--config", "@of_runs.jsonc");
  assertEquals([status, keys], [0, ["out/a.jsonl"]], stderr);
});

queueTest("sluice work closes what it has opened where the jobs are about something else", async (scene) => {
  const closed: string[] = [];
  const close = SqliteCache.prototype.close;
  SqliteCache.prototype.close = async function () {
    closed.push(this.url);
    await close.call(this);
  };
  try {
    const { status } = await worked(scene, [], "--cache", "sqlite:@cache.db", "--from", "s3://raw/other/");
    assertEquals([status, closed.length], [1, 1]);
  } finally {
    SqliteCache.prototype.close = close;
  }
});

queueTest("sluice enqueue and work take folders: two workers process each object once", async ({ redis }) => {
  await using folder = await ScratchFolder.create();
  const names = Array.from({ length: 12 }, (_, i) => `${10 + i}.jsonl`);
  for (const name of names) folder.write(`in/${name}`, text);
  const env = { SLUICE_QUEUE: redis.url, SLUICE_CACHE: "none:", SLUICE_MODEL: "reference:" };
  const call = (...args: string[]) => folder.sluice([...args, "--ledger", "@ledger.db"], { env });

  const enqueued = await call("enqueue", "--from", "@in", "--to", "@out");
  assertEquals(enqueued.status, 0, enqueued.stderr);
  const url = `file://${folder.path}/`;
  const advice = `All workers must see ${url}in/ and ${url}out/ at the same path`;
  assertEquals(enqueued.stderr.split(advice).length, 2, enqueued.stderr);

  const working = [1, 2].map(() => call("work", "--until-empty", "--listen", "127.0.0.1:0"));
  const workers = await Promise.all(working);
  // The log is the process's: lines of both workers may be in either's.
  const log = workers.map(({ stderr }) => stderr).join("").trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(workers.map(({ status }) => status), [0, 0], JSON.stringify(log));
  const done = log.filter(({ message }) => message.startsWith("Done: ")).map(({ object }) => object);
  assertEquals(done.toSorted(), names);
  for (const name of names) {
    const lines = (await Deno.readTextFile(`${folder.path}/out/${name}`)).trim().split("\n");
    assertEquals(lines.map((line) => JSON.parse(line).title), titles);
  }

  const again = await folder.sluice(["enqueue", "--from", "@in", "--to", "@out", "--json"], { env });
  const { objects, skipped, added } = JSON.parse(again.stdout);
  assertEquals([objects, skipped, added], [12, 12, 0]);
});

queueTest("sluice work --until-empty waits for an enqueue that is still listing", async (scene) => {
  await using folder = await ScratchFolder.create();
  folder.write("in/a.jsonl", text);
  const env = { SLUICE_QUEUE: scene.redis.url, SLUICE_CACHE: "none:", SLUICE_MODEL: "reference:" };
  const call = (...args: string[]) => folder.sluice([...args, "--ledger", "@ledger.db"], { env });
  const other = await scene.outside().fill(signal);
  let hasEnded = false;
  const working = call("work", "--until-empty", "--listen", "127.0.0.1:0");
  working.finally(() => hasEnded = true);
  assertEquals((await call("enqueue", "--from", "@in", "--to", "@out")).status, 0);
  await until(() => Deno.readTextFileSync(`${folder.path}/out/a.jsonl`) !== "");
  assertEquals(hasEnded, false);
  await other[Symbol.asyncDispose]();
  const { status, stderr } = await working;
  assertEquals(status, 0, stderr);
});
