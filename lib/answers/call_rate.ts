import { SluiceError } from "../errors/sluice_error.ts";

/**
 * Spaces calls evenly: the n-th may start n/rate seconds after the first. Times in milliseconds.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { CallRate } from "./call_rate.ts";
 *
 * const rate = new CallRate(2);
 * assertEquals([rate.take(0), rate.take(100), rate.take(2_000)], [0, 500, 2_000]);
 * ```
 */
export class CallRate {
  readonly #intervalMs: number;
  #nextMs = -Infinity;

  /** @param callsPerSecond `Infinity` for no limit. */
  constructor(callsPerSecond: number) {
    if (!(callsPerSecond > 0)) {
      throw new SluiceError({
        kind: "settings",
        action: "limit calls",
        reason: `callsPerSecond is ${callsPerSecond}, not above 0`,
      });
    }
    this.#intervalMs = 1000 / callsPerSecond;
  }

  /** The time from which on a call may start. */
  get nextMs(): number {
    return this.#nextMs;
  }

  /** Takes the next turn; returns the time at which it comes, `nowMs` or later. */
  take(nowMs: number): number {
    const turn = Math.max(nowMs, this.#nextMs);
    this.#nextMs = turn + this.#intervalMs;
    return turn;
  }

  /** Lets no call start before a time; turns that were taken stay. */
  putOff(untilMs: number): void {
    this.#nextMs = Math.max(this.#nextMs, untilMs);
  }
}
