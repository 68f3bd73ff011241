import { assert, assertEquals, assertLess, assertThrows } from "@std/assert/mod.js";
import FakeTimers from "@sinonjs/fake-timers";
import * as fc from "fast-check";
import { createClient } from "redis";
import { SluiceError } from "../../../lib/errors/sluice_error.ts";
import { BloomCache } from "../../../lib/caches/redis/bloom.ts";
import { RedisCache } from "../../../lib/caches/redis/redis.ts";
import { bucketScripts, RedisBuckets } from "../../../lib/caches/redis/redis_buckets.ts";
import { FakeRedis } from "../../fakes/redis.ts";
import { cacheConformance } from "../cache_conformance.ts";
import { bloomOf, entries, keysOf, kinds, signal, startServer, testManyAtOnce } from "./bloom_scene.ts";

const dayMs = 86_400_000;
/** Keys that were looked up. */
const lookedUp = (redis: FakeRedis) => {
  const own = redis.commands.filter(([name, sha1]) =>
    name === "EVALSHA" && sha1 === bucketScripts.lookup.sha1
  );
  return own.length;
};

for (const kind of kinds) {
  for (const ttlSeconds of [undefined, 86_400]) {
    const kept = ttlSeconds === undefined ? "without limit" : "for a period";
    Deno.test(`BloomCache of answers kept ${kept} meets the list of every cache, on ${kind}`, async (t) => {
      await using server = await startServer(kind);
      if (server === undefined) return;
      await cacheConformance(t, {
        async open(namespace) {
          const cache = new BloomCache(
            new RedisCache(server.url, namespace, { ttlSeconds }),
            {
              rate: 0.1,
              leastRuledOut: 0,
              onTrouble: (message) => assert(false, message),
            },
          );
          await cache.made();
          assert(cache.size !== undefined);
          return cache;
        },
      });
    });
  }

  Deno.test(`BloomCache finds what any process has written, at once, on ${kind}`, async () => {
    await using server = await startServer(kind);
    if (server === undefined) return;
    const key = fc.nat({ max: 60 }).map((n) => `key ${n}`);
    const keys = fc.array(key, { minLength: 1, maxLength: 10 });
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ writer: fc.nat({ max: 2 }), keys }) },
      { weight: 5, arbitrary: fc.record({ reader: fc.nat({ max: 1 }), keys }) },
      { weight: 1, arbitrary: fc.constant("flush" as const) },
      { weight: 1, arbitrary: fc.constant("reopen" as const) },
      { weight: 1, arbitrary: fc.constant("next generation" as const) },
      { weight: 1, arbitrary: fc.constant("drop" as const) },
    );
    const client = await createClient({
      url: server.url,
      maintNotifications: "disabled",
    }).connect();
    const folder = await Deno.makeTempDir();
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.boolean(),
        async (steps, isMortal) => {
          await client.flushAll();
          // From the beginning of a generation that has not ended for the server either.
          let now = Math.floor(Date.now() / dayMs) * dayMs;
          const options = {
            ...(isMortal ? { ttlSeconds: dayMs / 1000 } : {}),
            now: () => now,
          };
          const open = (n: number) =>
            bloomOf(server.url, {
              ...options,
              path: `${folder}/${n}`,
              rate: 0.1,
            });
          const plain = new RedisCache(server.url, "n", options);
          const filters = [open(0), open(1)];
          const writers = () => [plain, ...filters];
          let answer = 0;
          for (const step of steps) {
            if (step === "flush") await client.flushAll();
            else if (step === "drop") await plain.drop("n", signal);
            else if (step === "next generation") {
              now = Math.min(now + dayMs, Date.now() + dayMs);
            } else if (step === "reopen") {
              await filters[0]!.close();
              filters[0] = open(0);
            } else if ("writer" in step) {
              await writers()[step.writer]!.set(
                step.keys.map((key) => [key, ++answer]),
                signal,
              );
            } else {
              const reader = filters[step.reader]!;
              const found = await reader.get(step.keys, signal);
              assertEquals(found, await plain.get(step.keys, signal));
              await reader.made();
            }
          }
          for (const cache of writers()) {
            await cache.close();
          }
          for await (const { name } of Deno.readDir(folder)) {
            await Deno.remove(`${folder}/${name}`);
          }
        },
      ),
      { numRuns: 60 },
    );
    await client.close();
    await Deno.remove(folder, { recursive: true });
  });

  Deno.test(`BloomCache throws a filter away whose mark the journal has not, and makes another, on ${kind}`, async () => {
    await using server = await startServer(kind);
    if (server === undefined) return;
    const client = await createClient({
      url: server.url,
      maintNotifications: "disabled",
    }).connect();
    const plain = new RedisCache(server.url, "n");
    await plain.set(entries(1_000), signal);
    const cache = bloomOf(server.url);
    await cache.made();
    // As much was written that the oldest of it is gone.
    await client.hSet("sluice:2:n:journal", "bytes", `${8 * 1024 ** 2}`);
    await plain.set(entries(10, 1_000), signal);
    assertEquals(
      await client.hmGet("sluice:2:n:journal", ["first", "last", "0"]),
      ["1", "1", null],
    );
    assertEquals(await cache.get(["key 1005", "key 5000"], signal), [
      1005 % 7 + 1,
      undefined,
    ]);
    await cache.made();
    assertEquals(cache.size?.entries, 1_010);
    assertEquals(await cache.get(["key 1005", "key 5000"], signal), [
      1005 % 7 + 1,
      undefined,
    ]);
    await client.flushAll();
    assertEquals(await cache.get(["key 1", "key 5000"], signal), [
      undefined,
      undefined,
    ]);
    await plain.set([["key 1", 3]], signal);
    assertEquals(await cache.get(["key 1"], signal), [3]);
    for (const opened of [client, plain, cache]) await opened.close();
  });
}

