import { SluiceError } from "../../lib/errors/sluice_error.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert/mod.js";
import { createClient } from "redis";
import { BullQueue } from "../../lib/queue/bull_queue.ts";
import { Lease } from "../../lib/watch/lease.ts";
import { MessageLostError, type QueuedMessage } from "../../lib/watch/object_queue.ts";
import { objectQueueConformance, rawSource } from "../watch/object_queue_conformance.ts";
import { job, place, queueTest } from "./queue_scene.ts";
import { RedisServer } from "../fakes/redis_server.ts";
import { QueueScene } from "./queue_scene.ts";

const { signal } = new AbortController();
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function claimOne(queue: BullQueue, tries = 5): Promise<QueuedMessage> {
  for (let i = 0; i < tries; i++) {
    const [message] = await queue.claim(1, signal);
    if (message !== undefined) return message;
  }
  throw new Error("Cannot claim a job: the queue is empty");
}

queueTest("BullQueue() does what every queue of objects does", async (_, t) => {
  await objectQueueConformance(t, async () => {
    const redis = await RedisServer.start();
    if (typeof redis === "string") throw new Error(redis);
    const scene = new QueueScene(redis);
    const outside = scene.outside();
    return {
      queue: scene.claims({ visibilitySeconds: 1 }),
      send: async (name) => void await outside.add([job(name)], signal),
      // The claim, and until a worker has looked twice.
      outlast: () => pause(2_500),
      [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose](),
    };
  });
});

queueTest(
  "BullQueue.fail() has a job tried again after a wait, then keeps it with its reason",
  async (scene) => {
    const outside = scene.outside({ tries: 2 }), queue = scene.claims();
    await outside.add([job("a.jsonl")], signal);
    await queue.fail(await claimOne(queue), "the first reason", signal);
    const again = await claimOne(queue);
    assertEquals(again.receives, 2);
    await queue.fail(again, "the second reason", signal);
    assertEquals(await queue.claim(1, signal), []);
    const [failed] = await outside.failed(10, signal);
    assertEquals([failed!.name, failed!.tries, failed!.reason], ["a.jsonl", 2, "the second reason"]);
  },
);

queueTest("BullQueue.abandon() does not count as a try", async (scene) => {
  const outside = scene.outside({ tries: 1 }), queue = scene.claims();
  await outside.add([job("a.jsonl")], signal);
  for (let i = 0; i < 3; i++) await queue.abandon(await claimOne(queue), signal);
  await queue.complete(await claimOne(queue), signal);
  assert(await queue.isDrained(signal));
});

queueTest("BullQueue() sets a job aside whose workers are lost too often", async (scene) => {
  const outside = scene.outside();
  await outside.add([job("a.jsonl")], signal);
  const queue = scene.claims({ visibilitySeconds: 1, maxStalls: 2 });
  for (let i = 0; i <= 2; i++) await claimOne(queue, 20);
  await assertRejects(() => claimOne(queue, 10), Error, "the queue is empty");
  const [failed] = await outside.failed(10, signal);
  assertStringIncludes(failed!.reason!, "its workers were lost too often");
});

queueTest("BullQueue() says that a claim is over", async (scene) => {
  const queue = scene.claims();
  await scene.outside().add([job("a.jsonl")], signal);
  const message = await claimOne(queue);
  await queue.complete(message, signal);
  for (
    const work of [
      queue.renew(message, signal),
      queue.complete(message, signal),
      queue.fail(message, "", signal),
    ]
  ) {
    const { message: text } = await assertRejects(() => work, MessageLostError);
    assert(!text.includes(message.receipt));
  }
  await queue.abandon(message, signal);
});

queueTest("Lease() keeps a job of BullQueue past its time while it is worked on", async (scene) => {
  const queue = scene.claims({ visibilitySeconds: 1 }), other = scene.claims({ visibilitySeconds: 1 });
  await scene.outside().add([job("a.jsonl")], signal);
  const lease = new Lease(queue, await claimOne(queue));
  for (const began = performance.now(); performance.now() - began < 3_000;) {
    assertEquals(await other.claim(1, signal), []);
  }
  assertEquals(await lease.complete(signal), true);
});

