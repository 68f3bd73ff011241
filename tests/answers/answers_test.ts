import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert/mod.js";
import { install } from "@sinonjs/fake-timers";
import { type Answers, QuestionLimitError } from "../../lib/answers/answers.ts";
import { CountMinSketch } from "../../lib/shortcuts/count_min_sketch.ts";
import type { ObjectAnswers } from "../../lib/answers/object_answers.ts";
import { RarePairs } from "../../lib/shortcuts/rare_pairs.ts";
import type { Batch } from "../../lib/records/batch.ts";
import type { Cache } from "../../lib/caches/cache.ts";
import { MemoryCache } from "../../lib/caches/memory.ts";
import { encodeKey } from "../../lib/recipe/key.ts";
import { ModelError } from "../../lib/models/model.ts";
import { openTestAnswers, type TestAnswersOptions } from "../fakes/answers.ts";
import { InProcessModel } from "../fakes/in_process_model.ts";
import { fakeLevel, faults } from "../fakes/model_behaviour.ts";
import { batchOf } from "../records/stages/answering.ts";

const answersFor = (model: InProcessModel, options: TestAnswersOptions = {}): Answers =>
  openTestAnswers({ model, ...options });

/** Opens one object for each batch, ends them all, and waits for their answers. */
async function askAll(answers: Answers, ...batches: Batch[]): Promise<PromiseSettledResult<void>[]> {
  const opened: ObjectAnswers[] = [];
  const settled: Promise<void>[] = [];
  for (const batch of batches) {
    const objectAnswers = await answers.open();
    opened.push(objectAnswers);
    settled.push((await objectAnswers.claim(batch)).settled);
    objectAnswers.end();
  }
  answers.endOfObjects();
  const results = await Promise.allSettled(settled);
  for (const objectAnswers of opened) objectAnswers.close(new Error("closed"));
  await answers.close();
  return results;
}

const levels = (...titles: string[]) => titles.map((title) => fakeLevel("Acme", title));

Deno.test("Answers asks a key once for two objects that need it at the same time", async () => {
  const model = new InProcessModel();
  const answers = answersFor(model);
  const batches = [batchOf("a", "b"), batchOf("b", "c")];
  await askAll(answers, ...batches);
  assertEquals(batches.map(({ answers }) => answers), [levels("a", "b"), levels("b", "c")]);
  assertEquals(model.stats(), { calls: 1, questions: 3, keys: 3, keysAskedTwice: 0, largestBatch: 3 });
  assertEquals(answers.counts, { seen: 4, local: 1, hits: 0, asked: 3 });
});

Deno.test("Answers finds in the cache what another process has asked", async () => {
  const cache = new MemoryCache(crypto.randomUUID());
  await askAll(answersFor(new InProcessModel(), { cache }), batchOf("a", "b"));
  const model = new InProcessModel();
  const answers = answersFor(model, { cache });
  const batch = batchOf("b", "a", "c");
  await askAll(answers, batch);
  assertEquals(batch.answers, levels("b", "a", "c"));
  assertEquals(answers.counts, { seen: 3, local: 0, hits: 2, asked: 1 });
});

for (const [fault, change] of Object.entries(faults)) {
  if (fault === "swapped") continue; // ids that come once each, in range: this cannot be detected
  Deno.test(`Answers asks again for what came back ${fault}, and gets it right`, async () => {
    const model = new InProcessModel({ fault: ({ number }) => number === 1 ? change : undefined });
    const batch = batchOf("a", "b", "c", "d");
    const results = await askAll(answersFor(model), batch);
    assertEquals(results.map(({ status }) => status), ["fulfilled"]);
    assertEquals(batch.answers, levels("a", "b", "c", "d"));
    const again = {
      foreign: 1,
      withoutId: 1,
      doubled: 1,
      tooHigh: 1,
      negative: 1,
      withoutValue: 1,
      half: 2,
      none: 4,
      reversed: 0,
    };
    assertEquals(model.calls[1]?.questions.length ?? 0, again[fault as keyof typeof again]);
    assertEquals(model.calls.map(({ questions }) => questions.map(({ id }) => id)).flat().includes(0), false);
  });
}

