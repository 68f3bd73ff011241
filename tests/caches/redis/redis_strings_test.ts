import { assert, assertEquals } from "@std/assert/mod.js";
import { createClient } from "redis";
import { keyHash } from "../../../lib/caches/key_hash.ts";
import { RedisCache, type RedisCacheOptions } from "../../../lib/caches/redis/redis.ts";
import { FakeRedis } from "../../fakes/redis.ts";
import { RedisServer } from "../../fakes/redis_server.ts";
import { cacheConformance } from "../cache_conformance.ts";
import { maintenanceConformance } from "../maintenance_conformance.ts";

const { signal } = new AbortController();
const layout = "strings";
const ttlSeconds = 3_600;
const ttlMs = ttlSeconds * 1000;

/** The layout as servers hold it: a change here loses all cached answers. */
function storedName(namespace: string, key: string): string {
  return `sluice:1:${namespace}:${keyHash(key).toBase64({ alphabet: "base64url", omitPadding: true })}`;
}

for (const ttl of [undefined, ttlSeconds]) {
  const kept = ttl === undefined ? "without limit" : "for a period";
  const options: RedisCacheOptions = { layout, ttlSeconds: ttl };

  Deno.test(`RedisCache with strings kept ${kept} meets the list of every cache, on the fake`, async (t) => {
    await using redis = new FakeRedis();
    await cacheConformance(t, {
      open: (namespace) => Promise.resolve(new RedisCache(redis.url, namespace, options)),
      writeForeign: (namespace, key, value) => redis.write(storedName(namespace, key), value),
      ...(ttl === undefined ? { roundTrips: () => redis.count("MGET") + redis.count("MSET") } : {}),
    });
    await maintenanceConformance(
      t,
      (namespace) => new RedisCache(redis.url, namespace, options),
    );
  });

  Deno.test(`RedisCache with strings kept ${kept} meets the list of every cache, on a real server`, async (t) => {
    await using server = await startServer();
    if (server === undefined) return;
    const client = await createClient({
      url: server.url,
      maintNotifications: "disabled",
    }).connect();
    await cacheConformance(t, {
      open: (namespace) => Promise.resolve(new RedisCache(server.url, namespace, options)),
      writeForeign: async (namespace, key, value) => {
        await client.set(storedName(namespace, key), value);
      },
    });
    await maintenanceConformance(
      t,
      (namespace) => new RedisCache(server.url, namespace, options),
    );
    await client.close();
  });
}

Deno.test("RedisCache with strings and a period renews nothing that is read without prolonging", async () => {
  await using redis = new FakeRedis();
  const cache = new RedisCache(redis.url, "n", {
    layout,
    ttlSeconds,
    prolongs: false,
  });
  redis.write(storedName("n", "endless"), "3");
  assertEquals(await cache.get(["endless", "absent"], signal), [3, undefined]);
  assertEquals([redis.count("PTTL"), redis.count("PEXPIRE")], [0, 0]);
  await cache.close();
});

Deno.test("RedisCache with strings and a period renews what is found with less than one and a quarter left, once in a period", async () => {
  await using redis = new FakeRedis();
  const client = await createClient({
    url: redis.url,
    maintNotifications: "disabled",
  }).connect();
  const cache = new RedisCache(redis.url, "n", { layout, ttlSeconds });
  await cache.set([["young", 1], ["old", 2]], signal);
  await client.pExpire(storedName("n", "old"), 1.25 * ttlMs - 1);
  await client.pExpire(storedName("n", "young"), 1.25 * ttlMs + 60_000);
  redis.write(storedName("n", "endless"), "3");
  for (let i = 0; i < 3; i++) {
    assertEquals(
      await cache.get(["young", "old", "absent", "endless"], signal),
      [1, 2, undefined, 3],
    );
  }
  const renewed = redis.commands.filter(([name]) => name === "PEXPIRE").slice(
    2,
  );
  assertEquals(renewed.map(([, name]) => name), [
    storedName("n", "old"),
    storedName("n", "endless"),
  ]);
  for (
    const [key, periods] of [["young", 1.25], ["old", 2.25], [
      "endless",
      2.25,
    ]] as const
  ) {
    const left = Number(await client.pTTL(storedName("n", key))) -
      periods * ttlMs;
    assert(Math.abs(left) <= 60_000, `${key}: ${left}`);
  }
  await client.close();
  await cache.close();
});

async function startServer(
  ...args: string[]
): Promise<RedisServer | undefined> {
  const server = await RedisServer.start(...args);
  if (server instanceof RedisServer) return server;
  console.log(`skipped: ${server}`);
}
