import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert/mod.js";
import { SluiceError } from "../../lib/errors/sluice_error.ts";
import { bullCodeOf, BullConnection } from "../../lib/queue/bull_connection.ts";
import { createClient } from "redis";
import { JobQueue } from "../../lib/queue/job_queue.ts";
import { job, place, queueTest } from "./queue_scene.ts";

const { signal } = new AbortController();

queueTest("JobQueue.add() adds an object once, as long as it is not changed", async (scene) => {
  const queue = scene.outside();
  const jobs = Array.from({ length: 1_200 }, (_, i) => job(`${i}.jsonl`));
  assertEquals(await queue.add(jobs, signal), { added: 1_200, known: 0, failed: 0 });
  assertEquals(await queue.add([...jobs.slice(0, 3), job("1.jsonl", "new")], signal), {
    added: 1,
    known: 3,
    failed: 0,
  });
  assertEquals((await queue.state(signal)).waiting, 1_201);
});

queueTest("JobQueue.add() has jobs claimed in their order", async (scene) => {
  const names = Array.from({ length: 20 }, (_, i) => `${100 + i}.jsonl`);
  await scene.outside().add(names.map((name) => job(name)), signal);
  const claimed = await scene.claims().claim(20, signal);
  assertEquals(claimed.map((message) => message.job().name), names);
});

queueTest(
  "JobQueue.add() leaves failed jobs as they are; retry() and drop() take them from there",
  async (scene) => {
    const queue = scene.outside({ tries: 1 }), claims = scene.claims();
    const jobs = [1, 2, 3].map((i) => job(`${i}.jsonl`));
    await queue.add(jobs, signal);
    for (const message of await claims.claim(3, signal)) await claims.fail(message, "a reason", signal);
    assertEquals(await queue.add(jobs, signal), { added: 0, known: 0, failed: 3 });
    assertEquals(await queue.retry(["2.jsonl", "none.jsonl"], signal), 1);
    const { failed, waiting } = await queue.state(signal);
    assertEquals([waiting, failed], [1, 2]);
    assertEquals(await queue.drop(["1.jsonl"], signal), 1);
    assertEquals((await queue.failed(10, signal)).map(({ name }) => name), ["3.jsonl"]);
    assertEquals(await queue.drop([], signal), 1);
    assertEquals(await queue.dropWaiting(signal), 1);
    assertEquals(await queue.add(jobs, signal), { added: 3, known: 0, failed: 0 });
  },
);

queueTest("JobQueue.retry() puts back more jobs than it looks at together", async (scene) => {
  const queue = scene.outside({ tries: 1 }), claims = scene.claims();
  await queue.add(Array.from({ length: 1_100 }, (_, i) => job(`${i}.jsonl`)), signal);
  for (let left = 1_100; left > 0;) {
    const claimed = await claims.claim(200, signal);
    await Promise.all(claimed.map((message) => claims.fail(message, "a reason", signal)));
    left -= claimed.length;
  }
  assertEquals(await queue.retry(["1099.jsonl"], signal), 1);
  assertEquals(await queue.retry([], signal), 1_099);
});

queueTest("JobQueue.retry() skips jobs that another client has put back meanwhile", async (scene) => {
  const claims = scene.claims(), queues = [1, 2, 3].map(() => scene.outside({ tries: 1 }));
  await queues[0]!.add(Array.from({ length: 300 }, (_, i) => job(`${i}.jsonl`)), signal);
  for (const message of await claims.claim(300, signal)) await claims.fail(message, "a reason", signal);
  for (const queue of queues) await queue.state(signal); // all are connected, so that all see the same jobs
  const retried = await Promise.all(queues.map((queue) => queue.retry([], signal)));
  assertEquals(retried.reduce((sum, n) => sum + n), 300);
  const { failed, waiting } = await queues[0]!.state(signal);
  assertEquals([waiting, failed], [300, 0]);
});

queueTest(
  "BullConnection.run() makes an error of BullMQ's one of the queue, and keeps its code",
  async (scene) => {
    const connection = new BullConnection(scene.redis.url, { isClaiming: false });
    try {
      const first = await connection.run("look at", signal, (link) => Promise.resolve(link));
      const refused = Object.assign(new Error("Missing key for job 1. retry"), { code: -1 });
      const error = await assertRejects(
        () => connection.run("retry jobs of", signal, () => Promise.reject(refused)),
        SluiceError,
        "Missing key for job 1",
      );
      assertEquals([error.kind, bullCodeOf(error)], ["queue", -1]);
      assertEquals(await connection.run("look at", signal, (link) => Promise.resolve(link === first)), true);
    } finally {
      await connection.close();
    }
  },
);

