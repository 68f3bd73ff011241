/** Takes the parts of one content, side by side, and hands them on one after the other, by their numbers. */
export class PostgresParts {
  /** Bytes handed on so far. */
  bytes = 0;
  readonly #send: (bytes: Uint8Array, signal: AbortSignal) => Promise<void>;
  readonly #waiting = new Map<number, PromiseWithResolvers<void>>();
  #next = 1;

  constructor(send: (bytes: Uint8Array, signal: AbortSignal) => Promise<void>) {
    this.#send = send;
  }

  /** As {@linkcode Upload.part}. */
  async send(number: number, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    while (number > this.#next) {
      const turn = Promise.withResolvers<void>();
      this.#waiting.set(number, turn);
      const onAbort = () => turn.reject(signal.reason);
      signal.addEventListener("abort", onAbort);
      await turn.promise.finally(() => signal.removeEventListener("abort", onAbort));
    }
    try {
      await this.#send(bytes, signal);
      this.bytes += bytes.length;
    } finally {
      this.#next = number + 1;
      this.#waiting.get(this.#next)?.resolve();
      this.#waiting.delete(this.#next);
    }
  }
}
