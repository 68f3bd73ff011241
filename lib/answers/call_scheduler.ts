import { delay } from "@std/async/delay.js";
import type { Tell } from "../text/tell.ts";
import { CallRate } from "./call_rate.ts";
import type { SharedRate } from "./coordinator.ts";
import { restingBreaker } from "./resting_breaker.ts";

export interface CallSchedulerOptions {
  /** `Infinity` for no limit. */
  readonly callsPerSecond: number;
  /** Set if the rate is that of several processes together. */
  readonly sharedRate?: SharedRate;
  /** Called when the shared rate is unavailable, and when it works again. */
  readonly onTrouble: Tell;
  readonly signal: AbortSignal;
}

/** When a call may start. */
interface Turn {
  readonly atMs: number;
  /** The turn expires then: turns that are saved up would come together. */
  readonly untilMs: number;
}

/** The number of processes that share a rate, while it is unknown. */
const supposedProcesses = 10;
/** A turn of a shared rate lasts at least so long, in milliseconds: the servers' replies take some of it. */
const minTurnMs = 20;

/**
 * Schedules a process's calls at its own rate, or at one shared with other processes: then a turn is taken ahead of each
 * call, when the call might leave, and the questions that go with it are chosen when the turn comes. While the shared rate
 * is unavailable, the process keeps to its share of it.
 */
export class CallScheduler {
  readonly #options: CallSchedulerOptions;
  readonly #sharedRate: SharedRate | undefined;
  readonly #breaker;
  readonly #intervalMs: number;
  #own: CallRate;
  #isAlone = false;
  #processes: number | undefined;
  #turn: Turn | undefined;
  #asking: Promise<void> | undefined;

  constructor(options: CallSchedulerOptions) {
    const { callsPerSecond, sharedRate, onTrouble } = options;
    this.#options = options;
    this.#own = new CallRate(callsPerSecond);
    this.#intervalMs = 1000 / callsPerSecond;
    this.#sharedRate = callsPerSecond < Infinity ? sharedRate : undefined;
    this.#breaker = restingBreaker({
      onFailure: (cause) =>
        onTrouble(`Continuing without the shared rate limit, at this process's share of it: ${cause}`),
      onRecovery: () => onTrouble(`The shared rate limit works again: ${sharedRate?.url}`, "info"),
    });
  }

  /**
   * The time from which on a call may start; `Infinity` while that is being found out.
   *
   * @param onChange Called when it has been found out.
   */
  nextMs(nowMs: number, onChange: () => void): number {
    if (this.#sharedRate === undefined) return this.#own.nextMs;
    if (this.#turn !== undefined && nowMs < this.#turn.untilMs) return this.#turn.atMs;
    this.#turn = undefined;
    this.#asking ??= this.#ask().then((turn) => this.#turn = turn, () => {}) // aborted
      .then(() => {
        this.#asking = undefined;
        if (!this.#options.signal.aborted) onChange();
      });
    return Infinity;
  }

  /** Uses the turn that {@linkcode nextMs} returned. */
  take(nowMs: number): void {
    if (this.#sharedRate === undefined) this.#own.take(nowMs);
    this.#turn = undefined;
  }

  /** Lets no call start before a time; does nothing at a shared rate. */
  putOff(untilMs: number): void {
    this.#own.putOff(untilMs);
  }

  /** Waits for a turn, behind those that wait already, and uses it. */
  async wait(): Promise<void> {
    const { signal } = this.#options;
    const now = performance.now();
    const { atMs } = this.#sharedRate === undefined ? { atMs: this.#own.take(now) } : await this.#ask();
    const waitMs = atMs - performance.now();
    if (waitMs > 0) await delay(waitMs, { signal });
  }

  /** Resolves when the next call may start, or the signal is aborted; no turn is used. */
  async come(): Promise<void> {
    await this.#asking;
    const atMs = this.#sharedRate === undefined ? this.#own.nextMs : this.#turn?.atMs ?? -Infinity;
    await delay(Math.max(0, atMs - performance.now()), { signal: this.#options.signal }).catch(() => {});
  }

  /** Whether a turn is being asked for. */
  get isAsking(): boolean {
    return this.#asking !== undefined;
  }

  async #ask(): Promise<Turn> {
    const { callsPerSecond, signal } = this.#options;
    try {
      const turn = await this.#breaker.execute(() =>
        this.#sharedRate!.take(signal).catch((error) => {
          if (signal.aborted) return undefined; // not a failure of the rate
          throw error;
        })
      );
      if (turn !== undefined) {
        this.#processes = turn.processes;
        this.#isAlone = false;
        const atMs = performance.now() + turn.waitMs;
        return { atMs, untilMs: atMs + Math.max(this.#intervalMs / 2, minTurnMs) };
      }
    } catch {
      // The breaker has reported it.
    }
    signal.throwIfAborted();
    const now = performance.now();
    if (!this.#isAlone) {
      this.#isAlone = true;
      this.#own = new CallRate(callsPerSecond / (this.#processes ?? supposedProcesses));
      this.#own.take(now); // the last shared turn may have been just now
    }
    return { atMs: this.#own.take(now), untilMs: Infinity };
  }
}
