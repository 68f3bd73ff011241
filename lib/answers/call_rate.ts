/** Spaces calls evenly: the n-th may start n/rate seconds after the first. Times in milliseconds. */
export class CallRate {
  readonly #intervalMs: number;
  #nextMs = -Infinity;

  /** @param callsPerSecond `Infinity` for no limit. */
  constructor(callsPerSecond: number) {
    if (!(callsPerSecond > 0)) {
      throw new RangeError(`Cannot limit calls: callsPerSecond is ${callsPerSecond}, not above 0`);
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
}
