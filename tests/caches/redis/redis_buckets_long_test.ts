import { assert, assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert/mod.js";
import { createClient } from "redis";
import { keyHash } from "../../../lib/caches/key_hash.ts";
import { RedisCache } from "../../../lib/caches/redis/redis.ts";
import { FakeRedis } from "../../fakes/redis.ts";
import { dayMs, entries, signal, startServer, testWritesAtOnce, ttlSeconds } from "./redis_buckets_scene.ts";

/** What is sent at once here is much for a busy machine. */
const timeoutSeconds = 60;

Deno.test("RedisCache with buckets: the fake and a real server hold the same, splits and carrying included", async () => {
  await using server = await startServer();
  if (server === undefined) return;
  await using fake = new FakeRedis();
  const client = await createClient({
    url: server.url,
    maintNotifications: "disabled",
  }).connect();
  for (const url of [server.url, fake.url]) {
    let now = Date.now();
    const cache = new RedisCache(url, "n", { timeoutSeconds });
    const mortal = new RedisCache(url, "m", {
      timeoutSeconds,
      ttlSeconds,
      now: () => now,
    });
    for (let i = 0; i < 60_000; i += 1000) {
      await cache.set(entries(1000, i), signal);
    }
    for (let i = 0; i < 20_000; i += 1000) {
      await mortal.set(entries(1000, i), signal);
    }
    now += dayMs;
    await mortal.get(entries(20_000).map(([key]) => key), signal);
    await cache.close();
    await mortal.close();
  }
  const names = (await client.keys("*")).sort();
  const held = fake.contents();
  assertEquals(Object.keys(held).sort(), names);
  for (const name of names) {
    const value = held[name]!;
    if (typeof value === "string") assertEquals(await client.get(name), value);
    else {
      assertEquals(await client.hLen(name), Object.keys(value).length);
      assertEquals(await client.objectEncoding(name), "listpack");
    }
    assertEquals(await client.pExpireTime(name), fake.expiresAt(name) ?? -1);
  }
  await client.close();
});

Deno.test("RedisCache with buckets keeps them small enough to be packed, on a real server", async () => {
  await using server = await startServer("--hash-max-listpack-entries", "128");
  if (server === undefined) return;
  const cache = new RedisCache(server.url, "n", { timeoutSeconds });
  for (let i = 0; i < 100_000; i += 10_000) {
    await cache.set(entries(10_000, i), signal);
  }
  const client = await createClient({
    url: server.url,
    maintNotifications: "disabled",
  }).connect();
  let buckets = 0;
  for (const name of await client.keys("sluice:2:n:*")) {
    if (/\}$/.test(name)) continue;
    assertEquals(await client.objectEncoding(name), "listpack");
    assert(await client.hLen(name) <= 127);
    buckets++;
  }
  assertGreater(buckets, 100_000 / 127);
  const { bytesPerEntry, generations } = await cache.stats(signal);
  assert(bytesPerEntry! < 15, `${bytesPerEntry}`);
  assertEquals(generations, [{ entries: 100_000, buckets }]);
  await client.close();
  await cache.close();
});
testWritesAtOnce("the fake", 8);
testWritesAtOnce("a real server", 8);

Deno.test("RedisCache with buckets: entries() meets every entry while others write", async () => {
  await using redis = new FakeRedis();
  const cache = new RedisCache(redis.url, "n", { timeoutSeconds });
  await cache.set(entries(20_000), signal);
  const seen = new Set<string>();
  let from = 20_000;
  for await (const batch of cache.entries(signal)) {
    for (const [hash] of batch) seen.add(hash.toHex());
    await cache.set(entries(2_000, from), signal);
    from += 2_000;
  }
  for (const [key] of entries(20_000)) {
    assert(seen.has(keyHash(key).subarray(0, 8).toHex()), key);
  }
  await cache.close();
});

Deno.test("RedisCache with either layout keeps to one slot a command, on a real server of a Cluster", async () => {
  await using server = await startServer(
    ...[
      "--cluster-enabled",
      "yes",
      "--cluster-require-full-coverage",
      "no",
      "--cluster-port",
      `${freePort()}`,
    ],
  );
  if (server === undefined) return;
  const client = await createClient({
    url: server.url,
    maintNotifications: "disabled",
  }).connect();
  await client.sendCommand(["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
  // A server of a Cluster takes two seconds to make up its mind that it may serve.
  const started = performance.now();
  while (
    !/cluster_state:ok/.test(
      String(await client.sendCommand(["CLUSTER", "INFO"])),
    )
  ) {
    assertLess(
      performance.now() - started,
      10_000,
      "the server does not join its own Cluster",
    );
  }
  for (const ttl of [undefined, ttlSeconds]) {
    for (const layout of ["buckets", "strings"] as const) {
      let now = Date.now();
      const cache = new RedisCache(server.url, `n${ttl}`, {
        timeoutSeconds,
        isCluster: true,
        layout,
        ttlSeconds: ttl,
        now: () => now,
      });
      const written = entries(40_000);
      const [keys, answers] = [
        written.map(([key]) => key),
        written.map(([, answer]) => answer),
      ];
      await cache.set(written, signal);
      now += dayMs;
      assertEquals(await cache.get(keys, signal), answers);
      assertEquals(await cache.get(keys, signal), answers);
      await cache.drop(`n${ttl}`, signal);
      assertEquals((await cache.stats(signal)).entries, 0);
      await cache.close();
    }
  }
  const together = new RedisCache(server.url, "n", { timeoutSeconds });
  await assertRejects(
    () => together.set(entries(100), signal),
    Error,
    "it is a server of a Redis Cluster",
  );
  await together.close();
  await client.close();
});

Deno.test("RedisCache with buckets reads and splits with a directory too large to be read at once, on a real server", async () => {
  await using server = await startServer();
  if (server === undefined) return;
  const client = await createClient({
    url: server.url,
    maintNotifications: "disabled",
  }).connect();
  for (let tag = 0; tag < 64; tag++) {
    // As it would be if one bucket had gone very deep.
    await client.set(
      `sluice:2:n:{${tag.toString(16).padStart(2, "0")}}`,
      "\x02".repeat(2 ** 15),
    );
  }
  const cache = new RedisCache(server.url, "n", { timeoutSeconds });
  const written = entries(40_000);
  await cache.set(written, signal);
  assertEquals(
    await cache.get(written.map(([key]) => key), signal),
    written.map(([, answer]) => answer),
  );
  assertEquals((await cache.stats(signal)).entries, 40_000);
  assertEquals(
    (await Array.fromAsync(cache.entries(signal))).flat().length,
    40_000,
  );
  await client.close();
  await cache.close();
});

Deno.test("RedisCache with buckets grows again where the server has evicted directories", async () => {
  await using server = await startServer();
  if (server === undefined) return;
  const client = await createClient({
    url: server.url,
    maintNotifications: "disabled",
  }).connect();
  const cache = new RedisCache(server.url, "n", { timeoutSeconds });
  const written = entries(60_000);
  await cache.set(written, signal);
  for (const name of await client.keys("*}")) await client.del(name);
  await cache.set(written.map(([key, answer]) => [key, answer + 1]), signal);
  assertEquals(
    await cache.get(written.map(([key]) => key), signal),
    written.map(([, answer]) => answer + 1),
  );
  assertEquals((await cache.stats(signal)).entries, 60_000);
  await client.close();
  await cache.close();
});

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
