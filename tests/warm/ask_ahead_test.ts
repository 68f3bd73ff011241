import { assertEquals, assertMatch, assertRejects } from "@std/assert/mod.js";
import type { Answers } from "../../lib/answers/answers.ts";
import { encodeKey } from "../../lib/recipe/key.ts";
import { askAhead, unknownPairs } from "../../lib/warm/ask_ahead.ts";
import { openTestAnswers, type TestAnswersOptions } from "../fakes/answers.ts";
import { MemoryCache } from "../../lib/caches/memory.ts";
import { InProcessModel } from "../fakes/in_process_model.ts";

const never = new AbortController().signal;

const answersFor = (model: InProcessModel, options: TestAnswersOptions = {}): Answers =>
  openTestAnswers({
    model,
    maxInFlightCalls: 2,
    maxCallQuestions: 10,
    maxInFlightBytes: 1_000,
    objects: 2,
    maxOpenObjects: 4,
    onTrouble: () => {},
    ...options,
  });

/** Distinct pairs, so many at once. */
async function* chunks(pairs: number, size: number): AsyncGenerator<string[]> {
  for (let at = 0; at < pairs; at += size) {
    yield await Promise.resolve(
      Array.from({ length: Math.min(size, pairs - at) }, (_, i) => encodeKey("Acme", `${at + i}`)),
    );
  }
}

const unmet = {
  stop: never,
  onFailure: (error: unknown) => {
    throw error;
  },
};

Deno.test("askAhead() asks in full calls, and the rest in one", async () => {
  for (const [pairs, size] of [[0, 10], [9, 10], [95, 10], [95, 3], [95, 40]] as const) {
    const model = new InProcessModel();
    const asked = await askAhead(chunks(pairs, size), answersFor(model), unmet);
    assertEquals(asked, { answered: pairs, refused: 0, left: 0 });
    assertEquals(model.calls.map(({ questions }) => questions.length), [
      ...new Array(Math.floor(pairs / 10)).fill(10),
      ...(pairs % 10 > 0 ? [pairs % 10] : []),
    ]);
  }
});

Deno.test("askAhead() counts what the model refuses", async () => {
  const model = new InProcessModel({ refuse: ({ title }) => title === "7" });
  assertEquals(await askAhead(chunks(30, 10), answersFor(model), unmet), {
    answered: 29,
    refused: 1,
    left: 0,
  });
});

Deno.test("askAhead() passes over pairs without a usable answer, and ends with any other failure", async () => {
  const failures: string[] = [];
  const onFailure = (error: unknown) => failures.push((error as Error).message);
  const bad = new InProcessModel({ level: (_, title) => title === "0" ? 8 : 1 });
  assertEquals((await askAhead(chunks(50, 10), answersFor(bad), { stop: never, onFailure })).answered, 49);
  assertEquals(failures.length, 1);
  assertMatch(failures[0]!, /"title":"0"\}: its answer was .+ in 3 calls$/);

  const down = new InProcessModel({
    fail: ({ number }) => number > 2 ? { code: "UNAUTHENTICATED" } : undefined,
  });
  const { answered, left } = await askAhead(chunks(500, 10), answersFor(down), { stop: never, onFailure });
  assertEquals([answered, left > 0, failures.length], [20, true, 2]);
});

Deno.test("askAhead() keeps what is in a call when it is stopped, and asks no more", async () => {
  const stop = new AbortController();
  const model = new InProcessModel({
    delayMs: ({ number }) => {
      if (number === 4) stop.abort(new Error("enough"));
      return number > 2 ? 20 : 0;
    },
  });
  const asked = await askAhead(chunks(500, 10), answersFor(model), { ...unmet, stop: stop.signal });
  assertEquals([model.calls.length, asked.answered], [4, 40]);
});

Deno.test("askAhead() throws what the chunks throw, once what is under way has ended", async () => {
  const model = new InProcessModel();
  const broken = async function* () {
    yield* chunks(20, 10);
    throw new Error("no more");
  };
  await assertRejects(() => askAhead(broken(), answersFor(model), unmet), Error, "no more");
  assertEquals(model.calls.length, 2);
});

Deno.test("unknownPairs() leaves out cached pairs, fills calls across lookups, and ends at `most`", async () => {
  const cache = new MemoryCache("ask_ahead_test: unknownPairs");
  const keys = Array.from({ length: 10 }, (_, i) => `${i}`);
  await cache.set([["1", 3], ["2", 4]], never);
  const options = { cache, windowRecords: 3, maxCallQuestions: 4, signal: never };
  const pairs = { reached: 0, known: 0, chosen: 0 };
  const all = await Array.fromAsync(unknownPairs(keys, pairs, { ...options, most: Infinity }));
  assertEquals(all, [["0", "3", "4", "5"], ["6", "7", "8", "9"]]);
  assertEquals(pairs, { reached: 10, known: 2, chosen: 8 });
  const some = { reached: 0, known: 0, chosen: 0 };
  const few = await Array.fromAsync(unknownPairs(keys, some, { ...options, most: 2 }));
  assertEquals([few, some], [[["0", "3"]], { reached: 4, known: 2, chosen: 2 }]);
});
