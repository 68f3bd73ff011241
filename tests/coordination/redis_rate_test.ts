import { assert, assertEquals, assertGreaterOrEqual, assertRejects } from "@std/assert/mod.js";
import { createClient } from "redis";
import { FakeRedis } from "../fakes/redis.ts";
import { RedisServer } from "../fakes/redis_server.ts";
import { rateIn, signal, spacesTurns } from "./redis_rate_scene.ts";

Deno.test("RedisRate spaces the turns of all processes evenly, on the fake", async () => {
  await using redis = new FakeRedis();
  await spacesTurns(redis.url);
});

Deno.test("RedisRate spaces the turns of all processes evenly, on a real server", async () => {
  await using server = await startServer();
  if (server !== undefined) await spacesTurns(server.url);
});

Deno.test("RedisRate keeps to the rate however many ask at once, and saves up no turns", async () => {
  await using server = await startServer();
  if (server === undefined) return;
  await using rate = rateIn(server.url, 200);
  const take = async () => {
    const { waitMs } = await rate.take(signal);
    return performance.now() + waitMs;
  };
  const started = performance.now();
  const turns = (await Promise.all(Array.from({ length: 50 }, take))).toSorted((a, b) => a - b);
  assertGreaterOrEqual(turns.at(-1)! - started, 49 * 5 - 10);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const later = (await Promise.all(Array.from({ length: 10 }, take))).toSorted((a, b) => a - b);
  assertGreaterOrEqual(later.at(-1)! - later[0]!, 9 * 5 - 10);
});

Deno.test("RedisRate waits for no turn that lies far ahead, as after the server's clock was set back", async () => {
  await using server = await startServer();
  if (server === undefined) return;
  await using rate = rateIn(server.url, 1);
  await rate.take(signal);
  const client = await createClient({ url: server.url, maintNotifications: "disabled" }).connect();
  const [name] = (await client.keys("sluice:turn:*")) as [string];
  await client.set(name, `${(Date.now() + 3_600_000) * 1000}`);
  assertEquals((await rate.take(signal)).waitMs, 0);
  assert((await rate.take(signal)).waitMs > 900);
  assert(await client.pTTL(name) > 0);
  await client.close();
});

Deno.test("RedisRate says where no turn can be taken", async () => {
  await using redis = new FakeRedis();
  await redis.stop();
  await using rate = rateIn(redis.url, 1);
  await assertRejects(() => rate.take(signal), Error, "Cannot take a turn in redis://localhost:");
});

async function startServer(): Promise<RedisServer | undefined> {
  const server = await RedisServer.start();
  if (server instanceof RedisServer) return server;
  console.log(`skipped: ${server}`);
}
