import { decodeKey } from "../recipe/key.ts";
import { ModelError } from "../models/model.ts";
import { Caller, type CallerOptions, type CallerStats } from "./caller.ts";
import type { Claim } from "./claim.ts";
import { QuotingError } from "../errors/quoting_error.ts";
import { SluiceError } from "../errors/sluice_error.ts";
import { bytes, period, type Settings, whole } from "../settings/setting.ts";

/** How full calls are, and how many there are at once. */
export const questionQueueSettings = {
  maxInFlightCalls: whole({
    help: "Model calls in flight at once, 1 to 1024",
    name: "maxInFlightCalls",
    heading: "Concurrency",
    min: 1,
    max: 1024,
    default: 8,
  }),
  maxCallQuestions: whole({
    help: "Questions per call, 1 to 100000",
    name: "maxCallQuestions",
    min: 1,
    max: 100_000,
    default: 1000,
  }),
  maxCallBytes: bytes({
    help: "Size of a call",
    name: "maxCallBytes",
    min: 1024,
    max: 64 * 1024 ** 2,
    default: 3 * 1024 ** 2,
  }),
} satisfies Settings;

/** How long questions wait if more may always come. */
export const lingerSettings = {
  linger: period({
    help: "How long a question waits for others to fill its call",
    min: "0s",
    max: "1h",
    default: "500ms",
  }),
} satisfies Settings;

/** How full calls are, and how many there are at once. */
export interface QuestionQueueLimits {
  readonly maxInFlightCalls: number;
  readonly maxCallQuestions: number;
  /** Largest size of a call's questions, in bytes. */
  readonly maxCallBytes: number;
}

export interface QuestionQueueOptions extends CallerOptions, QuestionQueueLimits {
  /** How long a question waits for its call to fill, at most; `Infinity` if `isQuiet` always becomes true in the end. */
  readonly lingerMs: number;
  /** Whether no more questions can come until one that waits here is answered: then a call leaves before it is full. */
  readonly isQuiet: () => boolean;
  /**
   * Whether questions are asked although no batch waits for them any more: when the limit of questions was reached, those
   * within it are asked, so that the next run finds them answered.
   */
  readonly keepsUnwanted: () => boolean;
  /** Called with valid answers. */
  readonly onAnswers: (claims: readonly Claim[], answers: readonly number[]) => void;
  /** Called with questions that the model refuses. */
  readonly onRefused: (claims: readonly Claim[]) => void;
  /** Called with questions that will not be answered. */
  readonly onFailure: (claims: readonly Claim[], error: unknown) => void;
}

/** UTF-16 units of each field of a question that a message quotes. */
const maxQuotedLength = 100;
/** How many calls a question may be in without being answered. */
const maxFaults = 3;
/** What a question takes in a call beside its key: its id and the lengths, in bytes, at most. */
export const questionOverheadBytes = 32;
/** How long a failure of all calls is believed if sources never end, in milliseconds. */
const fatalRestMs = 30_000;

/** Calls, and the seconds in which a full call waited although the rate allowed one; since the process's start. */
export interface QuestionQueueStats extends Readonly<CallerStats> {
  readonly idleSeconds: number;
}

const encoder = new TextEncoder();

/** The process's questions: fills calls across batches and objects, and sends them at the model's rate. */
export class QuestionQueue {
  readonly #options: QuestionQueueOptions;
  readonly #caller: Caller;
  #idleSeconds = 0;
  #waiting: Claim[] = [];
  #waitingBytes = 0;
  readonly #calls = new Set<Promise<void>>();
  #questionsInCalls = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Since when a full call waits. */
  #fullSinceMs: number | undefined;
  /** Why no call will succeed. */
  #fatal: { readonly error: ModelError; readonly untilMs: number } | undefined;

