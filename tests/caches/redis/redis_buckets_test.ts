import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert/mod.js";
import { createClient } from "redis";
import { SluiceError } from "../../../lib/errors/sluice_error.ts";
import { keyHash } from "../../../lib/caches/key_hash.ts";
import { RedisCache, type RedisCacheOptions } from "../../../lib/caches/redis/redis.ts";
import { FakeRedis } from "../../fakes/redis.ts";
import { cacheConformance } from "../cache_conformance.ts";
import { maintenanceConformance } from "../maintenance_conformance.ts";
import {
  dayMs,
  entries,
  type ServerKind,
  signal,
  startServer,
  testWritesAtOnce,
  ttlSeconds,
} from "./redis_buckets_scene.ts";

/** The layout as servers hold it, before the first split: a change here loses all cached answers. */
function stored(
  namespace: string,
  key: string,
): { name: string; field: Uint8Array } {
  const hash = keyHash(key);
  const tag = (hash[0]! >> 2).toString(16).padStart(2, "0");
  return {
    name: `sluice:2:${namespace}:{${tag}}${hash[0]! % 4}`,
    field: hash.slice(1, 8),
  };
}

const bytes = (field: Uint8Array) => String.fromCharCode(...field);
const scriptCalls = (redis: FakeRedis) => redis.count("EVALSHA") + redis.count("EVAL");

for (const ttl of [undefined, ttlSeconds]) {
  const kept = ttl === undefined ? "without limit" : "for a period";
  const options: RedisCacheOptions = { ttlSeconds: ttl };

  Deno.test(`RedisCache with buckets kept ${kept} meets the list of every cache, on the fake`, async (t) => {
    await using redis = new FakeRedis();
    // So that a command that counts is not followed by the script itself.
    const first = new RedisCache(redis.url, "first", options);
    await first.set([["a", 1]], signal);
    await first.get(["a"], signal);
    await first.close();
    await cacheConformance(t, {
      open: (namespace) => Promise.resolve(new RedisCache(redis.url, namespace, options)),
      roundTrips: () => scriptCalls(redis),
      ...(ttl === undefined
        ? {
          writeForeign(namespace, key, value) {
            const { name, field } = stored(namespace, key);
            redis.writeField(name, bytes(field), value);
          },
        }
        : {}),
    });
    await maintenanceConformance(
      t,
      (namespace) => new RedisCache(redis.url, namespace, options),
    );
  });

  Deno.test(`RedisCache with buckets kept ${kept} meets the list of every cache, on a real server`, async (t) => {
    await using server = await startServer();
    if (server === undefined) return;
    const client = await createClient({
      url: server.url,
      maintNotifications: "disabled",
    }).connect();
    await cacheConformance(t, {
      open: (namespace) => Promise.resolve(new RedisCache(server.url, namespace, options)),
      ...(ttl === undefined
        ? {
          async writeForeign(namespace, key, value) {
            const { name, field } = stored(namespace, key);
            await client.hSet(name, Buffer.from(field), value);
          },
        }
        : {}),
    });
    await maintenanceConformance(
      t,
      (namespace) => new RedisCache(server.url, namespace, options),
    );
    await client.close();
  });
}

Deno.test("RedisCache with buckets lies on a server as it always did", async () => {
  await using redis = new FakeRedis();
  const cache = new RedisCache(redis.url, "n");
  await cache.set([["4:Acmeengineer", 3]], signal); // 885b2e4f055b2e30…
  assertEquals(redis.contents(), {
    "sluice:2:n:{22}0": { "\x5b\x2e\x4f\x05\x5b\x2e\x30": "3" },
  });
  await cache.close();
  const mortal = new RedisCache(redis.url, "m", {
    ttlSeconds,
    now: () => Date.UTC(2100, 0, 1, 12),
  });
  await mortal.set([["4:Acmeengineer", 3]], signal);
  const [name] = Object.keys(redis.contents()).filter((name) => name.startsWith("sluice:2:m:"));
  assertEquals(
    name,
    `sluice:2:m:${(Date.UTC(2100, 0, 3) / 1000).toString(36)}{22}0`,
  );
  assertEquals(redis.expiresAt(name!), Date.UTC(2100, 0, 3));
  await mortal.close();
});

