import { encodeKey } from "../../../lib/recipe/key.ts";
import type { Strategy } from "./strategy.ts";

/** Each distinct question once in a run; nothing is known when the next one starts. */
export const exactStrategy: Strategy = {
  name: "distinct questions only",
  setting: "always on",
  canChangeAnswers: false,
  without: "byRecord",
  run({ companies, titles, runs }, ask, answers) {
    let known = new Map<string, number>();
    for (const { start, end } of runs) {
      known = new Map();
      for (let i = start; i < end; i++) {
        const key = encodeKey(companies[i]!, titles[i]!);
        let answer = known.get(key);
        if (answer === undefined) {
          known.set(key, answer = ask(companies[i]!, titles[i]!));
        }
        answers[i] = answer;
      }
    }
    return { held: known };
  },
};