testManyAtOnce("the fake", 4_000);

Deno.test("BloomCache looks up no key that was never written, and few that were not", async () => {
  await using redis = new FakeRedis();
  const cache = bloomOf(redis.url);
  await cache.set(entries(5_000), signal);
  await cache.made();
  await cache.get(["key 1"], signal); // the script itself goes with it
  const before = lookedUp(redis);
  assertEquals(
    new Set(await cache.get(keysOf(entries(50, 10_000)), signal)),
    new Set([undefined]),
  );
  assertEquals(lookedUp(redis), before);
  assertEquals(await cache.get(["key 2", "key 10001"], signal), [3, undefined]);
  const [, , , , records] = redis.commands.findLast(([, sha1]) => sha1 === bucketScripts.lookup.sha1)!;
  assertLess(records!.length, 16);
  assertEquals(lookedUp(redis), before + 1);
  await cache.close();
});

Deno.test("BloomCache leaves the filter alone where it rules out few keys, but for one window in 16", async () => {
  await using redis = new FakeRedis();
  const cache = bloomOf(redis.url, { leastRuledOut: undefined });
  await cache.set(entries(2_000), signal);
  await cache.made();
  const follows = () =>
    redis.commands.filter((command) => command.includes(bucketScripts.follow.sha1)).length;
  const known = keysOf(entries(1_000));
  for (let i = 0; i < 10; i++) await cache.get(known, signal);
  const before = follows();
  for (let i = 0; i < 32; i++) await cache.get(known, signal);
  assertEquals(follows() - before, 2);
  // New ones bring it back.
  for (let i = 0; i < 64; i++) {
    await cache.get(keysOf(entries(1_000, 10_000)), signal);
  }
  const now = follows();
  await cache.get(keysOf(entries(1_000, 10_000)), signal);
  assertEquals(follows() - now, 1);
  await cache.close();
});

