import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert/mod.js";
import * as fc from "fast-check";
import { createClient } from "redis";
import { keyHash } from "../../../lib/caches/key_hash.ts";
import { RedisCache, type RedisCacheOptions } from "../../../lib/caches/redis/redis.ts";
import { FakeRedis } from "../../fakes/redis.ts";
import { RedisServer } from "../../fakes/redis_server.ts";
import { cacheConformance } from "../cache_conformance.ts";
import { maintenanceConformance } from "../maintenance_conformance.ts";

const { signal } = new AbortController();
const ttlSeconds = 86_400;
const dayMs = ttlSeconds * 1000;

/** The layout as servers hold it, before the first split: a change here loses what is known. */
function stored(namespace: string, key: string): { name: string; field: Uint8Array } {
  const hash = keyHash(key);
  const tag = (hash[0]! >> 2).toString(16).padStart(2, "0");
  return { name: `sluice:2:${namespace}:{${tag}}${hash[0]! % 4}`, field: hash.slice(1, 8) };
}

const bytes = (field: Uint8Array) => String.fromCharCode(...field);
const entries = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i): [string, number] => [`key ${from + i}`, (from + i) % 7 + 1]);
const scriptCalls = (redis: FakeRedis) => redis.count("EVALSHA") + redis.count("EVAL");

for (const ttl of [undefined, ttlSeconds]) {
  const kept = ttl === undefined ? "for ever" : "for a period";
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
    await maintenanceConformance(t, (namespace) => new RedisCache(redis.url, namespace, options));
  });

  Deno.test(`RedisCache with buckets kept ${kept} meets the list of every cache, on a real server`, async (t) => {
    await using server = await startServer();
    if (server === undefined) return;
    const client = await createClient({ url: server.url, maintNotifications: "disabled" }).connect();
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
    await maintenanceConformance(t, (namespace) => new RedisCache(server.url, namespace, options));
    await client.close();
  });
}

Deno.test("RedisCache with buckets lies on a server as it always did", async () => {
  await using redis = new FakeRedis();
  const cache = new RedisCache(redis.url, "n");
  await cache.set([["4:Acmeengineer", 3]], signal); // 885b2e4f055b2e30…
  assertEquals(redis.contents(), { "sluice:2:n:{22}0": { "\x5b\x2e\x4f\x05\x5b\x2e\x30": "3" } });
  await cache.close();
  const mortal = new RedisCache(redis.url, "m", { ttlSeconds, now: () => Date.UTC(2100, 0, 1, 12) });
  await mortal.set([["4:Acmeengineer", 3]], signal);
  const [name] = Object.keys(redis.contents()).filter((name) => name.startsWith("sluice:2:m:"));
  assertEquals(name, `sluice:2:m:${(Date.UTC(2100, 0, 3) / 1000).toString(36)}{22}0`);
  assertEquals(redis.expiresAt(name!), Date.UTC(2100, 0, 3));
  await mortal.close();
});

