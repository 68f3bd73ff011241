import { SluiceError } from "../errors/sluice_error.ts";
import type { ObjectCounts } from "../records/batch.ts";
import type { SkippedSummary } from "../jobs/skipped_objects.ts";
import type { Extrapolated } from "./growth.ts";
import type { StrategyCount } from "./strategy.ts";

/** What reading found. */
export interface Findings {
  /** Objects listed, ignored, already done, read completely, deleted meanwhile, and not read completely. */
  readonly objects: {
    readonly found: number;
    readonly ignored: number;
    readonly skipped: number;
    readonly read: number;
    readonly gone: number;
    readonly failed: number;
  };
  /** What `objects.ignored` counts. */
  readonly skippedObjects: SkippedSummary;
  readonly counts: Pick<ObjectCounts, "in" | "rejected" | "blank" | "reasons">;
  /** Pairs as they are first. */
  readonly strategies: readonly FoundStrategy[];
  /** The name of the run's strategy. */
  readonly chosen: string;
  readonly cache: CacheFound;
  /** Where only some of the objects were read. */
  readonly sample?: {
    /** Objects that a run would process. */
    readonly objects: number;
    /** How many times the size of the objects that were read all of them have. */
    readonly times: number;
  };
}

export interface FoundStrategy {
  readonly name: string;
  readonly count: StrategyCount;
  /** Of all objects, where only some of them were read. */
  readonly whole?: { readonly distinct: Extrapolated; readonly questions: Extrapolated };
}

/** The cache, and whether it was read: `none` keeps nothing, the file of an `absent` one does not exist. */
export interface CacheFound {
  readonly url: string;
  readonly state: "read" | "none" | "absent" | "unreachable";
}

export interface EstimateOptions {
  readonly maxCallQuestions: number;
  readonly maxCallBytes: number;
  /** `Infinity` for no limit. */
  readonly callsPerSecond: number;
  /** Of 1,000 questions, in any currency. */
  readonly pricePer1000?: number;
}

/** What asking takes. */
export interface Cost {
  readonly questions: number;
  /** Full ones. */
  readonly calls: number;
  /** At the model's rate; `null` where there is no limit. */
  readonly seconds: number | null;
  /** Only if the price is given. */
  readonly money?: number;
}

/** What a run with a strategy would cost. `way` is the strategy's name. */
export interface StrategyCost extends Cost, Pick<StrategyCount, "answers" | "heldBytes" | "workSeconds"> {
  readonly way: string;
  /** Whether it is the run's strategy. */
  readonly isChosen: boolean;
  /** Distinct questions, and those of them that the cache knows; absent where each record is asked about. */
  readonly distinct?: number;
  readonly known?: number;
  readonly relativeError: number;
}

/** What a run would cost, as `sluice estimate --json` prints it. The README says what each figure means. */
export interface Estimate extends Cost {
  readonly objects: Findings["objects"];
  readonly skippedObjects: SkippedSummary;
  /** Of a sample, those that were read. */
  readonly records: Findings["counts"];
  /** Distinct questions, known ones among them; `relativeError` is 0 where they are counted exactly. */
  readonly keys: { readonly distinct: number; readonly known: number; readonly relativeError: number };
  readonly cache: CacheFound;
  readonly callsPerSecond: number | null;
  readonly pricePer1000?: number;
  /** All strategies: asking about every record first, about each pair as it is second. */
  readonly ways: readonly StrategyCost[];
  readonly sample?: {
    readonly objects: number;
    readonly times: number;
    readonly questions: Extrapolated;
  };
}

/** The strategy of asking about each record, cached or not. */
export const everyRecord = "every record";

/** Works out the cost of what was found. Of a sample, all figures but `objects` and `records` are of the whole. */
export function estimate(findings: Findings, options: EstimateOptions): Estimate {
  const { cache, chosen, counts, objects, sample, skippedObjects, strategies } = findings;
  const { callsPerSecond, maxCallBytes, maxCallQuestions, pricePer1000 } = options;
  const records = Math.round((counts.in - counts.rejected - counts.blank) * (sample?.times ?? 1));
  const run = strategies.find(({ name }) => name === chosen);
  if (run === undefined) {
    throw new SluiceError({
      kind: "internal",
      action: "estimate the strategy",
      subject: chosen,
      reason: "it was not counted",
    });
  }

  const cost = (questions: number, questionBytes: number): Cost => {
    const fitting = questionBytes > 0 ? Math.max(1, Math.floor(maxCallBytes / questionBytes)) : Infinity;
    const calls = Math.ceil(questions / Math.min(maxCallQuestions, fitting));
    return {
      questions,
      calls,
      seconds: callsPerSecond === Infinity ? null : calls / callsPerSecond,
      ...(pricePer1000 === undefined ? {} : { money: questions * pricePer1000 / 1000 }),
    };
  };
  const costOf = (
    { name, count, whole }: FoundStrategy,
  ): StrategyCost & { distinct: number; known: number } => {
    const { answers, heldBytes, questionBytes, relativeError, workSeconds } = count;
    // Of a count that is an estimate, no more than there can be.
    const distinct = Math.min(records, whole?.distinct.likely ?? count.distinct);
    const questions = Math.min(distinct, whole?.questions.likely ?? count.distinct - count.known);
    return {
      way: name,
      isChosen: name === chosen,
      distinct,
      known: distinct - questions,
      relativeError,
      ...cost(questions, questionBytes),
      ...(answers === undefined ? {} : { answers }),
      ...(heldBytes === undefined ? {} : { heldBytes }),
      ...(workSeconds === undefined ? {} : { workSeconds }),
    };
  };
  const { calls, distinct, known, money, questions, relativeError, seconds } = costOf(run);
  return {
    objects,
    skippedObjects,
    records: { in: counts.in, rejected: counts.rejected, blank: counts.blank, reasons: counts.reasons },
    keys: { distinct, known, relativeError },
    cache,
    questions,
    calls,
    seconds,
    ...(money === undefined ? {} : { money }),
    callsPerSecond: callsPerSecond === Infinity ? null : callsPerSecond,
    ...(pricePer1000 === undefined ? {} : { pricePer1000 }),
    ways: [
      {
        way: everyRecord,
        isChosen: false,
        relativeError: 0,
        ...cost(records, strategies[0]!.count.questionBytes),
      },
      ...strategies.map(costOf),
    ],
    ...(sample === undefined ? {} : { sample: { ...sample, questions: run.whole!.questions } }),
  };
}
