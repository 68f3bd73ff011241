import { duration } from "../text/format.ts";
import type { Tell } from "../text/tell.ts";

/** How a process shuts down: first nothing new is started, then, after a grace period, everything is aborted. */
export class Stopping implements Disposable {
  /** Aborted when the grace period is over. */
  readonly end: AbortSignal;
  readonly #asked: AbortSignal;
  readonly #onAsked: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param asked Aborted when nothing new is to be started.
   * @param graceSeconds For work that is in flight then.
   */
  constructor(asked: AbortSignal, graceSeconds: number, tell: Tell) {
    const ended = new AbortController();
    this.end = ended.signal;
    this.#asked = asked;
    this.#onAsked = () => {
      tell(
        `Stopping: work in flight has ${duration(graceSeconds)} to finish; interrupt again to stop at once`,
        "info",
      );
      this.#timer = setTimeout(() => ended.abort(asked.reason), graceSeconds * 1000);
    };
    if (asked.aborted) this.#onAsked();
    else asked.addEventListener("abort", this.#onAsked, { once: true });
  }

  [Symbol.dispose](): void {
    this.#asked.removeEventListener("abort", this.#onAsked);
    clearTimeout(this.#timer);
  }
}