queueTest("JobQueue.state() says how the queue stands, and active() what is claimed", async (scene) => {
  const queue = scene.outside(), claims = scene.claims();
  assertEquals(await queue.state(signal), {
    waiting: 0,
    delayed: 0,
    active: 0,
    failed: 0,
    oldestSeconds: undefined,
    workers: 0,
    place: undefined,
  });
  await queue.settle(place, signal);
  await queue.add(["a.jsonl", "b.jsonl", "c.jsonl"].map((name) => job(name)), signal);
  const [first] = await claims.claim(1, signal);
  const [second] = await claims.claim(1, signal);
  await claims.fail(second!, "a reason", signal);
  const state = await queue.state(signal);
  assertEquals([state.waiting, state.delayed, state.active, state.failed], [1, 1, 1, 0]);
  assert(state.oldestSeconds! >= 0 && state.oldestSeconds! < 60);
  assertEquals([state.workers, state.place], [1, place]);
  const [shown, ...others] = await queue.active(10, signal);
  assertEquals([shown!.id, shown!.name, shown!.bytes, shown!.tries], [first!.id, "a.jsonl", 5, 1]);
  assertEquals(others, []);
});

queueTest(
  "JobQueue.settle() keeps a queue to one source and one destination, while it has jobs",
  async (scene) => {
    const queue = scene.outside(), other = { ...place, source: "s3://raw/other/" };
    await queue.settle(place, signal);
    await queue.settle(place, signal);
    await queue.add([job("a.jsonl")], signal);
    await assertRejects(
      () => queue.settle(other, signal),
      Error,
      `Cannot add jobs to queue jobs of ${queue.url}: it has 1 job from s3://raw/in/ to s3://mod/out/; ` +
        "name another queue by --queue-name",
    );
    await scene.outside({ name: "others" }).settle(other, signal);
    await queue.dropWaiting(signal);
    await queue.settle(other, signal);
    assertEquals(await queue.place(signal), other);
  },
);

queueTest("JobQueue.check() says what the queue lives in", async (scene) => {
  const text = await scene.outside().check(signal);
  assertMatch(
    text,
    /^Redis \d+\.\d+\.\d+, maxmemory-policy noeviction: 0 jobs waiting, 0 claimed, 0 failed; appendonly is off: /,
  );
});

queueTest(
  "JobQueue.check() has no advice for a Redis that writes everything down",
  async (scene) => {
    assertMatch(await scene.outside().check(signal), / failed$/);
  },
  "--appendonly",
  "yes",
);

Deno.test("JobQueue() refuses other addresses, and invalid names", () => {
  for (
    const [url, name, text] of [
      [
        "http://:s3cret@x",
        "jobs",
        "Cannot open queue: its address must be redis[s]://[USER:PASSWORD@]HOST[:PORT][/DB]",
      ],
      [
        "redis://:s3cret@x",
        "a:b",
        "Cannot open queue redis://x:6379: its name must be 1 to 64 letters, digits, -, _ and ., is a:b",
      ],
    ] as const
  ) {
    try {
      new JobQueue(url, { name });
      throw new Error("Cannot see an error: nothing failed");
    } catch (error) {
      assertEquals((error as Error).message, text);
      assert(!Deno.inspect(error, { depth: 20 }).includes("s3cret"));
    }
  }
});

queueTest(
  "JobQueue() says that the password is wrong",
  async (scene) => {
    const queue = new JobQueue(scene.redis.url.replace("//", "//:s3cret@"));
    const { message } = await assertRejects(() => queue.state(signal), Error);
    await queue.close();
    assertStringIncludes(message, "Cannot look at queue redis://127.0.0.1:");
    assert(!message.includes("s3cret"));
  },
  "--requirepass",
  "another",
);

queueTest(
  "JobQueue.fill() keeps the queue from counting as drained, until all that fill it have ended",
  async (scene) => {
    const claims = scene.claims();
    assert(await claims.isDrained(signal));
    const first = await scene.outside().fill(signal), second = await scene.outside().fill(signal);
    assertEquals(await claims.isDrained(signal), false);
    await first[Symbol.asyncDispose]();
    assertEquals(await claims.isDrained(signal), false);
    await second[Symbol.asyncDispose]();
    assert(await claims.isDrained(signal));
  },
);

queueTest("JobQueue.fill() of a lost process is not believed for longer than it said", async (scene) => {
  const claims = scene.claims();
  await using _ = await scene.outside().fill(signal);
  const client = createClient({ url: scene.redis.url });
  await client.connect();
  const [key] = await client.keys("*:filling");
  const [said] = await client.zRangeWithScores(key!, 0, -1);
  const leftMs = said!.score - Date.now();
  assert(leftMs > 25_000 && leftMs <= 31_000, `${leftMs}`);
  await client.zAdd(key!, { score: Date.now() - 1_000, value: said!.value });
  assert(await claims.isDrained(signal));
  client.destroy();
});
