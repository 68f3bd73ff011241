import type { Span } from "@opentelemetry/api";
import {
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
  isBrokenCircuitError,
} from "cockatiel";
import { delay } from "@std/async/delay.js";
import { retryDelayMs } from "../retry/retry.ts";
import { retryPolicies } from "../retry/retry_policies.ts";
import { reasonOf } from "../errors/sluice_error.ts";
import { plural } from "../text/format.ts";
import { decodeKey } from "../recipe/key.ts";
import { type Model, ModelError, type RawAnswer } from "../models/model.ts";
import { amount, period, type Settings, whole } from "../settings/setting.ts";
import type { Tell } from "../text/tell.ts";
import { failSpan, inSpan, startCallSpan } from "../telemetry/tracing.ts";
import { type AnswerFault, checkAnswers } from "./check_answers.ts";
import type { SharedRate } from "./coordinator.ts";
import { CallScheduler } from "./call_scheduler.ts";

/** How fast the model is called, and how long one is borne with that fails. */
export const callerSettings = {
  callsPerSecond: amount({
    help: "Calls to start per second, 0.001 to 100000",
    heading: "Rate limit",
    min: 0.001,
    max: 100_000,
    defaultText: "1 for gRPC, unlimited for reference:",
  }),
  patience: period({
    help: "How long to retry a call that fails with a transient error before its objects fail",
    heading: "Retries and timeouts",
    min: "0s",
    max: "7d",
    default: "10m",
  }),
  maxRefusals: whole({
    help:
      "Questions that the model may refuse, per run or per hour of watch and serve, before Sluice takes the model for broken",
    name: "maxRefusals",
    heading: "Retries and timeouts",
    min: 0,
    max: 1e9,
    default: 100,
  }),
} satisfies Settings;

/** How often the model is called, and for how long failures are borne. */
export interface CallLimits {
  /** The rate, of all processes together if they share it; `Infinity` for no limit. */
  readonly callsPerSecond: number;
  /** How long a call that fails for a passing reason is retried, in seconds. */
  readonly patienceSeconds: number;
  /** Questions that the model may refuse before the model itself is held to be at fault. */
  readonly maxRefusals: number;
}

export interface CallerOptions extends CallLimits {
  readonly model: Model;
  /** Set if the rate is that of several processes together. */
  readonly sharedRate?: SharedRate;
  /** How long a refusal counts against `maxRefusals`, in milliseconds; `Infinity` for a run, which ends. */
  readonly refusalsForgottenMs: number;
  readonly signal: AbortSignal;
  /** Called when the model is down, and when it answers again. */
  readonly onTrouble: Tell;
  /** Called when a call has ended, retries included. */
  readonly onCall?: (call: EndedCall) => void;
  /** Returns how long to start no call after one that has ended, in seconds. Defaults to 0. */
  readonly restAfter?: (call: EndedCall) => number;
}

export interface EndedCall {
  readonly questions: number;
  readonly seconds: number;
  readonly hasFailed: boolean;
}

/** For whom questions are asked. */
interface Asking {
  /** Whether any batch still waits. */
  readonly isWanted: () => boolean;
  /** The spans of the batches that wait. */
  readonly batches: Iterable<Span>;
}

/** The outcome of a question: its answer, why it has no valid one, or that the model refuses it. */
export type QuestionOutcome = number | AnswerFault | "refused";

/** Calls made, retries included, questions sent in them, and seconds spent in them, added up. */
export interface CallerStats {
  calls: number;
  questions: number;
  retries: number;
  seconds: number;
}

/** Failures in a row after which the model is only probed, one call at a time. */
const breakerFailures = 5;

/**
 * Makes calls at the model's rate. A call that fails for a passing reason is retried until `patienceSeconds` are over; a
 * model that is down is probed by one call at a time. A call that the model refuses is halved until the offending
 * question stands alone: about 12 calls for one of 1,000.
 */
