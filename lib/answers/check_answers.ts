import type { Model, RawAnswer } from "../models/model.ts";

/** Why a question of a call has no answer that counts. */
export type AnswerFault = "missing" | "doubled" | "out of range";

/**
 * Holds a call's answers against its questions, whose ids were 1…n: each must come back exactly once, as a whole
 * number in the model's range. Answers to questions that were not asked are passed over; so is whatever
 * contradicts itself.
 *
 * @returns For each question, in the order of ids, its answer or its fault.
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
