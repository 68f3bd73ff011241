import { assert, assertEquals } from "@std/assert/mod.js";
import * as fc from "fast-check";
import type { Answers } from "../../../lib/answers/answers.ts";
import { ObjectCounts } from "../../../lib/records/batch.ts";
import type { Cache } from "../../../lib/caches/cache.ts";
import { openCache } from "../../../lib/caches/open_cache.ts";
import { processObject } from "../../../lib/records/pipeline.ts";
import { ObjectSink } from "../../../lib/sinks/object_sink.ts";
import { ObjectSource } from "../../../lib/sources/object_source.ts";
import { openTestAnswers } from "../../fakes/answers.ts";
import { InProcessModel } from "../../fakes/in_process_model.ts";
import { MemoryStore } from "../../fakes/memory_store.ts";
import { FakeRedis } from "../../fakes/redis.ts";
import { testRecipe } from "../../fakes/recipe.ts";

const recipe = { ...testRecipe, outputField: "level" };

const line = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.nat({ max: 30 }).map((n) => `{"title":"t ${n}","company":"c","id":${n}}`),
  },
  { weight: 1, arbitrary: fc.constantFrom("", "no json", '{"title":"x"}') },
);
const objects = fc.array(
  fc.record({
    text: fc.array(line, { maxLength: 12 }).map((lines) => lines.join("\n")),
    process: fc.nat({ max: 2 }),
  }),
  { minLength: 1, maxLength: 8 },
);

/** Takes objects through a process of its own, one after the other, and gives what came out. */
class Process {
  readonly destination = new MemoryStore();
  readonly #source = new MemoryStore();
  /** Its own: listeners live as long as it does. */
  readonly #signal = new AbortController().signal;
  readonly #cache: Cache;
  readonly #answers: Answers;
  #written: Promise<unknown> = Promise.resolve();

  constructor(cache: Cache, model: InProcessModel, memoryCacheBytes: number) {
    this.#cache = cache;
    this.#answers = openTestAnswers({
      cache: {
        url: cache.url,
        freshMs: cache.freshMs,
        get: (keys, signal) => cache.get(keys, signal),
        set: (entries, signal) => {
          const written = cache.set(entries, signal);
          this.#written = Promise.all([this.#written, written]);
          return written;
        },
        check: (signal) => cache.check(signal),
        close: () => cache.close(),
      },
      model,
      maxInFlightCalls: 2,
      maxCallQuestions: 10,
      maxCallBytes: 100_000,
      maxInFlightBytes: 10_000,
      memoryCacheBytes,
      objects: 1,
      maxOpenObjects: 1,
      lingerSeconds: 0.001,
      onTrouble: (message) => assert(false, message),
      signal: this.#signal,
    });
  }

  async process(name: string, text: string): Promise<void> {
    const object = this.#source.give(name, new TextEncoder().encode(text));
    await processObject({
      object,
      objectAnswers: await this.#answers.open(),
      counts: new ObjectCounts(),
      condition: { ifAbsent: true },
      knownRejects: 0,
      mayHaveRejects: false,
      signal: this.#signal,
    }, {
      source: new ObjectSource(this.#source),
      destination: new ObjectSink(this.destination),
      fingerprint: "f",
      recipe,
      maxExpansion: 200,
      maxLineBytes: 1_000,
      windowRecords: 4,
      windowBytes: 1_000,
      maxCallBytes: 100_000,
      maxRejects: { percent: 100 },
    });
    // What is on its way to the cache is not known to other processes.
    await this.#written;
  }

  async close(): Promise<void> {
    this.#answers.endOfObjects();
    await this.#answers.close();
    await this.#cache.close();
  }
}

const settings = [
  {},
  { bloom: 0.001 },
  { bloom: 0.1 },
  { ttl: 90 * 86_400 },
  { ttl: 60, bloom: 0.1 },
  { ttl: 3_600, cacheLayout: "strings" },
] as const;

Deno.test("bloom and ttl change no byte of any output, and no question, whichever process does which object", async () => {
  await fc.assert(
    fc.asyncProperty(
      objects,
      fc.constantFrom(1, 1_000_000),
      fc.boolean(),
      async (objects, memory, flushes) => {
        const results: unknown[] = [];
        for (const options of settings) {
          await using redis = new FakeRedis();
          const model = new InProcessModel();
          const onTrouble = (message: string) => assert(false, message);
          const open = async () =>
            new Process(
              await openCache({ url: redis.url, ...options }, "n", {
                onTrouble,
              }),
              model,
              memory,
            );
          const processes = [await open(), await open(), await open()];
          for (const [i, { process, text }] of objects.entries()) {
            await processes[process]!.process(`${i}.jsonl`, text);
          }
          for (const process of processes) await process.close();
          // A late one finds all of it, or, after a flush, asks it all again.
          if (flushes) {
            for (const key of Object.keys(redis.contents())) {
              redis.forget(key);
            }
          }
          const late = await open();
          for (const [i, { text }] of objects.entries()) {
            await late.process(`${i}.jsonl`, text);
          }
          await late.close();
          const { keys, keysAskedTwice, questions } = model.stats();
          results.push({
            outputs: [...processes, late].map(({ destination }) =>
              [...destination.objects.keys()].sort().map((
                name,
              ) => [name, destination.text(name)])
            ),
            keys,
            keysAskedTwice: flushes ? keys : keysAskedTwice,
            questions,
          });
        }
        for (const result of results) assertEquals(result, results[0]);
        const [{ keys, keysAskedTwice }] = results as [
          { keys: number; keysAskedTwice: number },
        ];
        assertEquals(keysAskedTwice, flushes ? keys : 0);
      },
    ),
    { numRuns: 25 },
  );
});
