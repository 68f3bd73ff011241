/** Lets so many in at once; the others wait, first come, first served. */
export class Semaphore {
  readonly #waiting = new Set<PromiseWithResolvers<void>>();
  #free: number;

  constructor(permits: number) {
    this.#free = permits;
  }

  /**
   * Waits for a permit; resolves to what gives it back.
   *
   * @throws The signal's reason.
   */
  async acquire(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else {
      const turn = Promise.withResolvers<void>();
      this.#waiting.add(turn);
      const abort = () => {
        this.#waiting.delete(turn);
        turn.reject(signal.reason);
      };
      signal.addEventListener("abort", abort);
      await turn.promise.finally(() => signal.removeEventListener("abort", abort));
    }
    return () => {
      const [next] = this.#waiting;
      if (next === undefined) {
        this.#free++;
        return;
      }
      this.#waiting.delete(next);
      next.resolve();
    };
  }
}
