import { assert, assertEquals, assertLessOrEqual } from "@std/assert/mod.js";
import { install } from "@sinonjs/fake-timers";
import type { Answers } from "../../lib/answers/answers.ts";
import type { Batch } from "../../lib/records/batch.ts";
import { MemoryCache } from "../../lib/caches/memory.ts";
import { openTestAnswers, type TestAnswersOptions } from "../fakes/answers.ts";
import { InProcessModel } from "../fakes/in_process_model.ts";
import { FakeFleet } from "../fakes/coordinator.ts";
import { fakeLevel } from "../fakes/model_behaviour.ts";
import { batchOf } from "../records/stages/answering.ts";

/** A process of a fleet that shares a cache by its name. */
function processOf(
  fleet: FakeFleet,
  model: InProcessModel,
  cache: string,
  options: TestAnswersOptions = {},
): Answers {
  return openTestAnswers({
    cache: new MemoryCache(cache),
    model,
    coordinator: fleet.join(),
    callsPerSecond: 1,
    patienceSeconds: 60,
    maxInFlightBytes: 24 * 1024 ** 2,
    memoryCacheBytes: 64 * 1024 ** 2,
    ...options,
  });
}

const levels = (titles: readonly string[]) => titles.map((title) => fakeLevel("Acme", title));

/** Asks for one object of one batch. */
async function ask(answers: Answers, ...titles: string[]): Promise<Batch["answers"]> {
  const objectAnswers = await answers.open();
  const batch = batchOf(...titles);
  const { settled } = await objectAnswers.claim(batch);
  objectAnswers.end();
  try {
    await settled;
  } finally {
    objectAnswers.close(new Error("closed"));
  }
  return batch.answers;
}

Deno.test("Coordinated Answers leave a key to the process that holds it, and find its answer in the cache", async () => {
  await withClock(async (clock) => {
    const fleet = new FakeFleet();
    const model = new InProcessModel({ delayMs: 3_000 });
    const name = crypto.randomUUID();
    const [one, two] = [processOf(fleet, model, name), processOf(fleet, model, name)];
    const first = ask(one, "a", "b");
    one.endOfObjects();
    await clock.tickAsync(100);
    const second = ask(two, "b", "c");
    two.endOfObjects();
    await clock.tickAsync(10_000);
    assertEquals([await first, await second], [levels(["a", "b"]), levels(["b", "c"])]);
    assertEquals(model.calls.map(({ questions }) => questions.map(({ title }) => title)), [["a", "b"], [
      "c",
    ]]);
    assertEquals(two.counts, { seen: 2, local: 0, hits: 1, asked: 1 });
    await Promise.all([one.close(), two.close()]);
    assertEquals(fleet.holders.size, 0);
  });
});

Deno.test("Coordinated Answers wait for each other without a deadlock, though each holds what the other needs", async () => {
  await withClock(async (clock) => {
    const fleet = new FakeFleet();
    const model = new InProcessModel();
    const name = crypto.randomUUID();
    const [one, two] = [processOf(fleet, model, name), processOf(fleet, model, name)];
    // Each one's first object stays open, and waits for the other's question as well as for its own.
    const open = async (answers: Answers, batches: readonly Batch[]) => {
      const objectAnswers = await answers.open();
      const claimed = [];
      for (const batch of batches) claimed.push(await objectAnswers.claim(batch));
      return { objectAnswers, claimed };
    };
    const batches = [[batchOf("a"), batchOf("b")], [batchOf("b"), batchOf("a")]];
    const [first, second] = [await open(one, [batches[0]![0]!]), await open(two, [batches[1]![0]!])];
    await clock.tickAsync(100);
    assertEquals([one.stats().questionsWaiting, two.stats().questionsWaiting, model.calls.length], [1, 1, 0]);
    const [third, fourth] = [
      await first.objectAnswers.claim(batches[0]![1]!),
      await second.objectAnswers.claim(batches[1]![1]!),
    ];
    for (const { objectAnswers } of [first, second]) objectAnswers.end();
    one.endOfObjects();
    two.endOfObjects();
    await clock.tickAsync(10_000);
    await Promise.all([third.settled, fourth.settled]);
    assertEquals(model.stats().questions, 2);
    for (const { objectAnswers } of [first, second]) objectAnswers.close(undefined);
    await Promise.all([one.close(), two.close()]);
  });
});

