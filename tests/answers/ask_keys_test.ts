import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { askKeys } from "../../lib/answers/ask_keys.ts";
import { encodeKey } from "../../lib/recipe/key.ts";
import { InProcessModel } from "../fakes/in_process_model.ts";
import { fakeLevel } from "../fakes/model_behaviour.ts";
import { until } from "../until.ts";
import { answersOf } from "../records/stages/answering.ts";

const { signal } = new AbortController();
const keys = (...titles: string[]) => titles.map((title) => encodeKey("Acme", title));
const levels = (...titles: string[]) => titles.map((title) => fakeLevel("Acme", title));

/** Answers whose calls leave at once: no more objects will come than those that ask. */
function endingAnswers(model: InProcessModel) {
  const answers = answersOf(model);
  answers.endOfObjects();
  return answers;
}

Deno.test("askKeys() answers in the keys' order, and says what was refused", async () => {
  const model = new InProcessModel({ refuse: ({ title }) => title === "odd" });
  const answers = endingAnswers(model);
  const known = await askKeys(answers, keys("b", "odd", "a"), signal);
  assertEquals(known, [levels("b")[0]!, "refused", levels("a")[0]!]);
  assertEquals(await askKeys(answers, keys("a", "odd"), signal), [levels("a")[0]!, "refused"]);
  assertEquals(await askKeys(answers, [], signal), []);
  await answers.close();
});

Deno.test("askKeys() ends when it is aborted while it waits, and keeps nothing open", async () => {
  const model = new InProcessModel({ fail: ({ number }) => number === 1 ? "hang" : undefined });
  const answers = endingAnswers(model);
  const gone = new AbortController(), reason = new Error("gone");
  const asking = askKeys(answers, keys("a"), gone.signal);
  await until(() => model.calls.length === 1);
  // There is room for one at a time: the second waits for the first, the third gives up before its turn.
  const left = new AbortController();
  const waiting = askKeys(answers, keys("a", "b"), left.signal);
  const second = assertRejects(() => waiting, Error, "left");
  left.abort(new Error("left"));
  await second;
  gone.abort(reason);
  assertEquals(await assertRejects(() => asking), reason);
  // The place is free again.
  assertEquals(await askKeys(answers, [], signal), []);
  assertEquals(await assertRejects(() => askKeys(answers, keys("a"), AbortSignal.abort(reason))), reason);
});

Deno.test("askKeys() fails as a question does, and others continue", async () => {
  const model = new InProcessModel({ fail: ({ number }) => number === 1 ? { code: "INTERNAL" } : undefined });
  const answers = endingAnswers(model);
  await assertRejects(() => askKeys(answers, keys("a"), signal), Error, "INTERNAL");
  assertEquals(await askKeys(answers, keys("a"), signal), levels("a"));
  await answers.close();
});
