import { Answers, type AnswersOptions } from "../../answers/answers.ts";
import { defaultCallsPerSecond } from "./model_defaults.ts";
import { cacheSettings } from "../../caches/open_cache.ts";
import { answerMemorySettings } from "../../answers/answer_memory.ts";
import type { Config, Taking } from "../settings/sections.ts";

/** The settings that a process answers by. */
export interface AnswersConfig {
  readonly model: ModelRateConfig & CallConfig;
  readonly cache: Taking<"cache", never>;
  /** `objects` counts objects or requests. */
  readonly concurrency: Pick<Config["concurrency"], "objects" | "maxInFlightBytes">;
}

type CallConfig = Pick<
  Config["model"],
  | "maxInFlightCalls"
  | "maxCallQuestions"
  | "maxCallBytes"
  | "maxQuestions"
  | "maxRefusals"
  | "patienceSeconds"
>;

/** The answers of a process, as its settings have them. */
export function openAnswers(
  { cache, concurrency, model }: AnswersConfig,
  parts: Omit<AnswersOptions, "calls" | "inFlight" | "memoryCacheBytes" | "maxQuestions" | "requiresCache">,
): Answers {
  const { maxCallBytes, maxCallQuestions, maxInFlightCalls, maxRefusals, patienceSeconds } = model;
  return new Answers({
    ...parts,
    calls: {
      callsPerSecond: callsPerSecondOf(model),
      maxInFlightCalls,
      maxCallQuestions,
      maxCallBytes,
      patienceSeconds,
      maxRefusals,
    },
    inFlight: concurrency,
    memoryCacheBytes: cache.memoryBytes ?? answerMemorySettings.memory.default,
    requiresCache: cache.required ?? cacheSettings.required.default,
    maxQuestions: model.maxQuestions,
  });
}

/** What the rate limit depends on. */
export type ModelRateConfig = Pick<Config["model"], "callsPerSecond"> & { readonly url: string | undefined };

/** The rate limit of calls, whose default depends on the model. */
export function callsPerSecondOf({ url, callsPerSecond }: ModelRateConfig): number {
  return callsPerSecond ?? defaultCallsPerSecond(url);
}
