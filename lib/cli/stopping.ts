import { duration } from "../text/format.ts";
import type { Tell } from "../text/tell.ts";

/** How a process stops that is asked to: first nothing more is begun, then, after a grace, everything ends. */
export class Stopping implements Disposable {
  /** Aborted when everything is to end. */
  readonly end: AbortSignal;
  readonly #asked: AbortSignal;
  readonly #onAsked: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param asked Aborted when nothing more is to be begun.
   * @param graceSeconds For what is under way then.
   */
  constructor(asked: AbortSignal, graceSeconds: number, tell: Tell) {
    const ended = new AbortController();
    this.end = ended.signal;
    this.#asked = asked;
    this.#onAsked = () => {
      tell(
        `Stopping: what is under way has ${duration(graceSeconds)} to be finished; once more to stop at once`,
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
