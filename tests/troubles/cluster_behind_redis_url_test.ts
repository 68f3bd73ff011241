/** A server of a Redis Cluster, or a Sentinel, at an address for a single server. */
import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { said } from "../errors/error_text.ts";
import { Scene } from "../errors/scene.ts";
import { FakeRedis, type FakeRedisOptions } from "../fakes/redis.ts";
import { RedisServer } from "../fakes/redis_server.ts";

const skipped = await (async () => {
  const redis = await RedisServer.start();
  if (typeof redis === "string") return ` (not run: ${redis})`;
  await redis[Symbol.asyncDispose]();
})();

function fakeRedis(scene: Scene, options: FakeRedisOptions): FakeRedis {
  return scene.use(new FakeRedis(options));
}

const cluster = "it is a server of a Redis Cluster: name it redis+cluster://localhost:";

Deno.test("run at a Cluster behind --cache redis:// ends before it asks anything, and names redis+cluster://", async () => {
  await using scene = await Scene.create();
  const redis = fakeRedis(scene, { mode: "cluster" }), model = await scene.model();
  const { status, text } = await said(scene.run({ cache: redis.url, model: model.url }));
  assertStringIncludes(text, cluster + redis.port);
  assertEquals([status, model.calls.length], [2, 0]);
});

Deno.test("run at a Cluster behind --fleet redis:// ends before it asks anything, and names redis+cluster://", async () => {
  await using scene = await Scene.create();
  const redis = fakeRedis(scene, { mode: "cluster" }), model = await scene.model();
  const cache = `sqlite:${scene.folder}/cache.db`;
  const { status, text } = await said(scene.run({ cache, fleet: redis.url, model: model.url }));
  assertStringIncludes(text, cluster + redis.port);
  assertEquals([status, model.calls.length], [2, 0]);
});

Deno.test("check, warm, serve and cache stats at a Cluster behind redis:// name redis+cluster://", async () => {
  await using scene = await Scene.create();
  const redis = fakeRedis(scene, { mode: "cluster" });
  const { folder } = scene;
  const checked = await said(scene.check({ cache: redis.url, fleet: redis.url }));
  assertEquals([checked.status, checked.text.split(cluster).length - 1], [1, 2], checked.text);
  for (
    const command of [
      ["warm", "--from", `${folder}/in`, "--model", "reference:"],
      ["serve", "--listen", "127.0.0.1:0", "--model", "reference:"],
      ["watch", "--from", `${folder}/in`, "--to", `${folder}/out`, "--model", "reference:"],
      ["cache", "stats"],
    ]
  ) {
    const { status, text } = await said(scene.sluice([...command, "--cache", redis.url]));
    assertStringIncludes(text, cluster + redis.port, command[0]);
    assertEquals([command[0], status], [command[0], 2]);
  }
});

Deno.test("check at a Sentinel behind redis:// says that it holds no data", async () => {
  await using scene = await Scene.create();
  const redis = fakeRedis(scene, { mode: "sentinel" });
  const { status, text } = await said(scene.check({ cache: redis.url }));
  assertStringIncludes(text, "it is a Redis Sentinel, which holds no data: name the server that it watches");
  assertEquals(status, 1);
});

Deno.test("check at a single server behind redis+cluster:// names redis://", async () => {
  await using scene = await Scene.create();
  const redis = fakeRedis(scene, {});
  const { text } = await said(scene.check({ cache: redis.url.replace("redis:", "redis+cluster:") }));
  assertStringIncludes(
    text,
    "cluster support disabled; it is no server of a Redis Cluster: name it redis://HOST:PORT",
  );
});

Deno.test("run at a server that hides its kind says the same words behind CROSSSLOT and MOVED", async () => {
  for (
    const reply of ["CROSSSLOT Keys in request don't hash to the same slot", "MOVED 9841 127.0.0.1:6492"]
  ) {
    await using scene = await Scene.create();
    const redis = fakeRedis(scene, {});
    redis.failNext("EVALSHA", reply);
    const { text } = await said(scene.run({ cache: redis.url }));
    assertStringIncludes(
      text,
      `${reply}; it is a server of a Redis Cluster: name it redis+cluster://HOST:PORT`,
    );
  }
});

Deno.test({
  name: `check and enqueue at a real Cluster behind redis:// say so of the cache and of the queue${
    skipped ?? ""
  }`,
  ignore: skipped !== undefined,
  async fn() {
    await using scene = await Scene.create();
    const redis = scene.use(await started("--cluster-enabled", "yes"));
    const { text } = await said(scene.check({ cache: redis.url, fleet: redis.url, queue: redis.url }));
    const forQueue =
      "it is a server of a Redis Cluster, which holds no queue: name a Redis that stands alone";
    assertStringIncludes(text, `name it redis+cluster://127.0.0.1:${redis.port}`);
    assertStringIncludes(text, forQueue);
    const { folder } = scene;
    const places = ["--from", `${folder}/in`, "--to", `${folder}/out`];
    const enqueued = await said(
      scene.sluice(["enqueue", ...places, "--model", "reference:", "--queue", redis.url]),
    );
    assertStringIncludes(enqueued.text, forQueue);
    assertEquals(enqueued.status, 2);
  },
});

Deno.test({
  name: `check at a read-only replica names its master, of the cache and of the queue${skipped ?? ""}`,
  ignore: skipped !== undefined,
  async fn() {
    await using scene = await Scene.create();
    const master = scene.use(await started());
    const replica = scene.use(await started("--replicaof", `127.0.0.1 ${master.port}`));
    const { status, text } = await said(scene.check({ cache: replica.url, queue: replica.url }));
    assertStringIncludes(
      text,
      `it is a replica, which takes no answers: name its master, 127.0.0.1:${master.port}`,
    );
    assertStringIncludes(
      text,
      `it is a replica, which takes no jobs: name its master, 127.0.0.1:${master.port}`,
    );
    assertEquals(status, 1);
  },
});

async function started(...args: string[]): Promise<RedisServer> {
  const redis = await RedisServer.start(...args);
  if (typeof redis === "string") throw new Error(redis);
  return redis;
}
