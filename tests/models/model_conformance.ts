import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert/mod.js";
import type { Model, Question } from "../../lib/models/model.ts";

/** A model that answers each question, and what closes whatever it stands on. */
export interface ModelUnderTest extends AsyncDisposable {
  readonly model: Model;
  /** What it must answer. */
  level(company: string, title: string): number;
}

export const never = new AbortController().signal;

/** Questions numbered from 1. */
export function questionsOf(...titles: string[]): Question[] {
  return titles.map((title, i) => ({ id: i + 1, company: "Acme Corp", title }));
}

/** What every model does that works; run against each. */
export function testModel(name: string, open: () => Promise<ModelUnderTest>): void {
  const test = (behaviour: string, body: (subject: ModelUnderTest) => Promise<void>) =>
    Deno.test(`${name} ${behaviour}`, async () => {
      await using subject = await open();
      await body(subject);
    });

  const assertAnswers = async ({ model, level }: ModelUnderTest, questions: Question[]) => {
    const answers = await model.ask(questions, never);
    assertEquals(
      answers.toSorted((a, b) => a.id - b.id),
      questions.map(({ id, company, title }) => ({ id, value: level(company, title) })),
    );
  };

  test("answers one question", (subject) => assertAnswers(subject, questionsOf("Paralegal")));

  test("answers 1,000 questions, each by its id", (subject) =>
    assertAnswers(subject, questionsOf(...Array.from({ length: 1_000 }, (_, i) => `Engineer ${i}`))));

  test("answers the same question twice in a call", (subject) =>
    assertAnswers(subject, questionsOf("CEO", "CEO")));

  test("answers about any text", (subject) =>
    assertAnswers(subject, [
      ...questionsOf("", " ", "Geschäftsführer", "主任", "🧑‍🚀", 'a"b\\c\n\u0000', "x".repeat(100_000)),
      { id: 8, company: "", title: "" },
    ]));

  test("answers in its range", async ({ model }) => {
    const questions = questionsOf("CEO", "Intern", "Engineer");
    const { min, max } = model.range;
    for (const { value } of await model.ask(questions, never)) assert(value >= min && value <= max);
  });

  test("answers an empty call with nothing", async ({ model }) => {
    assertEquals(await model.ask([], never), []);
  });

  test("answers calls made side by side", async (subject) => {
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => assertAnswers(subject, questionsOf(`Engineer ${i}`))),
    );
  });

  test("rejects with the signal's reason when it is aborted already", async ({ model }) => {
    const reason = new Error("stopped");
    const error = await assertRejects(() => model.ask(questionsOf("CEO"), AbortSignal.abort(reason)));
    assertEquals(error, reason);
    assertEquals(await assertRejects(() => model.check(AbortSignal.abort(reason))), reason);
  });

  test("says in check() what was found", async ({ model }) => {
    assertNotEquals(await model.check(never), "");
  });
}
