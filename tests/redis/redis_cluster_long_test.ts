import {
  assert,
  assertEquals,
  assertLess,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert/mod.js";
import { PartialReadError, PartialWriteError } from "../../lib/caches/cache.ts";
import { keyHash } from "../../lib/caches/key_hash.ts";
import { keySlot } from "../../lib/redis/key_slot.ts";
import { RedisCache } from "../../lib/caches/redis/redis.ts";
import { encodeKey } from "../../lib/recipe/key.ts";
import { fakeLevel } from "../fakes/model_behaviour.ts";
import { openTestAnswers } from "../fakes/answers.ts";
import { InProcessModel } from "../fakes/in_process_model.ts";
import { type RedisClusterOptions, RedisClusterServers } from "../fakes/redis_cluster.ts";
import { batchOf } from "../records/stages/answering.ts";
import { cacheConformance } from "../caches/cache_conformance.ts";
import { maintenanceConformance } from "../caches/maintenance_conformance.ts";
import { until } from "../until.ts";

const { signal } = new AbortController();
const entries = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i): [string, number] => [`key ${from + i}`, (from + i) % 7 + 1]);

/** The slot that a key's bucket lies in. */
function slotOf(key: string): number {
  return keySlot(`{${(keyHash(key)[0]! >> 2).toString(16).padStart(2, "0")}}`);
}

Deno.test("keySlot() takes the first braces with something in them for the tag", () => {
  assertEquals(keySlot("foo"), 12_182);
  assertEquals(keySlot("sluice:2:n:{3f}12"), keySlot("3f"));
  assertEquals(keySlot("{}3f"), keySlot("{}3f{a}"[0] + "}3f"));
  assertEquals(keySlot("a{3f}{3e}"), keySlot("3f"));
  assertEquals(keySlot("a{3f"), keySlot("a{3f"));
  assert(keySlot("a{3f") !== keySlot("3f"));
});

Deno.test("RedisCache takes apart a Cluster's address, and never shows its password", async () => {
  const cache = new RedisCache("redis+cluster://user:p%40ss@one,two:7000,[::1]:7001/", "n");
  assertEquals(cache.url, "redis+cluster://one:6379,two:7000,[::1]:7001");
  await cache.close();
  for (
    const url of [
      "redis+cluster://",
      "redis+cluster://one,,two",
      "redis+cluster://one/3",
      "redis+cluster://user:s3cret@",
      "redis+cluster://:s3cret@one:99999",
    ]
  ) {
    const error = assertThrows(
      () => new RedisCache(url, "n"),
      Error,
      "Cannot open cache: its address must be ",
    );
    assert(!Deno.inspect(error).includes("s3cret"));
  }
});

for (const layout of ["buckets", "strings"] as const) {
  for (const ttlSeconds of [undefined, 86_400]) {
    const kept = ttlSeconds === undefined ? "without limit" : "for a period";
    Deno.test(`RedisCache with ${layout} kept ${kept} meets the list of every cache, on a real Cluster`, async (t) => {
      await using cluster = await start();
      if (cluster === undefined) return;
      const open = (namespace: string) => new RedisCache(cluster.url, namespace, { layout, ttlSeconds });
      await cacheConformance(t, { open: (namespace) => Promise.resolve(open(namespace)) });
      await maintenanceConformance(t, open);
      const cache = open("n");
      assertMatch(await cache.check(signal), /^Redis Cluster of 3, \d+\.\d+\.\d+, [\d,]+ keys/);
      assert((await cache.usage(signal)).memoryBytes > 3_000_000);
      await cache.close();
    });
  }
}

Deno.test("RedisCache finds the servers that are there when the first one named is not, and says which are away", async () => {
  await using cluster = await start();
  if (cluster === undefined) return;
  const written = entries(1_000);
  const cache = new RedisCache(cluster.url, "n");
  await cache.set(written, signal);
  await cluster.kill(0);
  const late = new RedisCache(cluster.url, "n");
  for (const each of [cache, late]) {
    const error = await assertRejects(() => each.get(written.map(([key]) => key), signal), PartialReadError);
    assertMatch(
      error.message,
      /^Cannot read from redis\+cluster:\/\/127.*: connect ECONNREFUSED 127|: Socket closed/,
    );
    const lost = written.filter(([key]) => slotOf(key) <= 5_461).map(([key]) => key);
    assertEquals(error.answers, written.map(([key, answer]) => lost.includes(key) ? undefined : answer));
    const unwritten = await assertRejects(() => each.set(written, signal), PartialWriteError);
    assertEquals(unwritten.isLeft, written.map(([key]) => lost.includes(key)));
    await each.close();
  }
});