Deno.test("Answers gives up a question that three calls did not answer, and keeps wrong answers out of the cache", async () => {
  const cache = new MemoryCache(crypto.randomUUID());
  const model = new InProcessModel({ fault: () => faults.tooHigh });
  const [result] = await askAll(answersFor(model, { cache }), batchOf("a"));
  assertEquals(
    result?.status === "rejected" && String(result.reason),
    'QuotingError: Cannot get an answer from fake: for {"company":"Acme","title":"a"}: its answer was out of range in 3 calls',
  );
  assertEquals(model.stats().calls, 3);
  assertEquals(await cache.get([encodeKey("Acme", "a")], new AbortController().signal), [undefined]);
});

Deno.test("Answers makes a call again that fails for a passing reason, at the model's rate", async () => {
  await withClock(async (clock) => {
    const model = new InProcessModel({
      fail: ({ number }) => number < 3 ? { code: "UNAVAILABLE" } : undefined,
    });
    const answers = answersFor(model, { callsPerSecond: 1, patienceSeconds: 60 });
    const batch = batchOf("a");
    const done = askAll(answers, batch);
    await clock.tickAsync(60_000);
    await done;
    assertEquals(batch.answers, levels("a"));
    assertEquals([
      answers.stats().model.calls,
      answers.stats().model.retries,
      answers.stats().model.questions,
    ], [
      3,
      2,
      3,
    ]);
    const [first, second, third] = model.calls.map(({ at }) => at);
    assert(second! - first! >= 1_000 && third! - second! >= 1_000);
  });
});

Deno.test("Answers fails a call's objects when modelPatience is over, and others continue", async () => {
  await withClock(async (clock) => {
    const model = new InProcessModel({
      fail: ({ questions }) =>
        questions.some(({ title }) => title === "a") ? { code: "UNAVAILABLE" } : undefined,
      delayMs: 10,
    });
    const answers = answersFor(model, { maxCallQuestions: 1, patienceSeconds: 2 });
    const good = batchOf("b");
    const done = askAll(answers, batchOf("a"), good);
    await clock.tickAsync(60_000);
    const [failed, succeeded] = await done;
    assertMatch(
      failed?.status === "rejected" ? String(failed.reason) : "",
      /^ModelError: Cannot ask fake:: UNAVAILABLE: on demand, after \d attempts in [12] s; modelPatience is 2 s$/,
    );
    assertEquals(succeeded?.status, "fulfilled");
    assertEquals(good.answers, levels("b"));
  });
});

Deno.test("Answers probes a model that is down by one call at a time, and says so once", async () => {
  await withClock(async (clock) => {
    let isDown = true;
    const model = new InProcessModel({
      fail: () => isDown ? { code: "UNAVAILABLE" } : undefined,
      delayMs: 10,
    });
    const trouble: string[] = [];
    const answers = answersFor(model, {
      maxCallQuestions: 1,
      maxInFlightCalls: 8,
      patienceSeconds: 600,
      onTrouble: (message) => trouble.push(message),
    });
    const titles = Array.from({ length: 20 }, (_, i) => `title ${i}`);
    const batch = batchOf(...titles);
    const done = askAll(answers, batch);
    await clock.tickAsync(120_000);
    assert(model.calls.length < 30, `${model.calls.length} calls to a model that was down for two minutes`);
    assertEquals(trouble, ["Waiting for the model: Cannot ask fake:: UNAVAILABLE: on demand"]);
    isDown = false;
    await clock.tickAsync(120_000);
    await done;
    assertEquals(batch.answers, levels(...titles));
    assertEquals(trouble.slice(1), ["The model answers again: fake:"]);
  });
});

