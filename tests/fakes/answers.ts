import { Answers, type AnswersOptions } from "../../lib/answers/answers.ts";
import { MemoryCache } from "../../lib/caches/memory.ts";
import { InProcessModel } from "./in_process_model.ts";

/** Options of {@linkcode openTestAnswers}: those of {@linkcode Answers}, with the groups' members beside the others. */
export type TestAnswersOptions = Partial<
  Omit<AnswersOptions, "calls" | "inFlight"> & AnswersOptions["calls"] & AnswersOptions["inFlight"]
>;

/**
 * Answers for tests: by default a model and an empty cache in process, no rate, no retries, and generous limits. Any
 * trouble fails the test. Uses Web APIs only.
 */
export function openTestAnswers(options: TestAnswersOptions = {}): Answers {
  const {
    cache = new MemoryCache(crypto.randomUUID()),
    model = new InProcessModel(),
    callsPerSecond = Infinity,
    maxInFlightCalls = 8,
    maxCallQuestions = 1_000,
    maxCallBytes = 1_000_000,
    patienceSeconds = 0,
    maxRefusals = 100,
    maxInFlightBytes = 1_000_000,
    objects = 4,
    maxOpenObjects,
    memoryCacheBytes = 1_000_000,
    onTrouble = (message) => {
      throw new Error(`unexpected trouble: ${message}`);
    },
    signal = new AbortController().signal,
    ...others
  } = options;
  return new Answers({
    cache,
    model,
    calls: { callsPerSecond, maxInFlightCalls, maxCallQuestions, maxCallBytes, patienceSeconds, maxRefusals },
    inFlight: { maxInFlightBytes, objects, maxOpenObjects },
    memoryCacheBytes,
    onTrouble,
    signal,
    ...others,
  });
}