Deno.test("RedisCache loses no answer and gives no wrong one while slots move between servers", async () => {
  await using cluster = await start();
  if (cluster === undefined) return;
  const cache = new RedisCache(cluster.url, "n");
  const known = new Map(entries(60_000));
  await cache.set([...known], signal);
  let isMoving = true, rounds = 0, next = 60_000;
  const read = async () => {
    for (; isMoving; rounds++) {
      const keys = Array.from({ length: 1_000 }, () => `key ${Math.floor(Math.random() * known.size)}`);
      assertEquals(await cache.get(keys, signal), keys.map((key) => known.get(key)));
    }
  };
  const write = async () => {
    for (; isMoving; next += 500) {
      const some = entries(500, next);
      await cache.set(some, signal);
      for (const [key, answer] of some) known.set(key, answer);
    }
  };
  const move = async () => {
    const slots = [...new Set([...known.keys()].slice(0, 1_000).map(slotOf))].filter((slot) => slot < 5_461);
    for (const slot of slots.slice(0, 8)) {
      await cluster.beginToMove(slot, 0, 1);
      await until(async () => await cluster.moveKeys(slot, 0, 1, 4) === 0);
      await cluster.endMove(slot, 1);
    }
    isMoving = false;
  };
  await Promise.all([read(), write(), move()]);
  assert(rounds > 3 && next > 62_000, `${rounds} rounds, ${next} entries`);
  assertEquals(await cache.get([...known.keys()], signal), [...known.values()]);
  assertEquals((await cache.stats(signal)).entries, known.size);
  await cache.close();
});

Deno.test("Answers continue while a server of the Cluster dies under load, ask only what it held, and say so once", async () => {
  await using cluster = await start({ replicas: true });
  if (cluster === undefined) return;
  const titles = Array.from({ length: 30_000 }, (_, i) => `title ${i}`);
  const cache = new RedisCache(cluster.url, "n", { timeoutSeconds: 2 });
  await cache.set(titles.map((title) => [encodeKey("Acme", title), fakeLevel("Acme", title)]), signal);
  const model = new InProcessModel();
  const trouble: string[] = [];
  const answers = openTestAnswers({
    cache,
    model,
    memoryCacheBytes: 1,
    maxOpenObjects: 100,
    lingerSeconds: 0.01,
    signal,
    onTrouble: (message) => trouble.push(message),
  });
  const started = performance.now();
  let killed: Promise<void> | undefined, isWhole = false;
  const ask = async (some: readonly string[]) => {
    const objectAnswers = await answers.open();
    const batch = batchOf(...some);
    const { settled } = await objectAnswers.claim(batch);
    objectAnswers.end();
    await settled;
    objectAnswers.close(undefined);
    assertEquals(batch.answers, some.map((title) => fakeLevel("Acme", title)));
  };
  const before = () => model.calls.flatMap(({ questions }) => questions).length;
  for (let round = 0; !isWhole; round++) {
    if (round === 5) killed = cluster.kill(1);
    const asked = before();
    for (let i = 0; i < 4; i++) {
      await ask(
        Array.from({ length: 500 }, () => titles[Math.floor(Math.random() * titles.length)]!)
          .filter((title, at, all) => all.indexOf(title) === at),
      );
    }
    isWhole = round > 5 && before() === asked &&
      trouble.some((said) => said.startsWith("The cache works again"));
    assertLess(performance.now() - started, 60_000, `no server took the slots over: ${trouble}`);
  }
  await killed;
  await answers.close();
  await cache.close();
  const [away, back, ...more] = trouble;
  assertMatch(
    away ?? "",
    /^Continuing without a part of the cache: Cannot (read from|write to) redis\+cluster:/,
  );
  assertMatch(back ?? "", /^The cache works again as a whole: /);
  assertEquals(more, []);
  const held = ({ title }: { title: string }) => {
    const slot = slotOf(encodeKey("Acme", title));
    return slot >= 5_462 && slot <= 10_922;
  };
  const asked = model.calls.flatMap(({ questions }) => questions);
  assert(
    asked.length > 0 && asked.every(held),
    `${asked.filter((question) => !held(question)).length} others asked`,
  );
});

async function start(options?: RedisClusterOptions): Promise<RedisClusterServers | undefined> {
  const cluster = await RedisClusterServers.start(options);
  if (cluster instanceof RedisClusterServers) return cluster;
  console.log(`skipped: ${cluster}`);
}
