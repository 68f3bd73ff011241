import { assert, assertEquals, assertRejects } from "@std/assert/mod.js";
import FakeTimers from "@sinonjs/fake-timers";
import {
  AnswerMemory,
  type AnswerMemoryOptions,
  CacheRequiredError,
} from "../../lib/answers/answer_memory.ts";
import { BloomCache } from "../../lib/caches/redis/bloom.ts";
import { type Cache, PartialReadError, PartialWriteError } from "../../lib/caches/cache.ts";
import { RedisCache } from "../../lib/caches/redis/redis.ts";
import { levelRange } from "../../lib/seniority/level_range.ts";
import { FakeRedis } from "../fakes/redis.ts";

const { signal } = new AbortController();
const hourMs = 3_600_000;

/** A cache that forgets nothing by itself, and writes down what it is asked for. */
class NotingCache implements Cache {
  readonly url = "noting:";
  readonly freshMs?: number;
  readonly answers = new Map<string, number>();
  readonly reads: string[][] = [];
  readonly writes: string[][] = [];
  isDown = false;

  constructor(freshMs?: number) {
    this.freshMs = freshMs;
  }

  // deno-lint-ignore require-await
  async get(keys: readonly string[]): Promise<(number | undefined)[]> {
    this.reads.push([...keys]);
    if (this.isDown) throw new Error("Cannot read from noting:: it is down");
    return keys.map((key) => this.answers.get(key));
  }

  // deno-lint-ignore require-await
  async set(entries: readonly (readonly [key: string, answer: number])[]): Promise<void> {
    this.writes.push(entries.map(([key]) => key));
    for (const [key, answer] of entries) this.answers.set(key, answer);
  }

