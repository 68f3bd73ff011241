import { HttpProblem } from "./problem.ts";

export interface RequestDeskOptions {
  /** Requests answered at once. */
  readonly maxRequests: number;
  /** How long one may take, in seconds. */
  readonly requestTimeout: number;
  /** Aborted when no more requests are taken. */
  readonly stop: AbortSignal;
  /** Aborted when those under way are to end. */
  readonly signal: AbortSignal;
}

/** One request that was let in. */
export interface Admission {
  readonly number: number;
  /** Aborted when the sender has gone, the time is over, or everything is to end. */
  readonly signal: AbortSignal;
  /** Says that it is over; the first call counts. */
  end(hasFailed: boolean): void;
}

/** Lets requests in, so many at once, and counts what became of them. */
export class RequestDesk {
  readonly #options: RequestDeskOptions;
  #underWay = 0;
  #admitted = 0;
  #done = 0;
  #failed = 0;
  #refused = 0;
  #onIdle: (() => void) | undefined;

  constructor(options: RequestDeskOptions) {
    this.#options = options;
  }

  get counts(): { underWay: number; done: number; failed: number; refused: number } {
    return { underWay: this.#underWay, done: this.#done, failed: this.#failed, refused: this.#refused };
  }

  /** @throws {HttpProblem} 503 while stopping, and when as many as may be are under way. */
  admit(request: Request): Admission {
    const { maxRequests, requestTimeout, signal, stop } = this.#options;
    const refuse = (why: string) => {
      this.#refused++;
      throw new HttpProblem(503, why, { "retry-after": "1" });
    };
    if (stop.aborted) refuse("The server is being stopped; ask again, of its successor");
    if (this.#underWay >= maxRequests) {
      refuse(`There are ${maxRequests} requests under way already (maxRequests); ask again in a second`);
    }
    this.#underWay++;
    const timeout = new AbortController();
    const timer = setTimeout(
      () =>
        timeout.abort(
          new HttpProblem(504, `The request took longer than ${requestTimeout} s (requestTimeout)`),
        ),
      requestTimeout * 1000,
    );
    let isOver = false;
    return {
      number: ++this.#admitted,
      signal: AbortSignal.any([request.signal, timeout.signal, signal]),
      end: (hasFailed) => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        this.#underWay--;
        if (hasFailed) this.#failed++;
        else this.#done++;
        if (this.#underWay === 0) this.#onIdle?.();
      },
    };
  }

  /** Resolves when no request is under way. */
  async idle(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>((resolve) => this.#onIdle = resolve);
  }
}