Deno.test("Coordinated Answers ask the keys of a process that died, after its claims expire", async () => {
  await withClock(async (clock) => {
    const fleet = new FakeFleet({ heldMs: 9_000 });
    const dead = fleet.join();
    const { signal } = new AbortController();
    const model = new InProcessModel();
    const answers = processOf(fleet, model, crypto.randomUUID());
    const { encodeKey } = await import("../../lib/recipe/key.ts");
    await dead.claims.claim([encodeKey("Acme", "a")], signal);
    const asked = ask(answers, "a", "b");
    answers.endOfObjects();
    await clock.tickAsync(8_900);
    assertEquals(model.calls.flatMap(({ questions }) => questions.map(({ title }) => title)), ["b"]);
    await clock.tickAsync(2_000);
    assertEquals(await asked, levels(["a", "b"]));
    await answers.close();
  });
});

Deno.test("Coordinated Answers hold their keys for as long as the model takes", async () => {
  await withClock(async (clock) => {
    const fleet = new FakeFleet({ heldMs: 9_000 });
    const model = new InProcessModel({ delayMs: 60_000 });
    const name = crypto.randomUUID();
    const [one, two] = [processOf(fleet, model, name), processOf(fleet, model, name)];
    const first = ask(one, "a");
    one.endOfObjects();
    await clock.tickAsync(1_000);
    const second = ask(two, "a");
    two.endOfObjects();
    await clock.tickAsync(65_000);
    assertEquals([await first, await second, model.calls.length], [levels(["a"]), levels(["a"]), 1]);
    await Promise.all([one.close(), two.close()]);
  });
});

Deno.test("Coordinated Answers share what the model refuses", async () => {
  await withClock(async (clock) => {
    const fleet = new FakeFleet();
    const model = new InProcessModel({ refuse: ({ title }) => title === "odd" });
    const name = crypto.randomUUID();
    const [one, two] = [processOf(fleet, model, name), processOf(fleet, model, name)];
    const first = ask(one, "odd", "a");
    one.endOfObjects();
    await clock.tickAsync(100);
    const second = ask(two, "odd");
    two.endOfObjects();
    await clock.tickAsync(20_000);
    assertEquals([await first, await second], [["refused", ...levels(["a"])], ["refused"]]);
    assertEquals(two.stats().model.calls, 0);
    await Promise.all([one.close(), two.close()]);
  });
});

Deno.test("Answers continue without the coordinator, at their share of the rate, and say so once", async () => {
  await withClock(async (clock) => {
    const fleet = new FakeFleet({ callsPerSecond: 1 });
    const model = new InProcessModel();
    const trouble: string[] = [];
    const onTrouble = (message: string) => trouble.push(message);
    const name = crypto.randomUUID();
    const processes = Array.from(
      { length: 4 },
      () => processOf(fleet, model, name, { onTrouble, lingerSeconds: 0, maxCallQuestions: 1 }),
    );
    for (const [i, answers] of processes.entries()) {
      const asked = ask(answers, `${i}`);
      await clock.tickAsync(5_000);
      await asked;
    }
    fleet.failure = new Error("Cannot take a turn in test:: it is down");
    const before = model.calls.length;
    const asking = processes.map((answers, i) =>
      ask(answers, ...Array.from({ length: 10 }, (_, n) => `${i} ${n}`))
    );
    await clock.tickAsync(40_000);
    const made = model.calls.slice(before).map(({ at }) => at);
    for (const from of made) {
      assertLessOrEqual(made.filter((at) => at >= from && at < from + 10_000).length, 12);
    }
    assertEquals(made.length >= 36, true, `${made.length} calls`);
    assertEquals(new Set(trouble).size, 2);
    assertEquals(trouble.toSorted().toReversed(), [
      ...processes.map(() =>
        "Continuing without the shared rate limit, at this process's share of it: Cannot take a turn in test:: it is down"
      ),
      ...processes.map(() =>
        "Continuing without coordination, so two processes may ask the same question: Cannot take a turn in test:: it is down"
      ),
    ]);
    trouble.length = 0;
    fleet.failure = undefined;
    await clock.tickAsync(20_000);
    await Promise.all(asking);
    const last = processes.map((answers, i) => ask(answers, `last ${i}`));
    await clock.tickAsync(20_000);
    await Promise.all(last);
    await Promise.all(processes.map((answers) => answers.close()));
    assertEquals(
      new Set(trouble),
      new Set(["Coordination works again: fake:", "The shared rate limit works again: fake:"]),
    );
  });
});

