/** Ends a window whose first record has waited too long for others. */
export class WindowWait {
  readonly #maxMs: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param maxMs In milliseconds. Unlimited by default. */
  constructor(maxMs: number | undefined) {
    this.#maxMs = maxMs;
  }

  /** Calls `end`, unless another window begins before the time is over; a wait that has begun continues. */
  begin(end: () => void, controller: TransformStreamDefaultController<unknown>): void {
    if (this.#maxMs === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      try {
        end();
      } catch (error) {
        controller.error(error);
      }
    }, this.#maxMs);
  }

  /** Says that the window has ended. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
