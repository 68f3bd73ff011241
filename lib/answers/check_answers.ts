import type { Model, RawAnswer } from "../models/model.ts";

/** Why a question of a call has no valid answer. */
export type AnswerFault = "missing" | "doubled" | "out of range";

/**
 * Holds a call's answers against its questions, whose ids were 1…n: each must come back exactly once, as a whole
 * number in the model's range. Answers to questions that were not asked are ignored; a question that is answered twice has
 * no answer.
 *
 * @returns For each question, in the order of ids, its answer or its fault.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { checkAnswers } from "./check_answers.ts";
 *
 * const answers = [{ id: 2, value: 7 }, { id: 3, value: 8 }, { id: 0, value: 1 }];
 * assertEquals(checkAnswers(3, answers, { min: 1, max: 7 }), ["missing", 7, "out of range"]);
 * ```
 */
export function checkAnswers(
  questions: number,
  answers: readonly RawAnswer[],
  range: Model["range"],
): (number | AnswerFault)[] {
  const checked = new Array<number | AnswerFault>(questions).fill("missing");
  for (const { id, value } of answers) {
    const index = id - 1;
    if (checked[index] === undefined) continue;
    if (checked[index] !== "missing") checked[index] = "doubled";
    else {checked[index] = Number.isInteger(value) && value >= range.min && value <= range.max
        ? value
        : "out of range";}
  }
  return checked;
}
