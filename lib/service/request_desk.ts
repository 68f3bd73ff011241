import { HttpProblem } from "./problem.ts";

export interface RequestDeskOptions {
  /** Requests answered at once. */
  readonly maxRequests: number;
  /** How long one may take, in seconds. */
  readonly requestTimeoutSeconds: number;
  /** Aborted when no more requests are taken. */
  readonly stop: AbortSignal;
  /** Aborted when those under way are to end. */
  readonly signal: AbortSignal;
}

/** What bodies take that have not come far enough to be let in, of all connections together, in bytes. */
export const maxArrivingBytes = 128 * 1024 ** 2;

/** One request that was let in. */
export interface Admission {
  readonly number: number;
  /** Aborted with an {@linkcode HttpProblem} when the sender has gone, the time is over, or everything is to end. */
  readonly signal: AbortSignal;
  /** Says that it is over; the first call counts. */
  end(hasFailed: boolean): void;
}

/** What senders are told when no more requests are taken. */
export const stopping = "The server is being stopped; ask again, of its successor";

/** Lets requests in, so many at once, and counts what became of them. */
export class RequestDesk {
  readonly #options: RequestDeskOptions;
  #underWay = 0;
  #admitted = 0;
  #done = 0;
  #failed = 0;
  #refused = 0;
  #arrivingBytes = 0;
  #onIdle: (() => void) | undefined;

  constructor(options: RequestDeskOptions) {
    this.#options = options;
  }

  get counts(): { underWay: number; done: number; failed: number; refused: number } {
    return { underWay: this.#underWay, done: this.#done, failed: this.#failed, refused: this.#refused };
  }

  /** Aborted when no more requests are taken. */
  get stop(): AbortSignal {
    return this.#options.stop;
  }

  /**
   * Says how many more bytes, or how many fewer, bodies take that are not let in yet.
   *
   * @throws {HttpProblem} 503 beyond 128 MiB; then they do not count.
   */
  arrive(bytes: number): void {
    if (bytes > 0 && this.#arrivingBytes + bytes > maxArrivingBytes) {
      this.#refuse("Too many requests are on their way already; ask again in a second");
    }
    this.#arrivingBytes += bytes;
  }

  /** @throws {HttpProblem} 503 while stopping, and when as many as may be are under way. */
  admit(request: Pick<Request, "signal">): Admission {
    const { maxRequests, requestTimeoutSeconds, signal, stop } = this.#options;
    if (stop.aborted) this.#refuse(stopping);
    if (this.#underWay >= maxRequests) {
      this.#refuse(
        `There are ${maxRequests} requests under way already (maxRequests); ask again in a second`,
      );
    }
    this.#underWay++;
    // Not `AbortSignal.any`: each of its signals leaves something behind in a signal that lives as long as the process.
    const ended = new AbortController();
    const abort = (status: number, why: string) => ended.abort(new HttpProblem(status, why));
    const onGone = () => abort(400, "The sender went away before it was answered");
    const onStopped = () => ended.abort(new HttpProblem(503, stopping, { "retry-after": "1" }));
    const timer = setTimeout(
      () => abort(504, `The request took longer than ${requestTimeoutSeconds} s (requestTimeout)`),
      requestTimeoutSeconds * 1000,
    );
    request.signal.addEventListener("abort", onGone, { once: true });
    signal.addEventListener("abort", onStopped, { once: true });
    if (request.signal.aborted) onGone();
    else if (signal.aborted) onStopped();
    let isOver = false;
    return {
      number: ++this.#admitted,
      signal: ended.signal,
      end: (hasFailed) => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        request.signal.removeEventListener("abort", onGone);
        signal.removeEventListener("abort", onStopped);
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

  #refuse(why: string): never {
    this.#refused++;
    throw new HttpProblem(503, why, { "retry-after": "1" });
  }
}