Deno.test("Answers gives a model up that is down for longer than modelPatience", async () => {
  await withClock(async (clock) => {
    const model = new InProcessModel({ fail: () => ({ code: "UNAVAILABLE" }) });
    const answers = answersFor(model, {
      maxCallQuestions: 1,
      maxInFlightCalls: 1,
      patienceSeconds: 5,
      onTrouble: () => {},
    });
    const done = askAll(answers, batchOf("a"), batchOf("b"));
    await clock.tickAsync(30_000);
    const results = await done;
    assertEquals(results.map(({ status }) => status), ["rejected", "rejected"]);
    assertEquals(
      new Set(model.calls.map(({ questions }) => questions[0]!.title)),
      new Set(["a"]),
      "b was not asked at all",
    );
  });
});

Deno.test("Answers finds the one question that the model refuses, in about a dozen calls, and remembers it", async () => {
  for (const at of [0, 1, 499, 500, 998, 999]) {
    const model = new InProcessModel({ refuse: ({ title }) => title === `title ${at}` });
    const answers = answersFor(model);
    const titles = Array.from({ length: 1_000 }, (_, i) => `title ${i}`);
    const batch = batchOf(...titles);
    const [result] = await askAll(answers, batch);
    assertEquals(result?.status, "fulfilled");
    assertEquals(batch.answers, titles.map((title, i) => i === at ? "refused" : fakeLevel("Acme", title)));
    assert(model.calls.length <= 13, `${model.calls.length} calls for question ${at}`);
    const again = await answersFor(model).open();
    again.close(undefined);
  }
});

Deno.test("Answers asks a refused key once in a run", async () => {
  const model = new InProcessModel({ refuse: ({ title }) => title === "bad" });
  const answers = answersFor(model);
  const first = await answers.open();
  const batches = [batchOf("bad", "good"), batchOf("good", "bad")];
  for (const batch of batches) {
    const claimed = await first.claim(batch);
    if (batch === batches[1]) first.end();
    else answers.endOfObjects();
    if (batch === batches[1]) await claimed.settled;
  }
  first.close(undefined);
  await answers.close();
  assertEquals(batches.map(({ answers }) => answers), [["refused", ...levels("good")], [
    ...levels("good"),
    "refused",
  ]]);
  assertEquals(answers.counts, { seen: 4, local: 2, hits: 0, asked: 2 });
});

Deno.test("Answers halves a call that is refused for its size, and answers all of it", async () => {
  const model = new InProcessModel({
    fail: ({ questions }) =>
      questions.length > 3
        ? { code: "RESOURCE_EXHAUSTED", details: "message larger than max (9 vs. 3)" }
        : undefined,
  });
  const titles = Array.from({ length: 10 }, (_, i) => `title ${i}`);
  const batch = batchOf(...titles);
  const [result] = await askAll(answersFor(model), batch);
  assertEquals(result?.status, "fulfilled");
  assertEquals(batch.answers, levels(...titles));
});

Deno.test("Answers takes a model for broken that refuses everything, or more than maxRefusals", async () => {
  const titles = Array.from({ length: 64 }, (_, i) => `title ${i}`);
  const refusing = new InProcessModel({ refuse: () => true });
  const [everything] = await askAll(answersFor(refusing), batchOf(...titles));
  assertStringIncludes(
    everything?.status === "rejected" ? everything.reason.message : "",
    "both halves of the call were refused as well",
  );
  assert(refusing.calls.length < 12, `${refusing.calls.length} calls`);
  const picky = new InProcessModel({ refuse: ({ title }) => /[59]$/.test(title) });
  const [many] = await askAll(answersFor(picky, { maxRefusals: 3 }), batchOf(...titles));
  assertStringIncludes(
    many?.status === "rejected" ? many.reason.message : "",
    "refused so far: 4, maxRefusals is 3",
  );
});

Deno.test("Answers makes no call any more once one was refused for good", async () => {
  const model = new InProcessModel({ fail: () => ({ code: "UNAUTHENTICATED" }) });
  const answers = answersFor(model, { maxCallQuestions: 1, maxInFlightCalls: 1 });
  const results = await askAll(answers, batchOf("a"), batchOf("b"), batchOf("c"));
  for (const result of results) assertInstanceOf(result.status === "rejected" && result.reason, ModelError);
  assertEquals(model.calls.length, 1);
});