export class Caller {
  readonly stats: CallerStats = { calls: 0, questions: 0, retries: 0, seconds: 0 };
  readonly scheduler: CallScheduler;
  readonly #options: CallerOptions;
  readonly #breaker;
  /** When questions were refused, oldest first. */
  #refusals: number[] = [];
  #lastSuccessMs = -Infinity;
  #isDown = false;

  constructor(options: CallerOptions) {
    this.#options = options;
    this.scheduler = new CallScheduler(options);
    this.#breaker = circuitBreaker(handleWhen(isPassing), {
      halfOpenAfter: new ExponentialBackoff({
        initialDelay: retryPolicies.modelProbe.firstMs,
        maxDelay: retryPolicies.modelProbe.maxMs,
      }),
      breaker: new ConsecutiveBreaker(breakerFailures),
    });
    const { model, onTrouble } = options;
    this.#breaker.onBreak((reason) => {
      if (!this.#isDown) {
        onTrouble(`Waiting for the model: ${"error" in reason ? reasonOf(reason.error) : "closed off"}`);
      }
      this.#isDown = true;
    });
    this.#breaker.onReset(() => {
      this.#isDown = false;
      onTrouble(`The model answers again: ${model.url}`, "info");
    });
  }

  /** Whether calls fail, so that the model is only probed. */
  get isDown(): boolean {
    return this.#isDown;
  }

  /**
   * Asks questions in one call, whose turn has come; in several, where the model refuses it.
   *
   * @param isWanted Whether any batch still waits; if none does, a call that fails is not retried.
   * @param batches The spans of the batches that wait: those of the calls are their children, or have links to them.
   * @returns The outcomes in the order of the keys.
   * @throws {ModelError} None of them has an outcome. `fatal` where no call will have one.
   */
  async ask(
    keys: readonly string[],
    isWanted: () => boolean,
    { batches = [] }: { readonly batches?: Iterable<Span> } = {},
  ): Promise<QuestionOutcome[]> {
    const progress = { hasAnswers: false, isWanted, batches };
    try {
      return await this.#once(keys, true, progress);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const outcomes = new Array<QuestionOutcome>(keys.length).fill("missing");
      await this.#askHalved(keys, keys.map((_, i) => i), outcomes, progress, error);
      return outcomes;
    }
  }

  /** Finds the questions for which a call was refused; answers to the others go to `outcomes`. */
  async #askHalved(
    keys: readonly string[],
    indexes: readonly number[],
    outcomes: QuestionOutcome[],
    progress: Asking & { hasAnswers: boolean },
    refusal: ModelError,
  ): Promise<void> {
    /** Asks some; resolves to whether they were accepted. */
    const accepts = async (some: readonly number[]): Promise<boolean> => {
      try {
        const answers = await this.#once(some.map((i) => keys[i]!), false, progress);
        some.forEach((i, at) => outcomes[i] = answers[at]!);
        return progress.hasAnswers = true;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        return false;
      }
    };
    let suspects = indexes, stoodAlone = indexes.length === 1;
    const untested: number[] = [];
    while (suspects.length > 1) {
      const half = suspects.slice(0, Math.ceil(suspects.length / 2)), other = suspects.slice(half.length);
      if (await accepts(half)) suspects = other;
      else {
        suspects = half;
        stoodAlone = half.length === 1;
        untested.push(...other);
      }
    }
    // Alone, it may be answered after all: then the call was refused for its size, say.
    if (stoodAlone || !await accepts(suspects)) {
      outcomes[suspects[0]!] = "refused";
      const { maxRefusals, refusalsForgottenMs } = this.#options;
      const now = performance.now();
      this.#refusals = this.#refusals.filter((at) => now - at < refusalsForgottenMs);
      if (this.#refusals.push(now) > maxRefusals) {
        throw withReason(
          refusal,
          `${refusal.reason}; refused so far: ${this.#refusals.length}, maxRefusals is ${maxRefusals}`,
        );
      }
    }
    if (untested.length === 0 || await accepts(untested)) return;
    // Nothing of the call was ever answered: it is not the questions.
    if (!progress.hasAnswers) {
      throw withReason(refusal, `${refusal.reason}; both halves of the call were refused as well`);
    }
    await this.#askHalved(keys, untested, outcomes, progress, refusal);
  }

  /** Makes one call; retries it while it fails for a passing reason. */
  async #once(
    keys: readonly string[],
    hasTurn: boolean,
    { isWanted, batches }: Asking,
  ): Promise<QuestionOutcome[]> {
    const { model, patienceSeconds, signal } = this.#options;
    const questions = keys.map((key, index) => ({ id: index + 1, ...decodeKey(key) }));
    let attempts = 0, failure: ModelError | undefined, failedSinceMs = Infinity;
    for (let failures = 1;; failures++) {
      try {
        const raw = await this.#breaker.execute(async () => {
          if (attempts++ > 0) this.stats.retries++;
          if (attempts > 1 || !hasTurn) await this.scheduler.wait();
          const span = startCallSpan(batches, { questions: questions.length, attempt: attempts });
          return await this.#traced(
            span,
            () => this.#timed(() => model.ask(questions, signal), questions.length),
          );
        });
        this.#lastSuccessMs = performance.now();
        return checkAnswers(questions.length, raw, model.range);
      } catch (error) {
        if (!isPassing(error) && !isBrokenCircuitError(error)) throw error;
        if (error instanceof ModelError) failure = error;
        failedSinceMs = Math.min(failedSinceMs, performance.now());
      }
      const waitMs = retryDelayMs(retryPolicies.modelCall, failures);
      const waitedMs = performance.now() - failedSinceMs;
      if (waitedMs + waitMs > patienceSeconds * 1000 || !isWanted()) {
        const isDown = isWanted() && this.#lastSuccessMs < failedSinceMs;
        const seconds = Math.round(waitedMs / 1000);
        failure ??= new ModelError({
          url: model.url,
          code: "UNAVAILABLE",
          failure: "retry",
          reason: "it is down",
        });
        throw withReason(
          failure,
          `${failure.reason}, after ${plural(attempts, "attempt")} in ${seconds} s; ` +
            `modelPatience is ${patienceSeconds} s`,
          isDown ? "fatal" : "call",
        );
      }
      await delay(waitMs, { signal });
    }
  }

  async #traced(span: Span, call: () => Promise<readonly RawAnswer[]>): Promise<readonly RawAnswer[]> {
    try {
      const answers = await inSpan(span, call);
      span.setAttribute("sluice.call.answers", answers.length);
      return answers;
    } catch (error) {
      failSpan(span, error);
      throw error;
    } finally {
      span.end();
    }
  }

  async #timed(call: () => Promise<readonly RawAnswer[]>, questions: number): Promise<readonly RawAnswer[]> {
    this.stats.calls++;
    this.stats.questions += questions;
    const started = performance.now();
    let hasFailed = true;
    try {
      const answers = await call();
      hasFailed = false;
      return answers;
    } finally {
      const seconds = (performance.now() - started) / 1000;
      this.stats.seconds += seconds;
      const { onCall, restAfter } = this.#options;
      const ended: EndedCall = { questions, seconds, hasFailed };
      onCall?.(ended);
      const restSeconds = restAfter?.(ended) ?? 0;
      if (restSeconds > 0) this.scheduler.putOff(performance.now() + restSeconds * 1000);
    }
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof ModelError && error.failure === "retry";
}

function isRefusal(error: unknown): error is ModelError {
  return error instanceof ModelError && error.failure === "refused";
}

function withReason(
  error: ModelError,
  reason: string,
  failure: ModelError["failure"] = "call",
): ModelError {
  return new ModelError({ url: error.subject!, code: error.code, failure, reason, cause: error });
}