testWritesAtOnce("the fake", 2);

function testGenerations(kind: ServerKind): void {
  Deno.test(`RedisCache with a period forgets by generation, and carries hits forward once, on ${kind}`, async () => {
    await using server = kind === "the fake" ? new FakeRedis() : await startServer();
    if (server === undefined) return;
    const client = await createClient({
      url: server.url,
      maintNotifications: "disabled",
    }).connect();
    // From the beginning of a generation that has not ended for the server either.
    let now = Math.floor(Date.now() / dayMs) * dayMs;
    const cache = new RedisCache(server.url, "n", {
      ttlSeconds,
      now: () => now,
    });
    const end = (generation: number) =>
      ((Math.floor(Date.now() / dayMs) + generation + 2) * ttlSeconds).toString(
        36,
      );
    const generations = async () => (await cache.stats(signal)).generations;
    await cache.set([["a", 1], ["b", 2]], signal);
    assertEquals(await generations(), [{
      expiresAt: new Date(now + 2 * dayMs),
      entries: 2,
      buckets: 2,
    }]);
    now += dayMs;
    assertEquals(await cache.get(["a", "a", "c"], signal), [1, 1, undefined]);
    assertEquals((await generations()).map(({ entries }) => entries), [2, 1]);
    if (server instanceof FakeRedis) {
      const before = JSON.stringify(server.contents());
      assertEquals(await cache.get(["a"], signal), [1]);
      assertEquals(JSON.stringify(server.contents()), before);
    }
    const { name } = stored("n", "a");
    const carried = name.replace("{", `${end(1)}{`);
    const expiry = Number(await client.pTTL(carried)) + Date.now();
    assert(Math.abs(expiry - (now + 2 * dayMs)) < 60_000, `${expiry}`);
    now += dayMs;
    assertEquals(await cache.get(["a", "b"], signal), [1, undefined]);
    await client.close();
    await cache.close();
  });
}

testGenerations("the fake");
testGenerations("a real server");

Deno.test("RedisCache with a period carries nothing that is read without prolonging, and still finds it", async () => {
  await using redis = new FakeRedis();
  let now = Date.UTC(2100, 0, 1, 12);
  const options: RedisCacheOptions = { ttlSeconds, now: () => now };
  const cache = new RedisCache(redis.url, "n", options);
  const reader = new RedisCache(redis.url, "n", {
    ...options,
    prolongs: false,
  });
  const before = entries(50), keys = entries(100).map(([key]) => key);
  await cache.set(before, signal);
  now += dayMs;
  await cache.set(entries(25, 50), signal);
  const contents = redis.contents();
  const expected = keys.map((_, i) => i < 75 ? i % 7 + 1 : undefined);
  assertEquals(await reader.get(keys, signal), expected);
  assertEquals(redis.contents(), contents);
  assertEquals(await cache.get(keys, signal), expected);
  now += dayMs;
  assertEquals(await reader.get(keys, signal), expected);
  now += dayMs;
  assertEquals(await reader.get(keys, signal), keys.map(() => undefined));
  await reader.close();
  await cache.close();
});

Deno.test("RedisCache with a period writes nothing for a hit of this generation, on a real server", async () => {
  await using server = await startServer();
  if (server === undefined) return;
  const client = await createClient({
    url: server.url,
    maintNotifications: "disabled",
  }).connect();
  let now = Date.now();
  const cache = new RedisCache(server.url, "n", { ttlSeconds, now: () => now });
  const written = entries(3_000);
  const keys = written.map(([key]) => key);
  await cache.set(written, signal);
  now += dayMs;
  const writes = async () =>
    Number(
      /cmdstat_hset:calls=(\d+)/.exec(await client.info("commandstats"))?.[1],
    );
  const before = await writes();
  await cache.get(keys, signal);
  assertEquals(await writes() - before, 3_000);
  for (let i = 0; i < 3; i++) await cache.get(keys, signal);
  assertEquals(await writes() - before, 3_000);
  await client.close();
  await cache.close();
});