  check(): Promise<string> {
    return Promise.resolve("");
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function knownOf(cache: Cache, options: Partial<AnswerMemoryOptions> = {}): AnswerMemory {
  return new AnswerMemory({
    cache,
    range: levelRange,
    memoryCacheBytes: 10_000_000,
    onTrouble: (message) => assert(false, message),
    ...options,
  });
}

/** Stops the clock that caches forget by, at the beginning of an hour. */
function stoppedClock(): Disposable & { tick(ms: number): void } {
  const clock = FakeTimers.install({ toFake: ["Date"], now: Date.UTC(2100, 0, 1) });
  return { tick: (ms) => void clock.tick(ms), [Symbol.dispose]: () => clock.uninstall() };
}

/** Waits until background work has ended. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("AnswerMemory reports use in memory to a cache with a period once per stretch, a window at a time", async () => {
  using clock = stoppedClock();
  const cache = new NotingCache(hourMs);
  const memory = knownOf(cache);
  const keys = Array.from({ length: 2_500 }, (_, i) => `key ${i}`);
  await memory.write(keys.map((key) => [key, 3]), signal);
  for (const key of keys) memory.remember(key, 3);
  clock.tick(hourMs - 1);
  for (const key of keys) assertEquals(memory.recall(key), 3);
  await settle();
  assertEquals(cache.reads, []);
  for (const stretch of [1, 2]) {
    clock.tick(stretch === 1 ? 1 : hourMs);
    for (let i = 0; i < 3; i++) {
      for (const key of keys) assertEquals(memory.recall(key), 3);
      await settle();
    }
    assertEquals(cache.reads.flat().length, stretch * keys.length);
    assertEquals(cache.reads.slice(-3).map(({ length }) => length), [1_000, 1_000, 500]);
  }
  assertEquals(cache.writes.length, 1);
  assertEquals(memory.stats.reads, 6);
  await memory.close();
});

Deno.test("AnswerMemory writes again what a cache has forgotten that is used in memory", async () => {
  using clock = stoppedClock();
  const cache = new NotingCache(hourMs);
  const memory = knownOf(cache);
  for (const key of ["a", "b"]) memory.remember(key, 3);
  cache.answers.set("b", 3);
  clock.tick(5 * hourMs);
  assertEquals([memory.recall("a"), memory.recall("b")], [3, 3]);
  await memory.close();
  assertEquals(cache.writes, [["a"]]);
  assertEquals(cache.answers.get("a"), 3);
});

Deno.test("AnswerMemory tries again at the next use where the cache was down, and answers all the while", async () => {
  using clock = stoppedClock();
  const cache = new NotingCache(hourMs);
  const messages: string[] = [];
  const memory = knownOf(cache, { onTrouble: (message) => messages.push(message) });
  memory.remember("a", 3);
  cache.answers.set("a", 3);
  cache.isDown = true;
  clock.tick(hourMs);
  for (let i = 0; i < 3; i++) {
    assertEquals(memory.recall("a"), 3);
    await settle();
  }
  assertEquals(cache.reads, [["a"]]);
  assertEquals(messages, ["Continuing without the cache: Cannot read from noting:: it is down"]);
  cache.isDown = false;
  clock.tick(5_000);
  assertEquals(memory.recall("a"), 3);
  await memory.close();
  assertEquals(cache.reads, [["a"], ["a"]]);
  assertEquals(cache.writes, []);
});

Deno.test("AnswerMemory tries again at the next use what the servers that were away did not take", async () => {
  using clock = stoppedClock();
  const cache = new NotingCache(hourMs);
  const away = new Set(["a"]);
  const get = cache.get.bind(cache), set = cache.set.bind(cache);
  cache.get = async (keys) => {
    const answers = (await get(keys)).map((answer, i) => away.has(keys[i]!) ? undefined : answer);
    if (!keys.some((key) => away.has(key))) return answers;
    throw new PartialReadError(
      { action: "read from", subject: "noting:", reason: "a is away" },
      answers,
    );
  };
  cache.set = async (entries) => {
    await set(entries.filter(([key]) => !away.has(key)));
    const isLeft = entries.map(([key]) => away.has(key));
    if (isLeft.includes(true)) {
      throw new PartialWriteError({ action: "write to", subject: "noting:", reason: "a is away" }, isLeft);
    }
  };
  const memory = knownOf(cache, { onTrouble: () => {} });
  for (const key of ["a", "b"]) {
    memory.remember(key, 3);
    cache.answers.set(key, 3);
  }
  clock.tick(hourMs);
  for (let i = 0; i < 2; i++) {
    assertEquals([memory.recall("a"), memory.recall("b")], [3, 3]);
    await settle();
  }
  assertEquals(cache.reads, [["a", "b"], ["a"]]);
  away.clear();
  for (let i = 0; i < 2; i++) {
    assertEquals([memory.recall("a"), memory.recall("b")], [3, 3]);
    await settle();
  }
  assertEquals(cache.reads, [["a", "b"], ["a"], ["a"]]);
  await memory.close();
});

Deno.test("AnswerMemory does not ask a cache without a period about what is in memory", async () => {
  using clock = stoppedClock();
  const cache = new NotingCache();
  const memory = knownOf(cache);
  memory.remember("a", 3);
  clock.tick(1_000 * hourMs);
  assertEquals(memory.recall("a"), 3);
  await memory.close();
  assertEquals(cache.reads, []);
});

for (const layout of ["buckets", "buckets behind a filter", "strings"] as const) {
  Deno.test(`Known keeps alive in Redis what it finds in memory only, and lets the rest go, in ${layout}`, async () => {
    using clock = stoppedClock();
    await using redis = new FakeRedis();
    const open = () =>
      new RedisCache(redis.url, "n", {
        layout: layout === "strings" ? "strings" : "buckets",
        ttlSeconds: hourMs / 1000,
      });
    const onTrouble = (message: string) => assert(false, message);
    const cache = layout === "buckets behind a filter"
      ? new BloomCache(open(), { rate: 0.01, leastRuledOut: 0, onTrouble })
      : open();
    const memory = knownOf(cache);
    const others = open();
    const entries = Array.from({ length: 20 }, (_, i): [string, number] => [`key ${i}`, i % 7 + 1]);
    await memory.write(entries, signal);
    for (const [key, answer] of entries) memory.remember(key, answer);
    if (cache instanceof BloomCache) await cache.made();
    for (let minutes = 0; minutes < 10 * 60; minutes += 5) {
      clock.tick(5 * 60_000);
      assertEquals(memory.recall("key 1"), 2);
      await settle();
    }
    await memory.close();
    // For the given period after the last use.
    clock.tick(hourMs - 1);
    const found = await others.get(["key 1", "key 2"], signal);
    assertEquals(found, [2, undefined]);
    for (const opened of [cache, others]) await opened.close();
  });
}

Deno.test("AnswerMemory has an answer in buckets written no more than once in a generation, and in strings in a period", async () => {
  using clock = stoppedClock();
  await using redis = new FakeRedis();
  const caches = [];
  for (const layout of ["buckets", "strings"] as const) {
    const cache = new RedisCache(redis.url, "n", { layout, ttlSeconds: hourMs / 1000 });
    caches.push(cache);
    // Two processes, one with the answer in its memory, the other with none.
    const memory = knownOf(cache);
    await memory.write([["a", 3]], signal);
    memory.remember("a", 3);
    let writes = 0, generation = "";
    for (let minutes = 0; minutes < 6 * 60; minutes += 5) {
      clock.tick(5 * 60_000);
      memory.recall("a");
      assertEquals(await cache.get(["a"], signal), [3]);
      await settle();
      const held = Object.keys(redis.contents()).filter((name) => name.startsWith("sluice:2:")).sort().at(
        -1,
      )!;
      if (layout === "buckets" && held !== generation) writes++;
      generation = held;
    }
    if (layout === "strings") writes = redis.count("PEXPIRE");
    assert(writes >= 5 && writes <= 7, `${layout}: ${writes}`);
    await memory.close();
  }
  for (const cache of caches) await cache.close();
});

Deno.test("AnswerMemory of a required cache fails reads while it is down, and reads again when it is back", async () => {
  using clock = stoppedClock();
  const cache = new NotingCache();
  const messages: string[] = [];
  const memory = knownOf(cache, { isRequired: true, onTrouble: (message) => messages.push(message) });
  cache.isDown = true;
  for (let i = 0; i < 2; i++) {
    const error = await assertRejects(() => memory.read(["a"], signal), CacheRequiredError);
    assertEquals(
      error.message,
      "Cannot continue without the cache noting:: requireCache is set; Cannot read from noting:: it is down",
    );
    assertEquals([error.kind, memory.lost?.message], ["cache", error.message]);
  }
  assertEquals(cache.reads.length, 1, "it is left alone for a while");
  cache.isDown = false;
  clock.tick(5_000);
  assertEquals(await memory.read(["a"], signal), [undefined]);
  assertEquals([memory.lost, cache.reads.length], [undefined, 2]);
  assertEquals(messages, [
    "Nothing is asked without the cache, as requireCache is set: Cannot read from noting:: it is down",
    "The cache works again: noting:",
  ]);
  await memory.close();
});

Deno.test("AnswerMemory of a required cache that takes no answers is lost, finds others, and writes them when it takes some", async () => {
  using clock = stoppedClock();
  const cache = new NotingCache();
  const memory = knownOf(cache, { isRequired: true, onTrouble: () => {} });
  const set = cache.set.bind(cache);
  cache.set = () => Promise.reject(new Error("it takes none"));
  cache.answers.set("b", 2);
  await memory.write([["a", 3]], signal);
  assertEquals(memory.lost?.reason, "requireCache is set; it takes none");
  assertEquals(await memory.read(["b"], signal), [2]);
  assert(memory.lost !== undefined);
  cache.set = set;
  clock.tick(5_000);
  assertEquals(await memory.read(["c"], signal), [undefined]);
  assertEquals([memory.lost, cache.answers.get("a")], [undefined, 3]);
  await memory.close();
});

Deno.test("AnswerMemory of a required cache fails when a part of its servers is away", async () => {
  const cache = new NotingCache();
  cache.get = (keys) =>
    Promise.reject(
      new PartialReadError(
        { action: "read from", subject: "noting:", reason: "a is away" },
        keys.map(() => 1),
      ),
    );
  const memory = knownOf(cache, { isRequired: true, onTrouble: () => {} });
  await assertRejects(() => memory.read(["a"], signal), CacheRequiredError, "a is away");
  await memory.close();
});
