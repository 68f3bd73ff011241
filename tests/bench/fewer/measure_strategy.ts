import { classify } from "../../../lib/seniority/reference.ts";
import { spreadOf } from "../spread.ts";
import type { FewerData } from "./fewer_data.ts";
import { noAnswer } from "./no_answer.ts";
import type { Strategy } from "./strategy.ts";

/** A row of the table. Shares are of all records, 0 to 1. */
export interface MeasuredStrategy extends Pick<Strategy, "name" | "setting" | "canChangeAnswers"> {
  /** Questions without the strategy, and with it. */
  readonly before: number;
  readonly after: number;
  /** Records that are left without an answer. */
  readonly skipped: number;
  /** Records with another answer than if each one had been asked as it is written. */
  readonly changed: number;
  /** Records with the answer to their plain title. */
  readonly asPlain: number;
  readonly bytes: number;
  /** The strategy's own time for a record, in microseconds, without the model's: the median of the rounds. */
  readonly micros: number;
}

/** Runs a strategy several times; memory is weighed after the first. */
export async function measureStrategy(
  strategy: Strategy,
  data: FewerData,
  rounds: number,
): Promise<MeasuredStrategy> {
  const records = data.levels.length;
  const answers = new Uint8Array(records);
  const micros: number[] = [];
  let questions = 0, bytes = 0;
  for (let round = 0; round < rounds; round++) {
    let asked = 0, askedMs = 0;
    const ask = (company: string, title: string) => {
      const started = performance.now();
      const answer = classify(company, title);
      askedMs += performance.now() - started;
      asked++;
      return answer;
    };
    answers.fill(0);
    const before = round === 0 ? heapBytes() : 0;
    const started = performance.now();
    const kept = await strategy.run(data, ask, answers);
    micros.push((performance.now() - started - askedMs) * 1000 / records);
    if (round === 0) {
      bytes = Math.max(0, kept.held === undefined ? 0 : heapBytes() - before) +
        (kept.bytes ?? 0);
      questions = asked;
    } else if (asked !== questions) {
      throw new Error(
        `Cannot measure ${strategy.name}: it asked ${questions} questions, and ${asked} when run again`,
      );
    }
    if (answers.includes(0)) {
      throw new Error(
        `Cannot measure ${strategy.name}: it left records without an answer`,
      );
    }
  }
  const skipped = answers.filter((answer) => answer === noAnswer).length /
    records;
  return {
    name: strategy.name,
    setting: strategy.setting,
    canChangeAnswers: strategy.canChangeAnswers,
    before: data.asked[strategy.without],
    after: questions,
    skipped,
    changed: shareOf(answers, data.levels, false) - skipped,
    asPlain: shareOf(answers, data.plainLevels, true),
    bytes,
    micros: spreadOf(micros).median,
  };
}

/** Share of the answers that are, or are not, those of a list. */
export function shareOf(
  answers: Uint8Array,
  levels: Uint8Array,
  isEqual: boolean,
): number {
  let count = 0;
  for (let i = 0; i < answers.length; i++) {
    if ((answers[i] === levels[i]) === isEqual) count++;
  }
  return count / answers.length;
}

function heapBytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return Deno.memoryUsage().heapUsed;
}
