/** What the fake models do: right answers by a rule of their own, and every kind of wrong one on demand. */
import { encodeKey, type KeyFields } from "../../lib/recipe/key.ts";
import type { Question, RawAnswer } from "../../lib/models/model.ts";

/** A level 1–7 from a hash (FNV-1a) of the pair, so that tests can predict the answer; it knows nothing of words. */
export function fakeLevel(company: string, title: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(encodeKey(company, title))) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash % 7 + 1;
}

/** One call as the fake saw it. */
export interface FakeCall {
  /** From 1, in the order of arrival. */
  readonly number: number;
  /** `performance.now()` on arrival, in milliseconds. */
  readonly at: number;
  readonly questions: readonly Question[];
  /** Headers by their names in lower case; empty in process. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Set when the caller gave the call up before it was answered. */
  cancelled: boolean;
}

/** Turns right answers into what is sent. */
export type Fault = (answers: RawAnswer[], call: FakeCall) => RawAnswer[];

/** Wrong answers, by what is wrong with them. Each leaves an empty call's answer as it is. */
export const faults = {
  /** The first answer has the id of a question that was not asked. */
  foreign: (answers, { questions }) =>
    answers.map((answer, i) => i === 0 ? { ...answer, id: questions.length + 1 } : answer),
  /** The first two answers have each other's id: every id comes once, and only the values could reveal it. */
  swapped: (answers) =>
    answers.length < 2
      ? answers
      : answers.map((answer, i) => i < 2 ? { ...answer, id: answers[1 - i]!.id } : answer),
  /** The first answer has no id, which decodes as 0. */
  withoutId: (answers) => answers.map((answer, i) => i === 0 ? { ...answer, id: 0 } : answer),
  /** The first answer comes twice, the second time with another value. */
  doubled: (
    answers,
  ) => [...answers, ...answers.slice(0, 1).map(({ id, value }) => ({ id, value: value % 7 + 1 }))],
  /** The first answer is above the range. */
  tooHigh: (answers) => answers.map((answer, i) => i === 0 ? { ...answer, value: 8 } : answer),
  /** The first answer is below the range. */
  negative: (answers) => answers.map((answer, i) => i === 0 ? { ...answer, value: -1 } : answer),
  /** The first answer has no value, which decodes as 0. */
  withoutValue: (answers) => answers.map((answer, i) => i === 0 ? { ...answer, value: 0 } : answer),
  /** Every second answer is missing. */
  half: (answers) => answers.filter((_, i) => i % 2 === 0),
  /** No answers at all. */
  none: () => [],
  /** All right, in the opposite order. */
  reversed: (answers) => answers.toReversed(),
} satisfies Record<string, Fault>;

export interface FakeModelOptions {
  /** Milliseconds from a call's arrival to its answer; 0 when absent. */
  readonly delayMs?: number | ((call: FakeCall) => number);
  /** Called for each call: the status to fail with, `"hang"` never to answer, or `undefined` to answer. */
  readonly fail?: (call: FakeCall) => FakeStatus | "hang" | undefined;
  /** Called for each call: what to do to its answers. */
  readonly fault?: (call: FakeCall) => Fault | undefined;
  /** A call with a key for which this is true fails as a whole with INVALID_ARGUMENT. */
  readonly refuse?: (key: KeyFields) => boolean;
  /** In place of {@linkcode fakeLevel}. */
  readonly level?: (company: string, title: string) => number;
}

/** A gRPC status by its name: `{ code: "UNAVAILABLE" }`. */
export interface FakeStatus {
  readonly code: string;
  readonly details?: string;
}

/** Sums over a fake's calls. Empty calls (they only ask whether a server is there) are not counted. */
export interface FakeStats {
  readonly calls: number;
  readonly questions: number;
  /** Different keys. */
  readonly keys: number;
  /** Keys that came more than once. */
  readonly keysAskedTwice: number;
  readonly largestBatch: number;
}

/** Records calls and decides what becomes of them; over gRPC in `model.ts`, in process in `in_process_model.ts`. */
export class FakeBehaviour {
  /** All calls so far, empty ones included. */
  readonly calls: FakeCall[] = [];
  /** May be changed at any time; counts for the calls that arrive afterwards. */
  options: FakeModelOptions;

  constructor(options: FakeModelOptions) {
    this.options = options;
  }

  /**
   * @returns The answers, or the status to fail with.
   * @throws The signal's reason.
   */
  async reply(
    questions: readonly Question[],
    metadata: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<RawAnswer[] | FakeStatus> {
    const { delayMs = 0, fail, fault, refuse, level = fakeLevel } = this.options;
    const call: FakeCall = {
      number: this.calls.length + 1,
      at: performance.now(),
      questions,
      metadata,
      cancelled: false,
    };
    this.calls.push(call);
    const failure = fail?.(call);
    const ms = failure === "hang" ? Infinity : typeof delayMs === "number" ? delayMs : delayMs(call);
    try {
      await pause(ms, signal);
    } catch (reason) {
      call.cancelled = true;
      throw reason;
    }
    if (failure && failure !== "hang") return failure;
    const refused = refuse && questions.find(refuse);
    if (refused) return { code: "INVALID_ARGUMENT", details: `cannot answer about ${refused.title}` };
    const answers = questions.map(({ id, company, title }) => ({ id, value: level(company, title) }));
    return fault?.(call)?.(answers, call) ?? answers;
  }

  stats(): FakeStats {
    const times = new Map<string, number>();
    const calls = this.calls.filter(({ questions }) => questions.length > 0);
    for (const { questions } of calls) {
      for (const { company, title } of questions) {
        const key = encodeKey(company, title);
        times.set(key, (times.get(key) ?? 0) + 1);
      }
    }
    return {
      calls: calls.length,
      questions: calls.reduce((sum, { questions }) => sum + questions.length, 0),
      keys: times.size,
      keysAskedTwice: [...times.values()].filter((n) => n > 1).length,
      largestBatch: calls.reduce((most, { questions }) => Math.max(most, questions.length), 0),
    };
  }
}

/** Resolves after `ms`, at once for 0, never for Infinity; rejects with the signal's reason. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (ms === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const timer = ms === Infinity ? undefined : setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}
