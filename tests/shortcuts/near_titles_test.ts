import { assert, assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import type { Answers } from "../../lib/answers/answers.ts";
import { NearTitles } from "../../lib/shortcuts/near_titles.ts";
import type { Batch } from "../../lib/records/batch.ts";
import { MemoryCache } from "../../lib/caches/memory.ts";
import { encodeKey } from "../../lib/recipe/key.ts";
import { openTestAnswers, type TestAnswersOptions } from "../fakes/answers.ts";
import { InProcessModel } from "../fakes/in_process_model.ts";
import { batchOf } from "../records/stages/answering.ts";

const places = Array.from({ length: 26 * 26 }, (_, i) => [i % 26, Math.floor(i / 26)])
  .map((letters) => letters.map((letter) => String.fromCharCode(97 + letter!).repeat(3)).join(""));
/** Titles that are near each other. */
const titles = (rank: string, from: number, to: number) =>
  places.slice(from, to).map((place) => `${rank}Payments Operations Engineer ${place}`);

/** Answers with near titles, and what they report. */
function fixture(options: { level?: (company: string, title: string) => number; refuses?: string } = {}) {
  const messages: string[] = [];
  const model = new InProcessModel({
    level: options.level ?? (() => 3),
    fail: ({ questions }) =>
      questions.some(({ title }) => title === options.refuses) ? { code: "INVALID_ARGUMENT" } : undefined,
  });
  const cache = new MemoryCache(crypto.randomUUID());
  const tell = (message: string) => void messages.push(message);
  const answers = (more: TestAnswersOptions = {}) =>
    openTestAnswers({
      cache,
      model,
      maxInFlightCalls: 1,
      keepsOrigins: true,
      shortcut: new NearTitles({ target: 0.9, sampleShare: 0.1, onChange: tell }),
      onTrouble: tell,
      ...more,
    });
  return { answers, cache, messages, model };
}

/** Asks for one batch after the other. */
async function ask(answers: Answers, ...lists: string[][]): Promise<Batch[]> {
  const batches = lists.map((titles) => batchOf(...titles));
  for (const batch of batches) {
    const objectAnswers = await answers.open();
    const { settled } = await objectAnswers.claim(batch);
    objectAnswers.end();
    if (batch === batches.at(-1)) answers.endOfObjects();
    await settled;
    objectAnswers.close(new Error("closed"));
  }
  return batches;
}

const of = (batch: Batch, origin: string) => batch.origins!.filter((given) => given === origin).length;

Deno.test("Answers shares the answer of a near title once the sample shows the agreement", async () => {
  const { answers, cache, messages, model } = fixture();
  const process = answers({ lingerSeconds: 0 });
  const [first, second, third] = await ask(
    process,
    titles("", 0, 100),
    titles("", 100, 400),
    titles("", 100, 400),
  );
  assertEquals(of(first!, "model"), 100);
  assertStringIncludes(messages[0]!, "Near titles share answers: ");
  const shared = of(second!, "cluster");
  assert(shared > 240 && shared < 295, `${shared} of 300 share; some 30 are sampled`);
  assertEquals(shared + of(second!, "model"), 300);
  assertEquals(second!.answers, new Array(300).fill(3));
  assertEquals([of(third!, "cluster"), of(third!, "cache")], [shared, 300 - shared]);
  assertEquals(process.counts.asked, 400 - shared);
  await process.close();
  const clustered = second!.keys.filter((_, slot) => second!.origins![slot] === "cluster");
  const known = await cache.get(clustered, new AbortController().signal);
  assertEquals(known.filter((answer) => answer !== undefined), [], "no shared answer is in the cache");
  assertEquals(model.stats().keysAskedTwice, 0);
});

Deno.test("Answers never shares an answer across words that carry a level", async () => {
  const level = (_: string, title: string) => title.startsWith("Senior") ? 5 : 2;
  const { answers } = fixture({ level });
  const process = answers({ lingerSeconds: 0 });
  const [, second] = await ask(process, titles("", 0, 100), [
    ...titles("Senior ", 0, 50),
    ...titles("", 100, 150),
  ]);
  assertEquals(second!.answers, [...new Array(50).fill(5), ...new Array(50).fill(2)]);
  assert(of(second!, "cluster") > 70);
  await process.close();
});

Deno.test("Answers asks every near title again once the model's answers drift apart, and says so", async () => {
  let drifts = false;
  const level = (_: string, title: string) => drifts ? 1 + title.charCodeAt(title.length - 1) % 7 : 3;
  const { answers, messages } = fixture({ level });
  const process = answers({ lingerSeconds: 0 });
  await ask(process, titles("", 0, 200));
  assertEquals(process.stats().sharing!.threshold, 0.5);
  drifts = true;
  const [during] = await ask(process, titles("", 200, 500));
  assertEquals([process.stats().sharing!.threshold, process.stats().sharing!.stops], [null, 1]);
  assertStringIncludes(messages.at(-1)!, "Stopped sharing answers of near titles: ");
  // What waited for another title's answer in the same call was asked itself; what was shared before is not.
  const wrong = during!.keys.filter((_, slot) =>
    during!.answers[slot] !== level("", titles("", 200, 500)[slot]!)
  );
  assertEquals(of(during!, "cluster") >= wrong.length, true);
  const [after] = await ask(process, titles("", 200, 600));
  assertEquals(of(after!, "cluster"), 0, "what was shared is forgotten");
  assertEquals(after!.answers, titles("", 200, 600).map((title) => level("", title)));
  await process.close();
});

Deno.test("Answers asks a title itself whose near title is refused", async () => {
  const [leader, ...others] = titles("Lead ", 0, 20);
  const { answers } = fixture({ refuses: leader! });
  const process = answers({ lingerSeconds: 0 });
  const [, batch] = await ask(process, titles("", 0, 100), [leader!, ...others]);
  assertEquals(batch!.answers, ["refused", ...new Array(19).fill(3)]);
  const { seen, local, hits, asked, cluster = 0 } = process.counts;
  assertEquals(seen, local + hits + asked + cluster);
  await process.close();
});

Deno.test("NearTitles compares with what the cache knows", async () => {
  const { answers, cache } = fixture({ level: () => 4 });
  const known = titles("", 0, 1);
  await cache.set([[encodeKey("Acme", known[0]!), 4]], new AbortController().signal);
  const process = answers({ lingerSeconds: 0 });
  const [, asked] = await ask(process, known, titles("", 1, 51));
  assertEquals([of(asked!, "model"), process.stats().sharing!.sample], [50, 50]);
  assertEquals(process.stats().sharing!.threshold, 0.5);
  await process.close();
});
