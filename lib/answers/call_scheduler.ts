import { delay } from "@std/async/delay.js";
import type { Tell } from "../text/tell.ts";
import { CallRate } from "./call_rate.ts";
import type { SharedRate } from "./coordinator.ts";
import { restingBreaker } from "./resting_breaker.ts";

export interface CallSchedulerOptions {
  /** `Infinity` for no limit. */
  readonly callsPerSecond: number;
  /** Where the rate is that of all processes together. */
  readonly fleetRate?: SharedRate;
  /** Told when the fleet's rate is away, and when it holds again. */
  readonly onTrouble: Tell;
  readonly signal: AbortSignal;
}

/** When a call may start. */
interface Turn {
  readonly atMs: number;
  /** A turn that was not used by then is over: turns that are saved up would come together. */
  readonly untilMs: number;
}

/** A fleet of unknown size is taken for one of so many processes. */
const supposedProcesses = 10;
/** The least time in which a turn of a fleet is used, in milliseconds: the servers' answers take some of it. */
const minTurnMs = 20;

/**
 * The turns of a process among its own calls, or among those of a fleet: there one is asked for ahead of each call,
 * when the call might leave, and the questions that go with it are chosen when it comes. While the fleet's rate is
 * away, the process keeps to its share of it.
 */
export class CallScheduler {
  readonly #options: CallSchedulerOptions;
  readonly #fleetRate: SharedRate | undefined;
  readonly #breaker;
  readonly #intervalMs: number;
  #own: CallRate;
  #isAlone = false;
  #processes: number | undefined;
  #turn: Turn | undefined;
  #asking: Promise<void> | undefined;

  constructor(options: CallSchedulerOptions) {
    const { callsPerSecond, fleetRate, onTrouble } = options;
    this.#options = options;
    this.#own = new CallRate(callsPerSecond);
    this.#intervalMs = 1000 / callsPerSecond;
    this.#fleetRate = callsPerSecond < Infinity ? fleetRate : undefined;
    this.#breaker = restingBreaker({
      onFailure: (cause) => onTrouble(`Going on without the fleet's rate, at a share of it: ${cause}`),
      onRecovery: () => onTrouble(`The fleet's rate holds again: ${fleetRate?.url}`, "info"),
    });
  }

  /**
   * From when on a call may start; `Infinity` while that is being found out.
   *
   * @param onChange Called when it is found out.
   */
  nextMs(nowMs: number, onChange: () => void): number {
    if (this.#fleetRate === undefined) return this.#own.nextMs;
    if (this.#turn !== undefined && nowMs < this.#turn.untilMs) return this.#turn.atMs;
    this.#turn = undefined;
    this.#asking ??= this.#ask().then((turn) => this.#turn = turn, () => {}) // aborted
      .then(() => {
        this.#asking = undefined;
        if (!this.#options.signal.aborted) onChange();
      });
    return Infinity;
  }

  /** Uses the turn that {@linkcode nextMs} told of. */
  take(nowMs: number): void {
    if (this.#fleetRate === undefined) this.#own.take(nowMs);
    this.#turn = undefined;
  }

  /** Lets no call of this process start before a time, where the rate is its own. */
  putOff(untilMs: number): void {
    this.#own.putOff(untilMs);
  }

  /** Waits for a turn and uses it, behind those that wait already. */
  async wait(): Promise<void> {
    const { signal } = this.#options;
    const now = performance.now();
    const { atMs } = this.#fleetRate === undefined ? { atMs: this.#own.take(now) } : await this.#ask();
    const waitMs = atMs - performance.now();
    if (waitMs > 0) await delay(waitMs, { signal });
  }

  /** Resolves when the next call may start, or the signal is aborted; no turn is used. */
  async come(): Promise<void> {
    await this.#asking;
    const atMs = this.#fleetRate === undefined ? this.#own.nextMs : this.#turn?.atMs ?? -Infinity;
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
        this.#fleetRate!.take(signal).catch((error) => {
          if (signal.aborted) return undefined; // no fault of the rate's
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
      // The breaker has told.
    }
    signal.throwIfAborted();
    const now = performance.now();
    if (!this.#isAlone) {
      this.#isAlone = true;
      this.#own = new CallRate(callsPerSecond / (this.#processes ?? supposedProcesses));
      this.#own.take(now); // the fleet's last turn was just now, perhaps
    }
    return { atMs: this.#own.take(now), untilMs: Infinity };
  }
}
