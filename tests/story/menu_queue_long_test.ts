import { assert, assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { DatabaseSync } from "node:sqlite";
import { JobQueue } from "../../lib/queue/job_queue.ts";
import { PostgresServer } from "../fakes/postgres_server.ts";
import { RedisServer } from "../fakes/redis_server.ts";
import { sluice, startSluice } from "./sluice_process.ts";
import { until } from "../until.ts";

const { signal } = new AbortController();
/** How long the halted worker may hold the others up before it is killed. */
const haltedMs = 5_000;
const rows = 5_000, chunkBytes = 20_000;

/** Rows of menus with quotes and newlines, bad ones among them; a menu stands in several chunks. */
function menusCsv(): string {
  const names = [
    "Rum & Cocacola",
    'Bollinger ""brut""',
    "Jägermeister\nshot",
    "Water",
    "House, wine",
    "Soup",
  ];
  const lines = Array.from({ length: rows }, (_, i) => {
    if (i % 613 === 7) return `${i},too few`;
    if (i % 907 === 11) return ',"no id",x';
    const description = i % 5 === 0 ? `"with\n\nBolinger, ${"and so on ".repeat(i % 40)}"` : "plain";
    return `${1_000 + i % 1_777},"${names[i % names.length]}",${description}`;
  });
  return `MenuId,ProductName,ProductDescription\n${lines.join("\n")}\n`;
}

/** A table for pairs, and what stands in it. */
interface Table {
  readonly url: string;
  rows(sql: string): Promise<unknown>;
}

const contents = [
  "SELECT menu_id, term_id, score, matched, kind FROM matches ORDER BY menu_id, term_id",
  "SELECT object, line, reason, text FROM match_rejects ORDER BY object, line",
] as const;

/** Of three workers one is killed while it has a chunk: the table ends as if one process had matched the whole. */
async function tellStory(redis: RedisServer, folder: string, open: (name: string) => Promise<Table>) {
  await Deno.writeTextFile(`${folder}/menus.csv`, menusCsv());
  await Deno.writeTextFile(
    `${folder}/terms.csv`,
    '\ufeffTermId,Term\n1,Coca-Cola\n2,Bollinger\n3,"Jägermeister"\n',
  );
  const queueFlags = ["--queue", redis.url];
  const whole = await open("whole"), parts = await open("parts");
  const matching = ["--terms", `${folder}/terms.csv`, "--allow-rejects", "--json"];
  const from = ["--from", `${folder}/menus.csv`];
  assertEquals((await sluice(["match", ...from, ...matching, "--to", whole.url])).status, 0);

  const enqueue = ["match", "--enqueue", ...from, ...queueFlags, "--chunk-bytes", `${chunkBytes}`, "--json"];
  const { added } = JSON.parse((await sluice(enqueue)).stdout).jobs;
  assert(added > 10, `${added} chunks`);
  assertEquals(JSON.parse((await sluice(enqueue)).stdout).jobs, { added: 0, known: added, failed: 0 });

  const work = ["match", ...queueFlags, ...matching, "--to", parts.url, "--claim-timeout", "2s"];
  const lost = startSluice(work), others: ReturnType<typeof startSluice>[] = [];
  const queue = new JobQueue(redis.url, { name: "menus" });
  try {
    await inHand(queue, lost, added);
    others.push(startSluice(work), startSluice(work));
    // They find nothing but the chunk that is not theirs; or it was halted while SQLite was its own, and they find none.
    const haltedUntil = performance.now() + haltedMs;
    await until(async () => (await queue.state(signal)).waiting === 0 || performance.now() > haltedUntil);
    lost.kill("SIGKILL");
    for (const { status, stderr } of await Promise.all(others.map(({ ended }) => ended))) {
      assertEquals(status, 0, stderr);
    }
    const { active, delayed, failed, waiting } = await queue.state(signal);
    assertEquals({ active, delayed, failed, waiting }, { active: 0, delayed: 0, failed: 0, waiting: 0 });
  } finally {
    for (const process of [lost, ...others]) process.kill("SIGKILL");
    await Promise.all([lost, ...others].map(({ ended }) => ended));
    await queue.close();
  }
  for (const sql of contents) {
    const expected = await whole.rows(sql);
    assert(JSON.stringify(expected).length > 100);
    assertEquals(await parts.rows(sql), expected);
  }
  assertStringIncludes(
    (await sluice(["queue", "--queue-name", "menus", ...queueFlags])).stdout,
    "of menus from file:",
  );
}

/** Halts a process when it has done some jobs and has one in hand. */
async function inHand(
  queue: JobQueue,
  process: ReturnType<typeof startSluice>,
  jobs: number,
): Promise<void> {
  await until(async () => {
    if ((await queue.state(signal)).waiting > jobs - 3) return false;
    process.kill("SIGSTOP");
    const { active, waiting } = await queue.state(signal);
    assert(waiting > 0, "it was too fast");
    if (active === 1) return true;
    process.kill("SIGCONT");
    return false;
  });
}

/** A story that needs a real Redis; where none can be run, it says so and passes. */
function story(name: string, tell: (redis: RedisServer, folder: string) => Promise<void>): void {
  Deno.test(`sluice match --queue: ${name}`, async () => {
    const redis = await RedisServer.start();
    if (typeof redis === "string") return console.log(`Skipped: ${redis}`);
    const folder = await Deno.makeTempDir({ prefix: "sluice-menus-" });
    try {
      await tell(redis, folder);
    } finally {
      await redis[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    }
  });
}

story("three workers, one of them killed, leave in SQLite what one process would", async (redis, folder) => {
  await tellStory(redis, folder, (name) =>
    Promise.resolve({
      url: `sqlite:${folder}/${name}.db`,
      rows(sql) {
        using database = new DatabaseSync(`${folder}/${name}.db`);
        return Promise.resolve(database.prepare(sql).all());
      },
    }));
});

story(
  "three workers, one of them killed, leave in PostgreSQL what one process would",
  async (redis, folder) => {
    const server = await PostgresServer.start();
    if (typeof server === "string") return console.log(`Skipped: ${server}`);
    await using postgres = server;
    await tellStory(redis, folder, async () => {
      const database = await postgres.createDatabase();
      return { url: postgres.url(database), rows: (sql) => postgres.sql(database, sql) };
    });
  },
);