Deno.test("RedisCache with a period finds an answer that it cannot carry, on a real server out of memory", async () => {
  await using server = await startServer();
  if (server === undefined) return;
  const client = await createClient({
    url: server.url,
    maintNotifications: "disabled",
  }).connect();
  let now = Date.now();
  const cache = new RedisCache(server.url, "n", { ttlSeconds, now: () => now });
  await cache.set([["a", 1]], signal);
  await client.configSet("maxmemory", "1");
  now += dayMs;
  assertEquals(await cache.get(["a"], signal), [1]);
  const error = await assertRejects(() => cache.set([["b", 1]], signal), Error);
  assertMatch(
    error.message,
    /^Cannot write to redis:\/\/127\.0\.0\.1:\d+: .*OOM command not allowed/,
  );
  assertEquals((await cache.stats(signal)).entries, 1);
  await client.configSet("maxmemory", "0");
  await cache.set([["b", 2]], signal);
  assertEquals(await cache.get(["a", "b"], signal), [1, 2]);
  await client.close();
  await cache.close();
});

function testForgottenScripts(kind: ServerKind): void {
  Deno.test(`RedisCache sends its scripts again when the server has forgotten them, on ${kind}`, async () => {
    await using server = kind === "the fake" ? new FakeRedis() : await startServer();
    if (server === undefined) return;
    const client = await createClient({
      url: server.url,
      maintNotifications: "disabled",
    }).connect();
    const cache = new RedisCache(server.url, "n");
    await cache.set([["a", 1]], signal);
    await client.scriptFlush();
    assertEquals(await cache.get(["a"], signal), [1]);
    await client.scriptFlush();
    await cache.set([["a", 2]], signal);
    assertEquals(await cache.get(["a"], signal), [2]);
    await client.close();
    await cache.close();
  });
}

testForgottenScripts("the fake");
testForgottenScripts("a real server");

Deno.test("RedisCache with buckets says what to do where scripts are not allowed, on a real server", async () => {
  await using server = await startServer();
  if (server === undefined) return;
  const client = await createClient({
    url: server.url,
    maintNotifications: "disabled",
  }).connect();
  await client.aclSetUser("someone", [
    "on",
    ">s3cr3t",
    "~*",
    "+@all",
    "-eval",
    "-evalsha",
  ]);
  const url = server.url.replace("//", "//someone:s3cr3t@");
  const cache = new RedisCache(url, "n");
  const error = await assertRejects(() => cache.get(["a"], signal), Error);
  assertMatch(
    error.message,
    /^Cannot read from .*: NOPERM .* \(buckets need EVALSHA and EVAL; --cache-layout strings does without\)$/,
  );
  const strings = new RedisCache(url, "n", { layout: "strings", ttlSeconds });
  await strings.set([["a", 1]], signal);
  assertEquals(await strings.get(["a"], signal), [1]);
  for (const opened of [cache, strings]) await opened.close();
  await client.close();
});

Deno.test("RedisCache.check() tells a server that may be used from one that may be looked at, on a real server", async () => {
  await using server = await startServer();
  if (server === undefined) return;
  const client = await createClient({ url: server.url, maintNotifications: "disabled" }).connect();
  await client.aclSetUser("someone", ["on", ">s3cr3t", "~*", "+@all", "-info", "-dbsize", "-config"]);
  const url = server.url.replace("//", "//someone:s3cr3t@");
  for (const layout of ["buckets", "strings"] as const) {
    const cache = new RedisCache(url, "n", { layout, ttlSeconds });
    await cache.set([["a", 1]], signal);
    assertEquals(await cache.get(["a"], signal), [1]);
    assertMatch(
      await cache.check(signal),
      /^Redis of unknown version, its user may not count its keys; .*INFO/,
    );
    await cache.close();
  }
  await client.close();
});

