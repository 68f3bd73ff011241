import { assert, assertEquals, assertGreater } from "@std/assert/mod.js";
import { createClient } from "redis";
import { RedisCache } from "../../../lib/caches/redis/redis.ts";
import { FakeRedis } from "../../fakes/redis.ts";
import { RedisServer } from "../../fakes/redis_server.ts";
import { bloomOf, entries, signal, startServer, testManyAtOnce } from "./bloom_scene.ts";

testManyAtOnce("the fake", 20_000);
testManyAtOnce("a real server", 20_000);

Deno.test("BloomCache finds what was written after a server came back with an older copy of itself", async () => {
  await using server = await startServer("a real server");
  if (!(server instanceof RedisServer)) return;
  const client = await createClient({
    url: server.url,
    maintNotifications: "disabled",
  }).connect();
  const cache = bloomOf(server.url);
  await cache.made();
  const first = new RedisCache(server.url, "n");
  await first.set(entries(100), signal);
  await client.sendCommand(["SAVE"]);
  await client.close();
  await first.set(entries(100, 100), signal);
  assertEquals(await cache.get(["key 50", "key 150", "key 250"], signal), [
    2,
    4,
    undefined,
  ]);
  await first.close();
  await server.restart(0);
  const second = new RedisCache(server.url, "n");
  await second.set(entries(100, 200), signal); // under the number that the lost ones had
  const found = async () => await cache.get(["key 50", "key 150", "key 250"], signal);
  assertEquals(await found(), [2, undefined, 6]);
  await cache.made();
  assertEquals(cache.size?.entries, 200);
  assertEquals(await found(), [2, undefined, 6]);
  await second.close();
  await cache.close();
});

Deno.test("BloomCache finds what was written after a server came back empty", async () => {
  await using server = await startServer("a real server");
  if (!(server instanceof RedisServer)) return;
  const cache = bloomOf(server.url);
  await cache.set(entries(100), signal);
  await cache.made();
  await server.restart(0);
  const other = new RedisCache(server.url, "n");
  await other.set(entries(1, 500), signal);
  assertEquals(await cache.get(["key 1", "key 500"], signal), [
    undefined,
    500 % 7 + 1,
  ]);
  await other.close();
  await cache.close();
});

Deno.test("BloomCache makes no filter of what a server evicts by any key, and says so, on a real server", async () => {
  await using server = await startServer(
    "a real server",
    ...["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"],
  );
  if (server === undefined) return;
  const messages: string[] = [];
  const cache = bloomOf(server.url, {
    onTrouble: (message) => messages.push(message),
  });
  await cache.set(entries(10), signal);
  await cache.made();
  assertEquals(cache.size, undefined);
  assertEquals(messages, [
    "Continuing without the Bloom filter: maxmemory-policy is allkeys-lru",
  ]);
  assertEquals(await cache.get(["key 1"], signal), [2]);
  assert(
    (await cache.check(signal)).endsWith(
      "; no Bloom filter is used: maxmemory-policy is allkeys-lru",
    ),
  );
  await cache.close();
  // Without a period, only the journal is among what may go.
  const client = await createClient({
    url: server.url,
    maintNotifications: "disabled",
  }).connect();
  await client.configSet("maxmemory-policy", "volatile-lru");
  const immortal = bloomOf(server.url);
  await immortal.made();
  assertEquals(immortal.size?.entries, 10);
  assert(!(await immortal.check(signal)).includes("Bloom"));
  for (const opened of [client, immortal]) await opened.close();
});

Deno.test("RedisCache.follow() returns what was written in parts if it is large", async () => {
  await using redis = new FakeRedis();
  const cache = new RedisCache(redis.url, "n");
  const { written } = await cache.follow([], undefined, signal);
  for (let i = 0; i < 40; i++) {
    await cache.set(entries(1_000, i * 1_000), signal);
  }
  let { mark } = written!, records = 0, parts = 0;
  for (let isAll = false; !isAll; parts++) {
    const next = await cache.follow([], mark, signal);
    ({ mark, isAll } = next.written!);
    records += next.written!.records.length / 8;
  }
  assertEquals(records, 40_000);
  assertGreater(parts, 1);
  // A process that is behind still looks up.
  const behind = bloomOf(redis.url);
  await behind.made();
  for (let i = 40; i < 80; i++) {
    await cache.set(entries(1_000, i * 1_000), signal);
  }
  assertEquals(await behind.get(["key 79000", "key 90000"], signal), [
    79_000 % 7 + 1,
    undefined,
  ]);
  for (const opened of [cache, behind]) await opened.close();
});
