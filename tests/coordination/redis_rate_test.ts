import { assert, assertEquals, assertGreaterOrEqual, assertLess, assertRejects } from "@std/assert/mod.js";
import { createClient } from "redis";
import { openRedis } from "../../lib/redis/open_redis.ts";
import type { RedisServers } from "../../lib/redis/redis_route.ts";
import { RedisRate } from "../../lib/coordination/redis_rate.ts";
import { FakeRedis } from "../fakes/redis.ts";
import { RedisClusterServers } from "../fakes/redis_cluster.ts";
import { RedisServer } from "../fakes/redis_server.ts";

const { signal } = new AbortController();

/** A process's turns, as one of many that name the same model. */
function rateIn(url: string, callsPerSecond: number, model = "grpc://model:50051") {
  const servers: RedisServers = openRedis(url, { timeoutMs: 5_000 });
  const rate = new RedisRate({ servers, model, callsPerSecond });
  return Object.assign(rate, { [Symbol.asyncDispose]: () => servers.close() });
}

/** What turns are, whatever the server. */
async function spacesTurns(url: string): Promise<void> {
  await using one = rateIn(url, 2);
  await using two = rateIn(url, 2);
  await using other = rateIn(url, 2, "grpc://other:50051");
  const started = performance.now();
  const at: number[] = [];
  let processes = 0;
  for (const rate of [one, two, one, one, two]) {
    const turn = await rate.take(signal);
    at.push(performance.now() + turn.waitMs - started);
    processes = turn.processes;
  }
  assertEquals(processes, 2);
  for (let i = 1; i < at.length; i++) assertLess(Math.abs(at[i]! - at[i - 1]! - 500), 100);
  assertEquals((await other.take(signal)).waitMs, 0);
}

Deno.test("RedisRate spaces the turns of all processes evenly, on the fake", async () => {
  await using redis = new FakeRedis();
  await spacesTurns(redis.url);
});

Deno.test("RedisRate spaces the turns of all processes evenly, on a real server", async () => {
  await using server = await startServer();
  if (server !== undefined) await spacesTurns(server.url);
});

Deno.test("RedisRate spaces the turns of all processes evenly, on a real Cluster", async () => {
  const cluster = await RedisClusterServers.start();
  if (typeof cluster === "string") return console.log(`skipped: ${cluster}`);
  await using servers = cluster;
  await spacesTurns(servers.url);
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