Deno.test("RedisCache.check() says which of the server's limits is too small for buckets", async () => {
  await using server = await startServer(
    "--hash-max-listpack-entries",
    "64",
    "--maxmemory-policy",
    "allkeys-lru",
  );
  if (server === undefined) return;
  const client = await createClient({
    url: server.url,
    maintNotifications: "disabled",
  }).connect();
  await client.aclSetUser("someone", [
    "on",
    ">s3cr3t",
    "~*",
    "+@all",
    "-config",
  ]);
  const cache = new RedisCache(server.url, "n", {
    ttlSeconds,
    now: () => Date.now() - 3_601_000,
  });
  const said = await cache.check(signal);
  assertMatch(
    said,
    /; hash-max-listpack-entries is 64: answers take several times the memory, set it to 128 or more; /,
  );
  assertMatch(
    said,
    /; maxmemory-policy is allkeys-lru: .*; its clock and this machine's differ by 36\d\d s$/,
  );
  for (
    const [policy, isAdvised] of [
      ["volatile-lru", true],
      ["volatile-ttl", false],
      ["noeviction", false],
    ] as const
  ) {
    await client.configSet("maxmemory-policy", policy);
    const advice = `maxmemory-policy is ${policy}: `;
    assertEquals(
      (await cache.check(signal)).includes(advice),
      isAdvised,
      policy,
    );
  }
  await client.configSet("maxmemory-policy", "allkeys-lru");
  await cache.close();
  const limited = new RedisCache(
    server.url.replace("//", "//someone:s3cr3t@"),
    "m",
  );
  assert(!(await limited.check(signal)).includes("packed"));
  await limited.set(entries(100 * 256), signal);
  assertMatch(
    await limited.check(signal),
    /; answers are not packed and take several times the memory: set hash-max-/,
  );
  await limited.close();
  await client.close();
});

Deno.test("RedisCache with buckets for a Cluster sends a tag's keys together and no others, in one round trip", async () => {
  await using redis = new FakeRedis();
  const cache = new RedisCache(redis.url, "n", { isCluster: true, ttlSeconds });
  const written = entries(1_000);
  await cache.set(written, signal);
  redis.commands.length = 0;
  assertEquals(
    await cache.get(written.map(([key]) => key), signal),
    written.map(([, answer]) => answer),
  );
  const calls = redis.commands.filter(([name]) => name === "EVALSHA");
  assertEquals(calls.length, 64);
  const slots = calls.map(([, , count, ...rest]) => {
    const tags = rest.slice(0, Number(count)).map((key) => /\{(.*?)\}/.exec(key)![1]!);
    assertEquals(new Set(tags).size, 1);
    return slotOf(tags[0]!);
  });
  // The tags are spread evenly over any usual number of servers.
  for (const servers of [3, 4, 5, 6, 8]) {
    const loads = Array<number>(servers).fill(0);
    for (const slot of slots) loads[Math.floor(slot * servers / 16_384)]!++;
    assert(
      Math.max(...loads) <= 1.5 * 64 / servers,
      `${servers} servers: ${loads}`,
    );
  }
  await cache.close();
});

Deno.test("RedisCache says that a bucket's key holds something else, on a real server", async () => {
  await using server = await startServer();
  if (server === undefined) return;
  const client = await createClient({
    url: server.url,
    maintNotifications: "disabled",
  }).connect();
  await client.set(stored("n", "a").name, "5");
  const cache = new RedisCache(server.url, "n");
  await assertRejects(() => cache.get(["a"], signal), Error, "WRONGTYPE");
  await assertRejects(() => cache.set([["a", 1]], signal), Error, "WRONGTYPE");
  await client.close();
  await cache.close();
});

Deno.test("RedisCache refuses a namespace with a brace, and a period that is no whole number of seconds", () => {
  assertThrows(
    () => new RedisCache("redis://h", "a{b}"),
    SluiceError,
    "the namespace a{b} has a brace in it",
  );
  for (const ttlSeconds of [0, -1, 1.5, NaN]) {
    assertThrows(
      () => new RedisCache("redis://h", "n", { ttlSeconds }),
      SluiceError,
      `Cannot open cache redis://h:6379: ttlSeconds must be whole, from 1, is ${ttlSeconds}`,
    );
  }
});

/** A Cluster's slot of a hash tag: CRC16 (XMODEM) modulo 16,384. */
function slotOf(tag: string): number {
  let crc = 0;
  for (const byte of new TextEncoder().encode(tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xffff;
    }
  }
  return crc % 16_384;
}
