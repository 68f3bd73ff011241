import { Answers, type AnswersOptions } from "../../answers/answers.ts";
import type { ServeConfig } from "../settings/config.ts";

/** Objects that are read or wait for answers at once: each takes some memory beside the budget. */
const maxOpenObjects = 1_000;

/** The answers of a process, as its settings have them. */
export function openAnswers(
  config: ServeConfig,
  parts:
    & Pick<
      AnswersOptions,
      | "cache"
      | "fleet"
      | "model"
      | "tellsOrigins"
      | "linger"
      | "onTrouble"
      | "onCall"
      | "restAfter"
      | "signal"
      | "rarePairs"
      | "nearTitles"
    >
    & {
      /** Objects or requests at once, where the settings do not say. */
      readonly objects?: number;
    },
): Answers {
  return new Answers({
    ...config,
    fleet: undefined,
    maxOpenObjects,
    ...parts,
    objects: parts.objects ?? config.objects,
    linger: parts.linger,
    callsPerSecond: callsPerSecondOf(config),
    maxInFlightBytes: config.maxInFlightMib * 1024 ** 2,
    memoryCacheBytes: config.memoryCacheMib * 1024 ** 2,
    maxQuestions: config.maxQuestions ?? Infinity,
  });
}

/** Calls a second at most, by default too. */
export function callsPerSecondOf({ model, modelCallsPerSecond }: ServeConfig): number {
  return modelCallsPerSecond ?? (model === "reference:" ? Infinity : 1);
}
