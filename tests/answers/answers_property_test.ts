import { numRuns } from "../property_runs.ts";
import { assert, assertEquals, assertLessOrEqual } from "@std/assert/mod.js";
import { install } from "@sinonjs/fake-timers";
import fc from "fast-check";
import type { Answers } from "../../lib/answers/answers.ts";
import type { Batch } from "../../lib/records/batch.ts";
import { openTestAnswers } from "../fakes/answers.ts";
import { encodeKey } from "../../lib/recipe/key.ts";
import type { Question } from "../../lib/models/model.ts";
import { FakeFleet } from "../fakes/coordinator.ts";
import { InferStream } from "../../lib/records/stages/infer.ts";
import { LookupStream } from "../../lib/records/stages/lookup.ts";

/** What the model says to a title that is a number in digits. */
function level(title: string): number {
  return 1 + Number(title) % 7;
}

function batchOf(titles: readonly number[], length: number): Batch {
  const keys = [...new Set(titles)].map((title) => encodeKey("c", String(title)));
  const text = new Uint8Array(length), ends = new Uint32Array(0);
  return {
    text,
    ends,
    lineNumbers: ends,
    bytes: length,
    keyOf: [],
    keys,
    answers: new Array(keys.length).fill(undefined),
    rejects: [],
  };
}

const batch = fc.record({
  titles: fc.array(fc.nat({ max: 60 }), { maxLength: 12 }),
  length: fc.integer({ min: 1, max: 50 }),
});

const run = fc.record({
  objects: fc.array(
    fc.record({
      batches: fc.array(batch, { maxLength: 8 }),
      fails: fc.integer({ min: 1, max: 6 }).map((n) => n === 1),
    }),
    { maxLength: 12 },
  ),
  known: fc.array(fc.nat({ max: 60 }), { maxLength: 20 }),
  budget: fc.integer({ min: 1, max: 400 }),
  objectsAtOnce: fc.integer({ min: 1, max: 5 }),
  maxCallQuestions: fc.integer({ min: 1, max: 20 }),
  maxInFlightCalls: fc.integer({ min: 1, max: 4 }),
  /** The least memory makes every answer leave it at once. */
  memoryCacheBytes: fc.constantFrom(1, 300, 1_000_000),
});

type Run = typeof run extends fc.Arbitrary<infer T> ? T : never;

/** Works through some objects in one process or several; they end, in order, and no key is asked twice. */
async function worksThrough(given: Run, scheduler: fc.Scheduler, processes: number): Promise<void> {
  const cached = new Map(
    given.known.map((title) => [encodeKey("c", String(title)), level(String(title))]),
  );
  const asked: string[] = [];
  let calls = 0;
  const signal = new AbortController().signal;
  const fleet = new FakeFleet({ network: () => scheduler.schedule(Promise.resolve()) });
  const fleetOf = () => processes > 1 ? fleet.join() : undefined;
  const processOf = () =>
    openTestAnswers({
      coordinator: fleetOf(),
      cache: {
        url: "test:",
        async get(keys) {
          await scheduler.schedule(Promise.resolve());
          return keys.map((key) => cached.get(key));
        },
        async set(entries) {
          await scheduler.schedule(Promise.resolve());
          for (const [key, answer] of entries) cached.set(key, answer);
        },
        check: () => Promise.resolve(""),
        close: () => Promise.resolve(),
      },
      model: {
        url: "test:",
        range: { min: 1, max: 7 },
        async ask(questions: readonly Question[]) {
          calls++;
          asked.push(...questions.map(({ title }) => title));
          await scheduler.schedule(Promise.resolve());
          return questions.map(({ id, title }) => ({ id, value: level(title) }));
        },
        check: () => Promise.resolve(""),
        close: () => Promise.resolve(),
      },
      maxInFlightCalls: given.maxInFlightCalls,
      maxCallQuestions: given.maxCallQuestions,
      maxInFlightBytes: given.budget,
      memoryCacheBytes: given.memoryCacheBytes,
      objects: given.objectsAtOnce,
      signal,
    });
  const all = Array.from({ length: processes }, processOf);

  const outputs: Batch[][] = [];
  const work = async (answers: Answers, at: number) => {
    const running: Promise<void>[] = [];
    for (const [index, { batches, fails }] of given.objects.entries()) {
      await scheduler.schedule(Promise.resolve()); // the listing
      if (index % processes !== at) continue;
      const objectAnswers = await answers.open();
      const output: Batch[] = outputs[index] = [];
      let next = 0;
      const source = new ReadableStream<Batch>({
        async pull(controller) {
          await scheduler.schedule(Promise.resolve()); // the source
          const given = batches[next++];
          if (given === undefined && fails) controller.error(new Error("the source failed"));
          else if (given === undefined) controller.close();
          else controller.enqueue(batchOf(given.titles, given.length));
        },
      });
      const flow = async () => {
        for await (
          const batch of source.pipeThrough(new LookupStream(objectAnswers)).pipeThrough(
            new InferStream(objectAnswers),
          )
        ) {
          await scheduler.schedule(Promise.resolve()); // the upload
          output.push(batch);
        }
      };
      running.push(
        flow().then(() => {
          assert(!fails, "a failed source came to its end");
          const { seen, local, hits, asked } = objectAnswers.counts;
          assertEquals(seen, local + hits + asked);
        }, (error) => assertEquals(error.message, "the source failed")).finally(() => {
          objectAnswers.close(new Error("closed"));
        }),
      );
    }
    answers.endOfObjects();
    await Promise.all(running);
    await answers.close();
  };
  await scheduler.waitFor(Promise.all(all.map(work)));

  for (const answers of all) {
    const { seen, local, hits, asked } = answers.counts;
    assertEquals(seen, local + hits + asked, "keys of failed objects are accounted for too");
  }
  assertEquals(fleet.holders.size, 0, "a claim is left");
  for (const [index, { batches, fails }] of given.objects.entries()) {
    if (fails) continue;
    const expected = batches.map(({ titles, length }) => {
      const batch = batchOf(titles, length);
      return { ...batch, answers: [...new Set(titles)].map((title) => level(String(title))) };
    });
    assertEquals(outputs[index], expected);
  }
  assertEquals(new Set(asked).size, asked.length, "a key was asked twice");
  if (processes > 1) return; // what fills a call may be with another process
  // A source that fails takes its batches back, so that its bytes gather nothing.
  const failed = given.objects.filter(({ fails }) => fails).length;
  const length = given.objects.flatMap(({ batches }) => batches).reduce(
    (sum, batch) => sum + batch.length,
    0,
  );
  const bound = failed + Math.ceil(asked.length / given.maxCallQuestions) +
    Math.ceil(length / given.budget) + 1;
  assertLessOrEqual(calls, bound);
}

Deno.test("Answers: any objects, sizes, orders of events and budget end, in order, asking no key twice, in full calls", async () => {
  await fc.assert(
    fc.asyncProperty(run, fc.scheduler(), (given, scheduler) => worksThrough(given, scheduler, 1)),
    { numRuns },
  );
});

Deno.test("Answers: the same with two and three coordinated processes, asking no key twice among them", async () => {
  // Polling what others ask is waiting: time advances while nothing else happens.
  const clock = install({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  clock.setTickMode({ mode: "nextAsync" });
  try {
    await fc.assert(
      fc.asyncProperty(run, fc.scheduler(), fc.integer({ min: 2, max: 3 }), worksThrough),
      { numRuns: Math.ceil(numRuns / 3), endOnFailure: true },
    );
  } finally {
    clock.uninstall();
  }
});