for (const linger of [undefined, 0.5]) {
  Deno.test(`Answers of a fleet ask at the fleet's rate, each key once, in full calls, ${linger === undefined ? "to the end" : "lingering"}`, async () => {
    await withClock(async (clock) => {
      const objects = 400, lines = 555, windowRecords = 100, pool = 5_000, maxCallQuestions = 100;
      const fleet = new FakeFleet({ callsPerSecond: 1 });
      const model = new InProcessModel({ delayMs: 300 });
      const name = crypto.randomUUID();
      const processes = Array.from(
        { length: 4 },
        () =>
          processOf(fleet, model, name, {
            lingerSeconds: linger,
            maxCallQuestions,
            maxInFlightBytes: 2_400_000,
          }),
      );
      let seed = 1;
      const random = (n: number) => (seed = seed * 48_271 % 2_147_483_647) % n;
      const keys = new Set<string>();
      const work = Array.from({ length: objects }, (_, object) => {
        const titles = Array.from(
          { length: lines },
          (_, line) => line % 10 === 0 ? `own ${object} ${line}` : `shared ${random(pool)}`,
        );
        for (const title of titles) keys.add(title);
        return titles;
      });
      let isOver = false;
      const running = processes.map(async (answers) => {
        const objects: Promise<void>[] = [];
        for (let titles = work.shift(); titles !== undefined; titles = work.shift()) {
          const some = titles;
          const objectAnswers = await answers.open();
          objects.push((async () => {
            const settled: Promise<void>[] = [];
            for (let start = 0; start < some.length; start += windowRecords) {
              const batch = batchOf(...new Set(some.slice(start, start + windowRecords)));
              const claimed = await objectAnswers.claim({ ...batch, bytes: windowRecords * 120 });
              const last = settled.at(-1);
              settled.push(claimed.settled.then(() => last).then(() => objectAnswers.release(claimed)));
            }
            objectAnswers.end();
            await Promise.all(settled);
            objectAnswers.close(undefined);
          })());
        }
        answers.endOfObjects();
        await Promise.all(objects);
        await answers.close();
      });
      const done = Promise.all(running).then(() => isOver = true);
      for (let second = 0; !isOver; second++) {
        assert(second < 1_000, `${model.calls.length} calls, ${keys.size} keys`);
        await clock.tickAsync(1_000);
      }
      await done;
      const { calls, keysAskedTwice, questions } = model.stats();
      assertEquals([questions, keysAskedTwice], [keys.size, 0]);
      const optimum = Math.ceil(keys.size / maxCallQuestions);
      assertLessOrEqual(calls, optimum * 1.02 + processes.length);
      const at = model.calls.map(({ at }) => at);
      for (const from of at) {
        assertLessOrEqual(at.filter((ms) => ms >= from && ms < from + 10_000).length, 12);
      }
    });
  });
}

async function withClock(test: (clock: ReturnType<typeof install>) => Promise<void>): Promise<void> {
  const clock = install({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  try {
    await test(clock);
  } finally {
    clock.uninstall();
  }
}