queueTest("BullQueue() refuses jobs about other places, and what is no job", async (scene) => {
  const outside = scene.outside();
  await outside.add([job("a.jsonl"), { ...job("b.jsonl"), source: "file:///data/" }], signal);
  const queue = scene.claims({ source: "s3://raw/other/", destination: place.destination });
  const message = await claimOne(queue);
  const { message: text } = assertThrows(
    () => message.names({ ...rawSource, url: "s3://raw/other/" }),
    SluiceError,
  );
  assertEquals(
    text,
    `Cannot use job ${message.id} of ${queue.url}: it is from s3://raw/in/ to s3://mod/out/, not from s3://raw/other/ to s3://mod/out/`,
  );
  const any = scene.claims();
  const local = await claimOne(any);
  assertThrows(() => local.names(rawSource), SluiceError, "it is about file:///data/, not s3://raw/in/");
  assertEquals(local.names({ ...rawSource, url: "file:///data/" }), ["b.jsonl"]);
});

queueTest(
  "BullQueue() finds its way back when Redis was killed, and loses nothing that is on disk",
  async (scene) => {
    const outside = scene.outside(), queue = scene.claims({ visibilitySeconds: 1 });
    await outside.add([job("a.jsonl"), job("b.jsonl")], signal);
    const first = await claimOne(queue);
    await scene.redis.restart(50);
    // The claim on the lost connection may fail; the next one must not.
    await queue.claim(1, signal).catch(() => {});
    const second = await claimOne(queue, 10);
    await queue.complete(second, signal);
    if (second.id !== first.id) await queue.complete(await claimOne(queue, 10), signal);
    else await queue.complete(await claimOne(queue, 10), signal);
    assert(await queue.isDrained(signal));
  },
  ...["--appendonly", "yes", "--appendfsync", "always"],
);

queueTest(
  "BullQueue() gives up on a silent Redis, and works again when it answers",
  async (scene) => {
    const queue = scene.claims({ timeoutSeconds: 0.5, visibilitySeconds: 1 });
    await scene.outside().add([job("a.jsonl")], signal);
    await queue.check(signal);
    const silent = scene.redis.pause(2_000);
    await assertRejects(
      () => queue.claim(1, signal),
      Error,
      `Cannot claim jobs of queue ${queue.url}: no answer in`,
    );
    await silent;
    await claimOne(queue);
  },
);

queueTest(
  "BullQueue() continues with a new connection when Redis has refused writes for a while",
  async (scene) => {
    const queue = scene.claims();
    await scene.outside().add([job("a.jsonl")], signal);
    const [message] = await queue.claim(1, signal);
    const client = createClient({ url: scene.redis.url });
    await client.connect();
    await client.configSet("min-replicas-to-write", "1");
    await assertRejects(
      () => queue.complete(message!, signal),
      Error,
      `Cannot remove a job of queue ${queue.url}: `,
    );
    await client.configSet("min-replicas-to-write", "0");
    await queue.complete(message!, signal);
    client.destroy();
  },
);

queueTest("BullQueue() refuses a Redis that may forget jobs", async (scene) => {
  const queue = scene.claims();
  const { message } = await assertRejects(() => queue.claim(1, signal), Error);
  assertStringIncludes(message, "maxmemory-policy must be noeviction, is allkeys-lru");
}, ...["--maxmemory-policy", "allkeys-lru"]);

queueTest("BullQueue() has no secret in its errors", async (scene) => {
  const url = scene.redis.url.replace("//", "//:s3cret@");
  const queue = new BullQueue(url.replace(/:\d+$/, ":1"), { timeoutSeconds: 2 });
  const error = await assertRejects(() => queue.claim(1, signal), Error);
  assert(!Deno.inspect(error, { depth: 20 }).includes("s3cret"));
  assertStringIncludes(error.message, "Cannot claim jobs of queue redis://127.0.0.1:1: connect ECONNREFUSED");
  await queue.close();
});

queueTest("BullQueue.close() ends what is under way and leaves nothing", async (scene) => {
  const queue = scene.claims({ waitSeconds: 5 });
  await queue.check(signal);
  const claim = queue.claim(1, signal).catch((error) => error);
  await pause(50);
  const began = performance.now();
  await queue.close();
  assert(await claim instanceof Error);
  assert(performance.now() - began < 1_000, `it took ${performance.now() - began} ms`);
  await assertRejects(() => queue.claim(1, signal), Error, "it has been closed");
});