Deno.test("BloomCache saves its filter, and a later one continues from there without reading the cache", async () => {
  await using redis = new FakeRedis();
  const folder = await Deno.makeTempDir();
  const path = `${folder}/bloom/n.bloom`;
  const first = bloomOf(redis.url, { path });
  await first.set(entries(500), signal);
  await first.made();
  await first.get(["key 1"], signal);
  await first.close();
  const plain = new RedisCache(redis.url, "n");
  await plain.set(entries(10, 500), signal);
  const scans = redis.count("SCAN");
  const second = bloomOf(redis.url, { path });
  await second.made();
  assertEquals(second.size?.entries, 500);
  assertEquals(await second.get(["key 3", "key 505", "key 600"], signal), [
    4,
    505 % 7 + 1,
    undefined,
  ]);
  assertEquals(second.size?.entries, 510);
  assertEquals(redis.count("SCAN"), scans);
  await second.close();
  // With another history: this is detected, and it is rebuilt.
  await plain.drop("n", signal);
  await plain.set(entries(20), signal);
  const third = bloomOf(redis.url, { path });
  await third.made();
  assertEquals(await third.get(["key 3", "key 505"], signal), [4, undefined]);
  await third.made();
  assertEquals(third.size?.entries, 20);
  await third.close();
  const written = (await Deno.stat(path)).mtime;
  const idle = bloomOf(redis.url, { path });
  await idle.get(["key 3"], signal);
  await idle.close();
  assertEquals((await Deno.stat(path)).mtime, written);
  await plain.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("BloomCache says once that no filter can be made, continues without one, and makes one later", async () => {
  const clock = FakeTimers.install({ toFake: ["performance"] });
  await using redis = new FakeRedis();
  const messages: string[] = [];
  const cache = bloomOf(redis.url, {
    onTrouble: (message) => messages.push(message),
  });
  await cache.set(entries(10), signal);
  redis.failNext(
    "SCAN",
    "NOPERM this user has no permissions to run the 'scan' command",
  );
  await cache.made();
  assertEquals(cache.size, undefined);
  assertEquals(await cache.get(["key 1", "key 20"], signal), [2, undefined]);
  assertEquals(messages, [
    `Continuing without the Bloom filter: Cannot read from ${cache.url}: NOPERM this user has no permissions to run the 'scan' command`,
  ]);
  await cache.made();
  assertEquals(cache.size, undefined);
  clock.tick(10_000);
  await cache.made();
  assertEquals(cache.size?.entries, 10);
  clock.uninstall();
  await cache.close();
});

Deno.test("BloomCache carries hits of the last generation forward, and finds those of other periods later", async () => {
  await using redis = new FakeRedis();
  let now = Math.floor(Date.now() / dayMs) * dayMs;
  const options = { ttlSeconds: dayMs / 1000, now: () => now };
  const plain = new RedisCache(redis.url, "n", options);
  await plain.set(entries(100), signal);
  // A clock that is a day ahead.
  const ahead = new RedisCache(redis.url, "n", {
    ...options,
    now: () => now + dayMs,
  });
  await ahead.set(entries(100, 100), signal);
  const cache = bloomOf(redis.url, options);
  await cache.made();
  assertEquals(cache.size?.entries, 200);
  now += dayMs;
  assertEquals(await cache.get(["key 1", "key 150", "key 300"], signal), [
    2,
    150 % 7 + 1,
    undefined,
  ]);
  assertEquals(
    (await plain.stats(signal)).generations.map(({ entries }) => entries),
    [100, 101],
  );
  assertEquals(cache.freshMs, dayMs);
  for (const opened of [plain, ahead, cache]) await opened.close();
});

Deno.test("BloomCache finds what was carried out of a generation that ended while the filter was made", async () => {
  await using redis = new FakeRedis();
  const start = Math.floor(Date.now() / dayMs) * dayMs;
  let now = start;
  const options = { ttlSeconds: dayMs / 1000, now: () => now };
  const plain = new RedisCache(redis.url, "n", options);
  const followed = new RedisCache(redis.url, "n", options);
  await plain.set([["a", 3]], signal);
  now += dayMs;
  const census = followed.census.bind(followed);
  let isFirst = true;
  followed.census = async (signal) => {
    const found = await census(signal);
    if (!isFirst) return found;
    isFirst = false;
    // The answer is used, and then its old generation expires.
    assertEquals(await plain.get(["a"], signal), [3]);
    now += dayMs;
    const { prefix } = RedisBuckets.keysOf("n");
    const ended = `${prefix}${((start + 2 * dayMs) / 1000).toString(36)}{`;
    const client = await createClient({
      url: redis.url,
      maintNotifications: "disabled",
    }).connect();
    for await (
      const names of client.scanIterator({ MATCH: "*", COUNT: 1000 })
    ) {
      for (const name of names) {
        if (name.startsWith(ended)) {
          await client.unlink(name);
        }
      }
    }
    await client.close();
    return found;
  };
  const bloom = new BloomCache(followed, {
    rate: 0.001,
    leastRuledOut: 0,
    onTrouble: (said) => assert(false, said),
  });
  await bloom.made();
  assertEquals(await bloom.get(["a"], signal), [3]);
  await bloom.close();
  await plain.close();
});

Deno.test("RedisCache writes no journal without followers, and forgets one seven days after the last", async () => {
  await using redis = new FakeRedis();
  const plain = new RedisCache(redis.url, "n");
  await plain.set(entries(10), signal);
  assertEquals(redis.contents()["sluice:2:n:journal"], undefined);
  const cache = bloomOf(redis.url);
  await cache.made();
  await plain.set(entries(10, 10), signal);
  assertEquals(
    (redis.contents()["sluice:2:n:journal"] as Record<string, string>).last,
    "1",
  );
  const left = redis.expiresAt("sluice:2:n:journal")! - Date.now();
  assert(Math.abs(left - 7 * dayMs) < 60_000, `${left}`);
  assertEquals(await plain.drop("n", signal), 20);
  assertEquals(redis.contents(), {});
  await cache.close();
  await plain.close();
});

Deno.test("RedisCache's journal is the same on the fake and on a real server", async () => {
  await using server = await startServer("a real server");
  if (server === undefined) return;
  await using fake = new FakeRedis();
  const journals: unknown[] = [];
  for (const url of [server.url, fake.url]) {
    const client = await createClient({ url, maintNotifications: "disabled" })
      .connect();
    const cache = new RedisCache(url, "n");
    const begun = await cache.follow([], undefined, signal);
    await cache.set(entries(10), signal);
    await client.hSet("sluice:2:n:journal", "bytes", `${8 * 1024 ** 2}`);
    for (let i = 0; i < 3; i++) await cache.set(entries(10 * i, 100), signal);
    const end = await cache.follow([], undefined, signal);
    const held = await client.hmGet("sluice:2:n:journal", [
      "first",
      "last",
      "bytes",
    ]);
    const { written: lost } = await cache.follow(
      [],
      begun.written!.mark,
      signal,
    );
    journals.push({ held, lost, last: end.written?.mark.number });
    await client.close();
    await cache.close();
  }
  assertEquals(journals[0], journals[1]);
});

Deno.test("BloomCache refuses an invalid rate, and a cache that cannot be followed", async () => {
  for (const rate of [0, 1, -1, NaN]) {
    assertThrows(
      () => bloomOf("redis://h", { rate }),
      SluiceError,
      `the Bloom filter's rate is ${rate}`,
    );
  }
  const messages: string[] = [];
  const cache = bloomOf("redis://h", {
    isCluster: true,
    onTrouble: (message) => messages.push(message),
  });
  await cache.made();
  assertEquals(messages, [
    "Continuing without the Bloom filter: Cannot follow redis://h:6379: only buckets on a single server have a journal",
  ]);
  await cache.close();
});
