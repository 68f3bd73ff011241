import { Answers, type AnswersOptions } from "../../answers/answers.ts";
import { defaultCallsPerSecond } from "./model_defaults.ts";
import type { ServeConfig } from "../settings/config.ts";

/** The answers of a process, as its settings have them. */
export function openAnswers(
  config: ServeConfig,
  parts:
    & Omit<AnswersOptions, "calls" | "inFlight" | "memoryCacheBytes" | "maxQuestions">
    & {
      /** Objects or requests at once, where the settings do not say. */
      readonly objects?: number;
    },
): Answers {
  return new Answers({
    ...parts,
    calls: {
      callsPerSecond: callsPerSecondOf(config),
      maxInFlightCalls: config.maxInFlightCalls,
      maxCallQuestions: config.maxCallQuestions,
      maxCallBytes: config.maxCallBytes,
      patienceSeconds: config.modelPatience,
      maxRefusals: config.maxRefusals,
    },
    inFlight: {
      objects: parts.objects ?? config.objects,
      maxInFlightBytes: config.maxInFlightMib * 1024 ** 2,
    },
    memoryCacheBytes: config.memoryCacheMib * 1024 ** 2,
    maxQuestions: config.maxQuestions,
  });
}

/** Calls a second at most, by default too. */
export function callsPerSecondOf({ model, modelCallsPerSecond }: ServeConfig): number {
  return modelCallsPerSecond ?? defaultCallsPerSecond(model);
}
