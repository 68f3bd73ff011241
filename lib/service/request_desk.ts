import { duration, plural } from "../text/format.ts";
import { HttpProblem } from "./problem.ts";

export interface RequestDeskOptions {
  /** Requests answered at once, at most. */
  readonly maxRequests: number;
  /** How long one may take, in seconds. */
  readonly requestTimeoutSeconds: number;
  /** Aborted when no more requests are accepted. */
  readonly stop: AbortSignal;
  /** Aborted when the requests in flight are to end. */
  readonly signal: AbortSignal;
}

/** Bytes gathered of bodies whose requests are not admitted yet, of all connections together. */
export const maxArrivingBytes = 128 * 1024 ** 2;

/** A request that was admitted. */
export interface Admission {
  readonly number: number;
  /** Aborted with an {@linkcode HttpProblem} when the client disconnects, the request times out, or everything is to end. */
  readonly signal: AbortSignal;
  /** Reports its end; only the first call counts. */
  end(hasFailed: boolean): void;
}

/** The detail of 503 while the server shuts down. */
export const stopping = "The server is shutting down; send the request to its successor";

/** Admits a limited number of requests at once, and counts their outcomes. */
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

  /** Aborted when no more requests are accepted. */
  get stop(): AbortSignal {
    return this.#options.stop;
  }

  /**
   * Adds to the bytes gathered of requests that are not admitted yet; a negative number releases them.
   *
   * @throws {HttpProblem} 503 beyond 128 MiB; then they are not added.
   */
  arrive(bytes: number): void {
    if (bytes > 0 && this.#arrivingBytes + bytes > maxArrivingBytes) {
      this.#refuse("Too many request bodies are arriving; retry in a second");
    }
    this.#arrivingBytes += bytes;
  }

  /** @throws {HttpProblem} 503 during shutdown, and while `maxRequests` are in flight. */
  admit(request: Pick<Request, "signal">): Admission {
    const { maxRequests, requestTimeoutSeconds, signal, stop } = this.#options;
    if (stop.aborted) this.#refuse(stopping);
    if (this.#underWay >= maxRequests) {
      this.#refuse(
        `${
          plural(maxRequests, "request is", "requests are")
        } in progress already (maxRequests); retry in a second`,
      );
    }
    this.#underWay++;
    // Not `AbortSignal.any`: each of its signals leaves memory behind in a signal that lives as long as the process.
    const ended = new AbortController();
    const abort = (status: number, why: string) => ended.abort(new HttpProblem(status, why));
    const onGone = () => abort(400, "The client disconnected before it was answered");
    const onStopped = () => ended.abort(new HttpProblem(503, stopping, { "retry-after": "1" }));
    const timer = setTimeout(
      () => abort(504, `The request took longer than ${duration(requestTimeoutSeconds)} (requestTimeout)`),
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

  /** Resolves when no request is in flight. */
  async idle(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>((resolve) => this.#onIdle = resolve);
  }

  #refuse(why: string): never {
    this.#refused++;
    throw new HttpProblem(503, why, { "retry-after": "1" });
  }
}
