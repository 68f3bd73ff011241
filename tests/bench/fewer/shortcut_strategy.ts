import type { Answers } from "../../../lib/answers/answers.ts";
import { MemoryCache } from "../../../lib/caches/memory.ts";
import { encodeKey } from "../../../lib/recipe/key.ts";
import { levelRange } from "../../../lib/seniority/level_range.ts";
import type { Model } from "../../../lib/models/model.ts";
import { openTestAnswers, type TestAnswersOptions } from "../../fakes/answers.ts";
import { noAnswer } from "./no_answer.ts";

/** Records as columns, in runs one after the other. */
export interface ShortcutData {
  readonly companies: readonly string[];
  readonly titles: readonly string[];
  readonly runs: readonly { readonly start: number; readonly end: number }[];
}

/** An option that asks the model less often, as `bench_fewer.ts` measures them. */
export interface ShortcutStrategy {
  readonly name: string;
  readonly setting: string;
  readonly canChangeAnswers: boolean;
  /** What would be asked without it. */
  readonly without: "distinct";
  /** Puts an answer for each record into `answers`, {@linkcode noAnswer} if it has none. */
  run(
    data: ShortcutData,
    ask: (company: string, title: string) => number,
    answers: Uint8Array,
  ): Promise<{ readonly held?: unknown; readonly bytes?: number }>;
}

const windowRecords = 1_000;

/** A strategy that goes through {@linkcode Answers}, a run's windows one after the other, with one cache for all runs. */
export function shortcutStrategy(
  { name, setting }: Pick<ShortcutStrategy, "name" | "setting">,
  /** Called for each strategy through all runs; what it returns is kept from run to run. */
  open: () => Pick<TestAnswersOptions, "shortcut">,
): ShortcutStrategy {
  return {
    name,
    setting,
    canChangeAnswers: true,
    without: "distinct",
    async run({ companies, runs, titles }, ask, answers) {
      const model: Model = {
        url: "bench:",
        range: levelRange,
        ask: (questions) =>
          Promise.resolve(
            questions.map(({ id, company, title }) => ({
              id,
              value: ask(company, title),
            })),
          ),
        check: () => Promise.resolve(""),
        close: () => Promise.resolve(),
      };
      const cache = new MemoryCache(crypto.randomUUID());
      const shortcuts = open();
      let process: Answers | undefined;
      for (const { start, end } of runs) {
        process = openTestAnswers({
          cache,
          model,
          maxInFlightCalls: 1,
          maxCallBytes: 3 * 1024 ** 2,
          maxRefusals: 0,
          maxInFlightBytes: 1,
          memoryCacheBytes: 64 * 1024 ** 2,
          objects: 1,
          maxOpenObjects: 1,
          lingerSeconds: 0,
          onTrouble: () => {},
          ...shortcuts,
        });
        const objectAnswers = await process.open();
        for (let from = start; from < end; from += windowRecords) {
          const keyOf: number[] = [],
            keys: string[] = [],
            indexOf = new Map<string, number>();
          for (let i = from; i < Math.min(from + windowRecords, end); i++) {
            const key = encodeKey(companies[i]!, titles[i]!);
            let index = indexOf.get(key);
            if (index === undefined) {
              indexOf.set(key, index = keys.push(key) - 1);
            }
            keyOf.push(index);
          }
          const claimed = await objectAnswers.claim({
            text: new Uint8Array(0),
            ends: new Uint32Array(0),
            lineNumbers: new Uint32Array(0),
            keyOf,
            keys,
            answers: new Array(keys.length).fill(undefined),
            rejects: [],
            bytes: 0,
          });
          await claimed.settled;
          objectAnswers.release(claimed);
          keyOf.forEach((slot, at) => {
            const answer = claimed.batch.answers[slot];
            answers[from + at] = typeof answer === "number" ? answer : noAnswer;
          });
        }
        objectAnswers.end();
        objectAnswers.close(new Error("closed"));
        process.endOfObjects();
        await process.close();
      }
      return { held: [process, shortcuts, cache] };
    },
  };
}
