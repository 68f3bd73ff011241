import { assert, assertEquals } from "@std/assert/mod.js";
import fc from "fast-check";
import { Claim } from "../../lib/answers/claim.ts";
import { CountMinSketch } from "../../lib/shortcuts/count_min_sketch.ts";
import { NearTitles } from "../../lib/shortcuts/near_titles.ts";
import { RarePairs } from "../../lib/shortcuts/rare_pairs.ts";
import { ShortcutChain } from "../../lib/shortcuts/shortcut_chain.ts";
import { titleShape } from "../../lib/shortcuts/title_shape.ts";
import type { Batch } from "../../lib/records/batch.ts";
import { encodeKey } from "../../lib/recipe/key.ts";
import { ModelError, type Question } from "../../lib/models/model.ts";
import { InferStream } from "../../lib/records/stages/infer.ts";
import { LookupStream } from "../../lib/records/stages/lookup.ts";
import { openTestAnswers } from "../fakes/answers.ts";
import { numRuns } from "../property_runs.ts";
import { batchOf } from "../records/stages/answering.ts";

const ranks = ["", "Senior ", "Junior "];
/** Titles of three groups; in a group, all are near each other. */
const title = fc.tuple(fc.constantFrom(...ranks), fc.nat({ max: 20 }))
  .map(([rank, n]) => `${rank}Payments Engineer ${String.fromCharCode(97 + n).repeat(3)}`);

/** Near titles differ in some cases, so that it shows whose answer a title has. */
function level(title: string): number {
  return 1 + title.charCodeAt(title.length - 1) % 7;
}

/** A failed call, but for its status. */
const refusal = { url: "test:", reason: "on demand" };

/** Near titles that share answers from the start: what was seen has shown enough. */
function sharing(target: number, sampleShare: number): NearTitles {
  const near = new NearTitles({ target, sampleShare, onChange: () => {} });
  for (let i = 0; !near.isOn; i++) {
    const key = encodeKey("Other", `Warehouse Operative ${"abcdefghij"[i % 10]!.repeat(4)}`);
    near.asked(new Claim(key));
    near.answered(key, 2);
  }
  return near;
}

const run = fc.record({
  objects: fc.array(
    fc.record({
      batches: fc.array(fc.uniqueArray(title, { maxLength: 10 }), { maxLength: 6 }),
      fails: fc.integer({ min: 1, max: 6 }).map((n) => n === 1),
    }),
    { maxLength: 8 },
  ),
  known: fc.array(title, { maxLength: 5 }),
  refused: fc.array(title, { maxLength: 3 }),
  /** The call that fails for good, if it comes. */
  failedCall: fc.integer({ min: 1, max: 12 }),
  target: fc.constantFrom(0.5, 0.9),
  sampleShare: fc.constantFrom(0.001, 0.5),
  rareBelow: fc.constantFrom(1, 2, 4),
  budget: fc.integer({ min: 1, max: 20 }),
  maxCallQuestions: fc.integer({ min: 1, max: 20 }),
  maxInFlightCalls: fc.integer({ min: 1, max: 4 }),
  maxQuestions: fc.constantFrom(Infinity, Infinity, 5),
  memoryCacheBytes: fc.constantFrom(1, 1_000_000),
});

Deno.test("Answers with shortcuts: any objects, failures and orders of events end, each with its own or a near answer, and the cache has the model's alone", async () => {
  await fc.assert(
    fc.asyncProperty(run, fc.scheduler(), async (given, scheduler) => {
      const cached = new Map(given.known.map((title) => [encodeKey("Acme", title), level(title)]));
      let calls = 0;
      const answers = openTestAnswers({
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
            const call = ++calls;
            await scheduler.schedule(Promise.resolve());
            if (questions.some(({ title }) => given.refused.includes(title))) {
              throw new ModelError({ ...refusal, code: "INVALID_ARGUMENT", failure: "refused" });
            }
            if (call === given.failedCall) {
              throw new ModelError({ ...refusal, code: "INTERNAL", failure: "call" });
            }
            return questions.map(({ id, title }) => ({ id, value: level(title) }));
          },
          check: () => Promise.resolve(""),
          close: () => Promise.resolve(),
        },
        maxInFlightCalls: given.maxInFlightCalls,
        maxCallQuestions: given.maxCallQuestions,
        maxInFlightBytes: given.budget,
        memoryCacheBytes: given.memoryCacheBytes,
        objects: 3,
        maxQuestions: given.maxQuestions,
        shortcut: new ShortcutChain([
          sharing(given.target, given.sampleShare),
          new RarePairs({ below: given.rareBelow, probability: 0, sketch: new CountMinSketch(65_536) }),
        ]),
        keepsOrigins: true,
        onTrouble: () => {},
      });
      const outputs: Batch[] = [];
      const work = async () => {
        const running: Promise<void>[] = [];
        for (const { batches, fails } of given.objects) {
          await scheduler.schedule(Promise.resolve()); // the listing
          const objectAnswers = await answers.open();
          let next = 0;
          const source = new ReadableStream<Batch>({
            async pull(controller) {
              await scheduler.schedule(Promise.resolve()); // the source
              const titles = batches[next++];
              if (titles === undefined && fails) controller.error(new Error("the source failed"));
              else if (titles === undefined) controller.close();
              else controller.enqueue(batchOf(...titles));
            },
          });
          const flow = async () => {
            const answered = source.pipeThrough(new LookupStream(objectAnswers)).pipeThrough(
              new InferStream(objectAnswers),
            );
            for await (const batch of answered) {
              await scheduler.schedule(Promise.resolve()); // the upload
              outputs.push(batch);
            }
          };
          running.push(
            flow().then(() => {
              const { seen, local, hits, asked, cluster = 0, rare = 0 } = objectAnswers.counts;
              assertEquals(seen, local + hits + asked + cluster + rare);
            }, () => {}).finally(() => objectAnswers.close(new Error("closed"))),
          );
        }
        answers.endOfObjects();
        await Promise.all(running);
        await answers.close();
      };
      await scheduler.waitFor(work());

      const { seen, local, hits, asked, cluster = 0, rare = 0 } = answers.counts;
      assertEquals(
        seen,
        local + hits + asked + cluster + rare,
        "keys of failed objects are accounted for too",
      );
      const titles = given.objects.flatMap(({ batches }) => batches.flat()).concat(given.known);
      for (const { answers, keys, origins } of outputs) {
        keys.forEach((key, slot) => {
          const title = key.slice("4:Acme".length), answer = answers[slot], origin = origins![slot];
          if (answer === "refused") return assert(given.refused.includes(title));
          if (origin === "rare") return assertEquals(answer, "skipped");
          if (origin !== "cluster") return assertEquals(answer, level(title), `${title} by ${origin}`);
          const shape = titleShape(title)!.level;
          const near = titles.filter((other) => other !== title && titleShape(other)!.level === shape);
          assert(near.some((other) => level(other) === answer), `${title} has ${answer} of no near title`);
        });
      }
      for (const [key, answer] of cached) {
        assertEquals(answer, level(key.slice("4:Acme".length)), "in the cache");
      }
    }),
    { numRuns },
  );
});