Deno.test("RedisCache with buckets: the fake and a real server hold the same, splits and carrying included", async () => {
  await using server = await startServer();
  if (server === undefined) return;
  await using fake = new FakeRedis();
  const client = await createClient({ url: server.url, maintNotifications: "disabled" }).connect();
  for (const url of [server.url, fake.url]) {
    let now = Date.now();
    const cache = new RedisCache(url, "n");
    const mortal = new RedisCache(url, "m", { ttlSeconds, now: () => now });
    for (let i = 0; i < 60_000; i += 1000) await cache.set(entries(1000, i), signal);
    for (let i = 0; i < 20_000; i += 1000) await mortal.set(entries(1000, i), signal);
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
  const cache = new RedisCache(server.url, "n");
  for (let i = 0; i < 100_000; i += 10_000) await cache.set(entries(10_000, i), signal);
  const client = await createClient({ url: server.url, maintNotifications: "disabled" }).connect();
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

for (const kind of ["the fake", "a real server"]) {
  Deno.test(`RedisCache with buckets loses nothing where many write at once, on ${kind}`, async () => {
    await using server = kind === "the fake" ? new FakeRedis() : await startServer();
    if (server === undefined) return;
    let namespace = 0;
    const clients = fc.integer({ min: 2, max: 6 });
    const sizes = fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 2, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(clients, sizes, fc.boolean(), async (count, sizes, isMortal) => {
        const options = isMortal ? { ttlSeconds } : {};
        const caches = Array.from(
          { length: count },
          () => new RedisCache(server.url, `${namespace}`, options),
        );
        namespace++;
        let from = 0;
        const writes = sizes.map((size) => entries(size, (from += size) - size));
        // Each is found by another client as soon as its write is acknowledged, and for good.
        await Promise.all(writes.map(async (written, i) => {
          await caches[i % count]!.set(written, signal);
          const found = await caches[(i + 1) % count]!.get(written.map(([key]) => key), signal);
          assertEquals(found, written.map(([, answer]) => answer));
        }));
        const all = writes.flat();
        assertEquals(await caches[0]!.get(all.map(([key]) => key), signal), all.map(([, answer]) => answer));
        assertEquals((await caches[0]!.stats(signal)).entries, all.length);
        for (const cache of caches) await cache.close();
      }),
      { numRuns: 8 },
    );
  });
}

Deno.test("RedisCache with buckets: entries() meets every entry while others write", async () => {
  await using redis = new FakeRedis();
  const cache = new RedisCache(redis.url, "n");
  await cache.set(entries(20_000), signal);
  const seen = new Set<string>();
  let from = 20_000;
  for await (const batch of cache.entries(signal)) {
    for (const [hash] of batch) seen.add(hash.toHex());
    await cache.set(entries(2_000, from), signal);
    from += 2_000;
  }
  for (const [key] of entries(20_000)) assert(seen.has(keyHash(key).subarray(0, 8).toHex()), key);
  await cache.close();
});

for (const kind of ["the fake", "a real server"]) {
  Deno.test(`RedisCache with a period forgets by generation, and carries hits forward once, on ${kind}`, async () => {
    await using server = kind === "the fake" ? new FakeRedis() : await startServer();
    if (server === undefined) return;
    const client = await createClient({ url: server.url, maintNotifications: "disabled" }).connect();
    // From the beginning of a generation that has not ended for the server either.
    let now = Math.floor(Date.now() / dayMs) * dayMs;
    const cache = new RedisCache(server.url, "n", { ttlSeconds, now: () => now });
    const end = (generation: number) =>
      ((Math.floor(Date.now() / dayMs) + generation + 2) * ttlSeconds).toString(36);
    const generations = async () => (await cache.stats(signal)).generations;
    await cache.set([["a", 1], ["b", 2]], signal);
    assertEquals(await generations(), [{ expiresAt: new Date(now + 2 * dayMs), entries: 2, buckets: 2 }]);
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

Deno.test("RedisCache with a period carries nothing that is read without prolonging, and finds it all the same", async () => {
  await using redis = new FakeRedis();
  let now = Date.UTC(2100, 0, 1, 12);
  const options: RedisCacheOptions = { ttlSeconds, now: () => now };
  const cache = new RedisCache(redis.url, "n", options);
  const reader = new RedisCache(redis.url, "n", { ...options, prolongs: false });
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
  const client = await createClient({ url: server.url, maintNotifications: "disabled" }).connect();
  let now = Date.now();
  const cache = new RedisCache(server.url, "n", { ttlSeconds, now: () => now });
  const written = entries(3_000);
  const keys = written.map(([key]) => key);
  await cache.set(written, signal);
  now += dayMs;
  const writes = async () => Number(/cmdstat_hset:calls=(\d+)/.exec(await client.info("commandstats"))?.[1]);
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
  const client = await createClient({ url: server.url, maintNotifications: "disabled" }).connect();
  let now = Date.now();
  const cache = new RedisCache(server.url, "n", { ttlSeconds, now: () => now });
  await cache.set([["a", 1]], signal);
  await client.configSet("maxmemory", "1");
  now += dayMs;
  assertEquals(await cache.get(["a"], signal), [1]);
  const error = await assertRejects(() => cache.set([["b", 1]], signal), Error);
  assertMatch(error.message, /^Cannot write to redis:\/\/127\.0\.0\.1:\d+: .*OOM command not allowed/);
  assertEquals((await cache.stats(signal)).entries, 1);
  await client.configSet("maxmemory", "0");
  await cache.set([["b", 2]], signal);
  assertEquals(await cache.get(["a", "b"], signal), [1, 2]);
  await client.close();
  await cache.close();
});

for (const kind of ["the fake", "a real server"]) {
  Deno.test(`RedisCache sends its scripts again when the server has forgotten them, on ${kind}`, async () => {
    await using server = kind === "the fake" ? new FakeRedis() : await startServer();
    if (server === undefined) return;
    const client = await createClient({ url: server.url, maintNotifications: "disabled" }).connect();
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

Deno.test("RedisCache with buckets says what to do where scripts are not allowed, on a real server", async () => {
  await using server = await startServer();
  if (server === undefined) return;
  const client = await createClient({ url: server.url, maintNotifications: "disabled" }).connect();
  await client.aclSetUser("someone", ["on", ">s3cr3t", "~*", "+@all", "-eval", "-evalsha"]);
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

Deno.test("RedisCache.check() says which of the server's limits is too small for buckets", async () => {
  await using server = await startServer(
    "--hash-max-listpack-entries",
    "64",
    "--maxmemory-policy",
    "allkeys-lru",
  );
  if (server === undefined) return;
  const client = await createClient({ url: server.url, maintNotifications: "disabled" }).connect();
  await client.aclSetUser("someone", ["on", ">s3cr3t", "~*", "+@all", "-config"]);
  const cache = new RedisCache(server.url, "n", { ttlSeconds, now: () => Date.now() - 3_601_000 });
  const said = await cache.check(signal);
  assertMatch(
    said,
    /; hash-max-listpack-entries is 64: answers take several times the memory, set it to 128 or more; /,
  );
  assertMatch(
    said,
    /; maxmemory-policy is allkeys-lru: .*; its clock and this machine's differ by 36\d\d seconds$/,
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
    assertEquals((await cache.check(signal)).includes(advice), isAdvised, policy);
  }
  await client.configSet("maxmemory-policy", "allkeys-lru");
  await cache.close();
  const limited = new RedisCache(server.url.replace("//", "//someone:s3cr3t@"), "m");
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
  assertEquals(await cache.get(written.map(([key]) => key), signal), written.map(([, answer]) => answer));
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
    assert(Math.max(...loads) <= 1.5 * 64 / servers, `${servers} servers: ${loads}`);
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
  const client = await createClient({ url: server.url, maintNotifications: "disabled" }).connect();
  await client.sendCommand(["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
  // A server of a Cluster takes two seconds to make up its mind that it may serve.
  const started = performance.now();
  while (!/cluster_state:ok/.test(String(await client.sendCommand(["CLUSTER", "INFO"])))) {
    assertLess(performance.now() - started, 10_000, "the server does not join its own Cluster");
  }
  for (const ttl of [undefined, ttlSeconds]) {
    for (const layout of ["buckets", "strings"] as const) {
      let now = Date.now();
      const cache = new RedisCache(server.url, `n${ttl}`, {
        isCluster: true,
        layout,
        ttlSeconds: ttl,
        now: () => now,
      });
      const written = entries(40_000);
      const [keys, answers] = [written.map(([key]) => key), written.map(([, answer]) => answer)];
      await cache.set(written, signal);
      now += dayMs;
      assertEquals(await cache.get(keys, signal), answers);
      assertEquals(await cache.get(keys, signal), answers);
      await cache.drop(`n${ttl}`, signal);
      assertEquals((await cache.stats(signal)).entries, 0);
      await cache.close();
    }
  }
  const together = new RedisCache(server.url, "n");
  await assertRejects(() => together.set(entries(100), signal), Error, "CROSSSLOT");
  await together.close();
  await client.close();
});

Deno.test("RedisCache with buckets reads and splits with a directory too large to be read at once, on a real server", async () => {
  await using server = await startServer();
  if (server === undefined) return;
  const client = await createClient({ url: server.url, maintNotifications: "disabled" }).connect();
  for (let tag = 0; tag < 64; tag++) {
    // As it would be if one bucket had gone very deep.
    await client.set(`sluice:2:n:{${tag.toString(16).padStart(2, "0")}}`, "\x02".repeat(2 ** 15));
  }
  const cache = new RedisCache(server.url, "n");
  const written = entries(40_000);
  await cache.set(written, signal);
  assertEquals(await cache.get(written.map(([key]) => key), signal), written.map(([, answer]) => answer));
  assertEquals((await cache.stats(signal)).entries, 40_000);
  assertEquals((await Array.fromAsync(cache.entries(signal))).flat().length, 40_000);
  await client.close();
  await cache.close();
});

Deno.test("RedisCache with buckets grows again where the server has evicted directories", async () => {
  await using server = await startServer();
  if (server === undefined) return;
  const client = await createClient({ url: server.url, maintNotifications: "disabled" }).connect();
  const cache = new RedisCache(server.url, "n");
  const written = entries(60_000);
  await cache.set(written, signal);
  for (const name of await client.keys("*}")) await client.del(name);
  await cache.set(written.map(([key, answer]) => [key, answer + 1]), signal);
  assertEquals(await cache.get(written.map(([key]) => key), signal), written.map(([, answer]) => answer + 1));
  assertEquals((await cache.stats(signal)).entries, 60_000);
  await client.close();
  await cache.close();
});

Deno.test("RedisCache says that a bucket's key holds something else, on a real server", async () => {
  await using server = await startServer();
  if (server === undefined) return;
  const client = await createClient({ url: server.url, maintNotifications: "disabled" }).connect();
  await client.set(stored("n", "a").name, "5");
  const cache = new RedisCache(server.url, "n");
  await assertRejects(() => cache.get(["a"], signal), Error, "WRONGTYPE");
  await assertRejects(() => cache.set([["a", 1]], signal), Error, "WRONGTYPE");
  await client.close();
  await cache.close();
});

Deno.test("RedisCache refuses a namespace with a brace, and a period that is no whole number of seconds", () => {
  assertThrows(() => new RedisCache("redis://h", "a{b}"), RangeError, "the namespace a{b} has a brace in it");
  for (const ttlSeconds of [0, -1, 1.5, NaN]) {
    assertThrows(
      () => new RedisCache("redis://h", "n", { ttlSeconds }),
      RangeError,
      `Cannot open cache redis://h:6379: ttlSeconds must be whole, from 1, is ${ttlSeconds}`,
    );
  }
});

/** A Cluster's slot of a hash tag: CRC16 (XMODEM) modulo 16,384. */
function slotOf(tag: string): number {
  let crc = 0;
  for (const byte of new TextEncoder().encode(tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc % 16_384;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function startServer(...args: string[]): Promise<RedisServer | undefined> {
  const server = await RedisServer.start(...args);
  if (server instanceof RedisServer) return server;
  console.log(`skipped: ${server}`);
}