Deno.test("Answers asks no more than maxQuestions, and says that the limit was reached", async () => {
  const model = new InProcessModel();
  const answers = answersFor(model, { maxQuestions: 2 });
  const within = batchOf("a", "b");
  const results = await askAll(answers, within, batchOf("b", "c"), batchOf("a"));
  assertEquals(results.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  assertInstanceOf(results[1]?.status === "rejected" && results[1].reason, QuestionLimitError);
  assertEquals(model.stats().questions, 2);
  assertEquals(answers.limitReached, true);
});

Deno.test("Answers drops a failed object's interest, and asks what others still want", async () => {
  const model = new InProcessModel();
  const answers = answersFor(model);
  const failing = await answers.open();
  const dropped = await failing.claim(batchOf("a", "b"));
  const other = await answers.open();
  const batch = batchOf("b");
  const wanted = await other.claim(batch);
  other.end();
  failing.close(new Error("its upload failed"));
  answers.endOfObjects();
  await assertRejects(() => dropped.settled, Error, "its upload failed");
  await wanted.settled;
  other.close(new Error("closed"));
  await answers.close();
  assertEquals(batch.answers, levels("b"));
  assertEquals(model.calls.map(({ questions }) => questions.map(({ title }) => title)), [["b"]]);
});

Deno.test("Answers gathers the sparse questions of many small objects into full calls", async () => {
  const model = new InProcessModel();
  const answers = answersFor(model, { maxCallQuestions: 10, objects: 2 });
  const batches = Array.from({ length: 40 }, (_, i) => batchOf(`title ${i}`));
  await askAll(answers, ...batches);
  assertEquals(model.calls.map(({ questions }) => questions.length), [10, 10, 10, 10]);
});

Deno.test("Answers continues without a cache that fails, and says so once", async () => {
  const model = new InProcessModel();
  const trouble: string[] = [];
  const fail = () => Promise.reject(new Error("Cannot read from test:: it is down"));
  const cache = { url: "test:", get: fail, set: fail, check: fail, close: () => Promise.resolve() };
  const answers = answersFor(model, { cache, onTrouble: (message) => trouble.push(message) });
  const batches = [batchOf("a"), batchOf("b")];
  await askAll(answers, ...batches);
  assertEquals(batches.map(({ answers }) => answers), [levels("a"), levels("b")]);
  assertEquals(trouble, [
    "Continuing without the cache: Cannot read from test:: it is down",
    "Continuing without writing to the cache: Cannot read from test:: it is down",
    "Cannot write 2 answers to test:: it still takes none; later runs will ask them again",
  ]);
});

Deno.test("Answers reads from a cache that takes no writes, and writes when it takes them again", async () => {
  await withClock(async (clock) => {
    const trouble: string[] = [];
    const memory = new MemoryCache(crypto.randomUUID());
    await memory.set([[encodeKey("Acme", "known"), 5]], new AbortController().signal);
    let isReadOnly = true, writes = 0;
    const cache: Cache = {
      url: "test:",
      get: (...given) => memory.get(...given),
      set(...given) {
        writes++;
        return isReadOnly ? Promise.reject(new Error("it may only be read")) : memory.set(...given);
      },
      check: () => Promise.resolve(""),
      close: () => Promise.resolve(),
    };
    const model = new InProcessModel();
    const answers = answersFor(model, { cache, onTrouble: (message) => trouble.push(message) });
    const ask = async (objectAnswers: ObjectAnswers, batch: Batch) => {
      const { settled } = await objectAnswers.claim(batch);
      objectAnswers.end();
      await settled;
      objectAnswers.close(undefined);
    };
    const opened = await answers.open(), first = batchOf("a", "known");
    answers.endOfObjects();
    await ask(opened, first);
    assertEquals(first.answers, [levels("a")[0], 5]);
    await ask(answers.reopen(), batchOf("b"));
    assertEquals([writes, trouble], [1, ["Continuing without writing to the cache: it may only be read"]]);
    isReadOnly = false;
    await clock.tickAsync(6_000);
    await ask(answers.reopen(), batchOf("c"));
    await answers.close();
    assertEquals(trouble.slice(1), ["The cache takes answers again: test:"]);
    const { signal } = new AbortController();
    const keys = ["a", "b", "c"].map((title) => encodeKey("Acme", title));
    assertEquals(await memory.get(keys, signal), levels("a", "b", "c"));
    assertEquals(model.calls.flatMap(({ questions }) => questions).length, 3);
  });
});

Deno.test("Answers splits calls by maxCallBytes", async () => {
  const model = new InProcessModel();
  const answers = answersFor(model, { maxCallBytes: 200 });
  const titles = Array.from({ length: 9 }, (_, i) => `a title of some length ${i}`);
  const batch = batchOf(...titles);
  await askAll(answers, batch);
  assertEquals(batch.answers, levels(...titles));
  assertEquals(model.calls.map(({ questions }) => questions.length), [3, 3, 3]);
});

Deno.test("Answers keeps calls to the model's rate", async () => {
  await withClock(async (clock) => {
    const model = new InProcessModel({ delayMs: 3_000 });
    const answers = answersFor(model, { callsPerSecond: 2, maxCallQuestions: 1 });
    const done = askAll(answers, batchOf("a", "b", "c", "d", "e"));
    await clock.tickAsync(20_000);
    await done;
    const starts = model.calls.map(({ at }) => Math.round(at - model.calls[0]!.at));
    assertEquals(starts, [0, 500, 1_000, 1_500, 2_000]);
    assert(answers.stats().model.idleSeconds < 0.01, `${answers.stats().model.idleSeconds} s idle`);
  });
});

Deno.test("Answers begins no call while it rests after one, and ends at once when no batch waits", async () => {
  await withClock(async (clock) => {
    const model = new InProcessModel({ delayMs: 100 });
    const answers = answersFor(model, {
      maxInFlightCalls: 1,
      maxCallQuestions: 1,
      restAfter: () => model.calls.length === 1 ? 30 : 600,
    });
    const objectAnswers = await answers.open();
    const { settled } = await objectAnswers.claim(batchOf("a", "b", "c"));
    settled.catch(() => {});
    objectAnswers.end();
    await clock.tickAsync(60_000);
    const starts = model.calls.map(({ at }) => Math.round(at - model.calls[0]!.at));
    assertEquals(starts, [0, 30_100]);
    objectAnswers.close(new Error("enough"));
    await answers.close();
    assertEquals(model.calls.length, 2);
  });
});

/** Asks about some titles for as long as it takes: of a source that never ends. */
async function askLingering(answers: Answers, ...titles: string[]): Promise<ObjectAnswers> {
  const objectAnswers = await answers.open();
  const { settled } = await objectAnswers.claim(batchOf(...titles));
  settled.catch(() => {}).finally(() => objectAnswers.close(new Error("closed")));
  objectAnswers.end();
  return objectAnswers;
}

Deno.test("Answers that linger send a question alone after that time, not earlier, and a full call at once", async () => {
  await withClock(async (clock) => {
    const model = new InProcessModel();
    const answers = answersFor(model, { lingerSeconds: 5, maxCallQuestions: 3 });
    await askLingering(answers, "a");
    await clock.tickAsync(2_000);
    await askLingering(answers, "b");
    await clock.tickAsync(2_990);
    assertEquals(model.calls.length, 0);
    await clock.tickAsync(20);
    assertEquals(model.calls.map(({ questions }) => questions.length), [2]);
    await askLingering(answers, "c", "d", "e");
    await clock.tickAsync(10);
    assertEquals(model.calls.map(({ questions }) => questions.length), [2, 3]);
    await answers.close();
  });
});

Deno.test("Answers that linger keep to the model's rate", async () => {
  await withClock(async (clock) => {
    const model = new InProcessModel();
    const answers = answersFor(model, { lingerSeconds: 0.1, callsPerSecond: 0.5, maxCallQuestions: 1 });
    await askLingering(answers, "a", "b", "c");
    await clock.tickAsync(10_000);
    assertEquals(model.calls.map(({ at }) => Math.round(at - model.calls[0]!.at)), [0, 2_000, 4_000]);
    await answers.close();
  });
});

Deno.test("Answers that linger send at once what waits when no more objects will come", async () => {
  await withClock(async (clock) => {
    const model = new InProcessModel();
    const answers = answersFor(model, { lingerSeconds: 3_600 });
    await askLingering(answers, "a");
    await clock.tickAsync(60_000);
    assertEquals(model.calls.length, 0);
    answers.endOfObjects();
    await clock.tickAsync(10);
    assertEquals(model.calls.length, 1);
    await answers.close();
  });
});

Deno.test("Answers that linger believe a failure of all calls for 30 seconds, then ask again", async () => {
  await withClock(async (clock) => {
    const model = new InProcessModel({
      fail: ({ number }) => number === 1 ? { code: "UNAUTHENTICATED" } : undefined,
    });
    const answers = answersFor(model, { lingerSeconds: 0.1 });
    const ask = async (title: string) => {
      const objectAnswers = await answers.open();
      const batch = batchOf(title);
      const { settled } = await objectAnswers.claim(batch);
      const ended = settled.then(() => "answered", (error) => error.name);
      await clock.tickAsync(200);
      objectAnswers.close(new Error("closed"));
      return await ended;
    };
    assertEquals([await ask("a"), await ask("b"), model.calls.length], ["ModelError", "ModelError", 1]);
    assertEquals(answers.stats().modelIsDown, true);
    await clock.tickAsync(29_000);
    assertEquals([await ask("c"), model.calls.length], ["ModelError", 1]);
    await clock.tickAsync(1_000);
    assertEquals(answers.stats().modelIsDown, false);
    assertEquals([await ask("a"), model.calls.length], ["answered", 2]);
    await answers.close();
  });
});

Deno.test("Answers that linger believe a failure of all calls no more when a later answer comes", async () => {
  await withClock(async (clock) => {
    const model = new InProcessModel({
      fail: ({ number }) => number === 1 ? { code: "UNAUTHENTICATED" } : undefined,
      delayMs: ({ number }) => number === 2 ? 100 : 0,
    });
    const answers = answersFor(model, { lingerSeconds: 0, maxCallQuestions: 1 });
    const ask = async (...titles: string[]) => {
      const objectAnswers = await answers.open();
      const { settled } = await objectAnswers.claim(batchOf(...titles));
      const ended = settled.then(() => "answered", (error) => error.name);
      await clock.tickAsync(200);
      objectAnswers.close(new Error("closed"));
      return await ended;
    };
    assertEquals(await ask("a", "b"), "ModelError");
    assertEquals(model.calls.length, 2);
    assertEquals([answers.stats().modelIsDown, await ask("c")], [false, "answered"]);
    await answers.close();
  });
});

Deno.test("Answers that linger forget refusals after an hour", async () => {
  await withClock(async (clock) => {
    const model = new InProcessModel({ refuse: ({ title }) => title.startsWith("odd") });
    const answers = answersFor(model, { lingerSeconds: 0.1, maxRefusals: 1 });
    const ask = async (title: string) => {
      const objectAnswers = await answers.open();
      const batch = batchOf("fine", title);
      const { settled } = await objectAnswers.claim(batch);
      const ended = settled.then(() => batch.answers[1], (error) => error.name);
      await clock.tickAsync(500);
      objectAnswers.close(new Error("closed"));
      return await ended;
    };
    assertEquals(await ask("odd 1"), "refused");
    assertEquals(await ask("odd 2"), "ModelError");
    await clock.tickAsync(3_600_000);
    assertEquals(await ask("odd 3"), "refused");
    await answers.close();
  });
});

Deno.test("Answers give room to those who wait for it in their order, without one who has left", async () => {
  const answers = answersFor(new InProcessModel(), { objects: 1, maxOpenObjects: 1 });
  const first = await answers.open();
  const order: string[] = [];
  const left = new AbortController();
  const waiting = ["a", "b", "c", "d"].map(async (name) => {
    const objectAnswers = await answers.open(name === "b" ? left.signal : undefined).catch(() => undefined);
    order.push(objectAnswers ? name : `${name} left`);
    objectAnswers?.close(new Error("closed"));
  });
  left.abort();
  await waiting[1];
  first.close(new Error("closed"));
  await Promise.all(waiting);
  assertEquals(order, ["b left", "a", "c", "d"]);
  answers.endOfObjects();
  await answers.close();
});

async function withClock(test: (clock: ReturnType<typeof install>) => Promise<void>): Promise<void> {
  const clock = install({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  try {
    await test(clock);
  } finally {
    clock.uninstall();
  }
}

Deno.test("Answers says of each key whether the model was asked or it was cached", async () => {
  const cache = new MemoryCache(crypto.randomUUID());
  await askAll(answersFor(new InProcessModel(), { cache }), batchOf("old"));
  const answers = answersFor(new InProcessModel(), { cache, keepsOrigins: true });
  const batches = [batchOf("old", "new"), batchOf("new"), batchOf("new", "old")];
  const claims = async (objectAnswers: ObjectAnswers, ...batches: Batch[]) => {
    const claimed = await Promise.all(batches.map((batch) => objectAnswers.claim(batch)));
    objectAnswers.end();
    await Promise.all(claimed.map(({ settled }) => settled));
    objectAnswers.close(new Error("closed"));
  };
  const first = await answers.open();
  answers.endOfObjects();
  await claims(first, batches[0]!, batches[1]!);
  await claims(answers.reopen(), batches[2]!);
  await answers.close();
  assertEquals(batches.map(({ origins }) => origins), [["cache", "model"], ["model"], ["cache", "cache"]]);
});

Deno.test("Answers skips rare keys, says so to their batches only, and asks them when they come again", async () => {
  const cache = new MemoryCache(crypto.randomUUID()), model = new InProcessModel();
  const sketch = new CountMinSketch(65_536);
  const process = () =>
    answersFor(model, {
      cache,
      keepsOrigins: true,
      shortcut: new RarePairs({ below: 2, probability: 0, sketch }),
    });
  const first = process();
  const batch = { ...batchOf("once", "twice"), keyOf: [0, 1, 1] };
  await askAll(first, batch);
  assertEquals(batch.answers, ["skipped", ...levels("twice")]);
  assertEquals(batch.origins, ["rare", "model"]);
  assertEquals(first.counts, { seen: 2, local: 0, hits: 0, asked: 1, rare: 1 });
  const keys = batch.keys;
  assertEquals(await cache.get(keys, new AbortController().signal), [undefined, ...levels("twice")]);
  const later = batchOf("once");
  const second = process();
  await askAll(second, later);
  assertEquals([later.answers, later.origins], [levels("once"), ["model"]]);
  assertEquals(second.counts, { seen: 1, local: 0, hits: 0, asked: 1 });
});

Deno.test("Answers counts the records of a restarted object once", async () => {
  const shortcut = new RarePairs({ below: 2, probability: 0, sketch: new CountMinSketch(65_536) });
  const answers = answersFor(new InProcessModel(), { shortcut });
  const claim = async (objectAnswers: ObjectAnswers) => {
    const batch = batchOf("a");
    const { settled } = await objectAnswers.claim(batch);
    objectAnswers.end();
    await settled;
    objectAnswers.close(new Error("closed"));
    return batch.answers[0];
  };
  const opened = await answers.open();
  answers.endOfObjects();
  assertEquals(await claim(opened), "skipped");
  assertEquals(await claim(answers.reopen()), "skipped");
  await answers.close();
});