  constructor(options: QuestionQueueOptions) {
    this.#options = options;
    this.#caller = new Caller(options);
    options.signal.addEventListener("abort", () => clearTimeout(this.#timer), { once: true });
  }

  /** What the calls took, and the seconds in which a full call waited although the rate allowed one. */
  get stats(): QuestionQueueStats {
    return { ...this.#caller.stats, idleSeconds: this.#idleSeconds };
  }

  get callsInFlight(): number {
    return this.#calls.size;
  }

  /** Whether calls fail, so that the model is only probed, or not asked for a while. */
  get modelIsDown(): boolean {
    return this.#caller.isDown || this.#believedFatal !== undefined;
  }

  /** Questions that wait for a call. */
  get length(): number {
    return this.#waiting.length;
  }

  /** Questions that wait for a call, or for its answers. */
  get outstanding(): number {
    return this.#waiting.length + this.#questionsInCalls;
  }

  /** Takes a question in; `pump` sends it. */
  add(claim: Claim): void {
    const fatal = this.#believedFatal;
    if (fatal !== undefined) return this.#options.onFailure([claim], fatal);
    claim.bytes = encoder.encode(claim.key).length + questionOverheadBytes;
    claim.queue(performance.now());
    this.#waiting.push(claim);
    this.#waitingBytes += claim.bytes;
  }

  /** Fails the questions that wait for a call. */
  refuse(error: unknown): void {
    const claims = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (claims.length > 0) this.#options.onFailure(claims, error);
  }

  /** Sends what may be sent now. */
  pump(): void {
    const { isQuiet, lingerMs, maxInFlightCalls, signal } = this.#options;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#waiting.length > 0 && !signal.aborted) {
      const now = performance.now();
      const isFull = this.#isFull();
      this.#fullSinceMs = isFull ? this.#fullSinceMs ?? now : undefined;
      if (this.#calls.size >= maxInFlightCalls) return;
      const leavesMs = isFull || isQuiet() ? now : this.#waiting[0]!.queuedMs + lingerMs;
      // A turn is asked for when a call might use it.
      const turnMs = leavesMs > now ? leavesMs : this.#caller.scheduler.nextMs(now, () => this.pump());
      if (turnMs > now) {
        if (turnMs < Infinity) this.#timer = setTimeout(() => this.pump(), turnMs - now);
        return;
      }
      const claims = this.#takeCall();
      if (claims.length === 0) continue;
      if (this.#fullSinceMs !== undefined) {
        this.#idleSeconds += Math.max(0, now - Math.max(this.#fullSinceMs, turnMs)) / 1000;
        this.#fullSinceMs = undefined;
      }
      this.#caller.scheduler.take(now);
      this.#questionsInCalls += claims.length;
      const call: Promise<void> = this.#call(claims).finally(() => {
        this.#calls.delete(call);
        this.#questionsInCalls -= claims.length;
        this.pump();
      });
      this.#calls.add(call);
    }
  }

  /** Sends what is to be sent although no batch waits for it, and waits for the calls in flight. */
  async close(): Promise<void> {
    if (!this.#options.keepsUnwanted()) this.#dropUnwanted();
    this.pump();
    const { scheduler } = this.#caller;
    while (
      this.#calls.size > 0 || (this.#waiting.length > 0 && (this.#timer !== undefined || scheduler.isAsking))
    ) {
      if (this.#calls.size > 0) await Promise.race(this.#calls);
      else await scheduler.come();
      if (this.#options.signal.aborted) break;
    }
    await Promise.all(this.#calls);
    clearTimeout(this.#timer);
  }

  /** Why no call will succeed, while that is believed. */
  get #believedFatal(): ModelError | undefined {
    return this.#fatal !== undefined && performance.now() < this.#fatal.untilMs
      ? this.#fatal.error
      : undefined;
  }

  #isFull(): boolean {
    const { maxCallBytes, maxCallQuestions } = this.#options;
    return this.#waiting.length >= maxCallQuestions || this.#waitingBytes >= maxCallBytes;
  }

  /** The questions of the next call, oldest first; those that no batch waits for any more are dropped. */
  #takeCall(): Claim[] {
    const { maxCallBytes, maxCallQuestions, onFailure } = this.#options;
    const claims: Claim[] = [];
    const unwanted: Claim[] = [];
    let bytes = 0, taken = 0;
    for (const claim of this.#waiting) {
      if (claim.isWanted || this.#options.keepsUnwanted()) {
        if (claims.length === maxCallQuestions || (claims.length > 0 && bytes + claim.bytes > maxCallBytes)) {
          break;
        }
        claims.push(claim);
        bytes += claim.bytes;
      } else unwanted.push(claim);
      this.#waitingBytes -= claim.bytes;
      taken++;
    }
    this.#waiting = this.#waiting.slice(taken);
    if (unwanted.length > 0) onFailure(unwanted, unwantedError());
    // Unwanted questions may have made the call look full: leave the others to gather.
    const { isQuiet, lingerMs } = this.#options;
    const hasLingered = claims.length > 0 && performance.now() >= claims[0]!.queuedMs + lingerMs;
    if (unwanted.length > 0 && claims.length < maxCallQuestions && !hasLingered && !isQuiet()) {
      this.#waiting.unshift(...claims);
      this.#waitingBytes += bytes;
      return [];
    }
    return claims;
  }

  /** Drops at once what would be dropped when its turn comes, which may be much later. */
  #dropUnwanted(): void {
    const unwanted = this.#waiting.filter((claim) => !claim.isWanted);
    if (unwanted.length === 0) return;
    this.#waiting = this.#waiting.filter((claim) => claim.isWanted);
    this.#waitingBytes = this.#waiting.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#options.onFailure(unwanted, unwantedError());
  }

  async #call(claims: readonly Claim[]): Promise<void> {
    const { onAnswers, onFailure, onRefused, signal } = this.#options;
    for (const claim of claims) claim.send();
    try {
      const isWanted = () => claims.some((claim) => claim.isWanted);
      const batches = new Set(claims.flatMap((claim) => claim.batches.map(({ span }) => span)));
      const outcomes = await this.#caller.ask(claims.map(({ key }) => key), isWanted, { batches });
      // A call that succeeds shows that others may; a run keeps to what it has given up.
      if (this.#options.lingerMs < Infinity) this.#fatal = undefined;
      const answered = claims.filter((_, index) => typeof outcomes[index] === "number");
      if (answered.length > 0) onAnswers(answered, outcomes.filter((outcome) => typeof outcome === "number"));
      claims.forEach((claim, index) => {
        const outcome = outcomes[index]!;
        if (outcome === "refused") onRefused([claim]);
        else if (typeof outcome === "string") this.#askAgain(claim, outcome);
      });
    } catch (error) {
      if (error instanceof ModelError && error.failure === "fatal") this.#giveUp(error);
      onFailure(claims, signal.aborted ? signal.reason : error);
    }
  }

  #askAgain(claim: Claim, fault: string): void {
    if (++claim.faults < maxFaults) return this.add(claim);
    const fields = Object.entries(decodeKey(claim.key)).map((
      [name, text],
    ) => [name, text.slice(0, maxQuotedLength)]);
    const { url } = this.#options.model;
    const error = new QuotingError({
      kind: "model",
      action: "get an answer from",
      subject: `${url} for ${JSON.stringify(Object.fromEntries(fields))}`,
      reason: `its answer was ${fault} in ${maxFaults} calls`,
      unquoted: { subject: url },
    });
    this.#options.onFailure([claim], error);
  }

  /** No call will succeed: nothing that waits will be asked. */
  #giveUp(error: ModelError): void {
    const isBelievedMs = this.#options.lingerMs < Infinity ? fatalRestMs : Infinity;
    this.#fatal = { error, untilMs: performance.now() + isBelievedMs };
    this.refuse(error);
  }
}

function unwantedError(): Error {
  return new SluiceError({
    kind: "internal",
    action: "ask",
    reason: "no object waits for the answer any more",
  });
}
