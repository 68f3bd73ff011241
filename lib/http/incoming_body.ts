import { HttpProblem } from "./problem.ts";

export interface IncomingBodyOptions {
  readonly maxBodyBytes: number;
  /** Bytes a second, on average over `judgedMs` in which the sender was waited for. */
  readonly minBodyRate: number;
}

/** Over how long a sender's rate is judged, in milliseconds. */
const judgedMs = 10_000;
/** What is read before a request counts as one, in bytes at most. */
const maxFirstBytes = 65_536;

/**
 * The body of a request, within its limits. A sender that is too slow is told by the time for which it was waited for:
 * a reader that is slower than the sender does not count against it. Buffers nothing but its first line.
 */
export class IncomingBody {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  readonly #options: IncomingBodyOptions;
  #bytes = 0;
  /** Since the last judgement: bytes that came, and milliseconds waited. */
  #judgedBytes = 0;
  #waitedMs = 0;
  #first: Uint8Array<ArrayBuffer>[] = [];

  constructor(body: ReadableStream<Uint8Array<ArrayBuffer>> | null, options: IncomingBodyOptions) {
    this.#reader = body?.getReader();
    this.#options = options;
  }

  /**
   * Reads until there is a whole line, 64 KiB, or the end. What a slow sender takes until then costs nobody else.
   *
   * @throws {HttpProblem} 408, 413.
   */
  async readFirstLine(): Promise<void> {
    for (let bytes = 0; bytes < maxFirstBytes;) {
      const chunk = await this.#read();
      if (chunk === undefined) return;
      this.#first.push(chunk);
      bytes += chunk.length;
      if (chunk.includes(10)) return;
    }
  }

  /** All of it. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) chunks.push(chunk);
    const whole = new Uint8Array(this.#bytes);
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }

  /**
   * As it comes; reads no further than its reader wants.
   *
   * @param onBytes Told how many bytes have come.
   */
  stream(onBytes: (bytes: number) => void): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream({
      pull: async (controller) => {
        const chunk = await this.#next();
        if (chunk === undefined) return controller.close();
        onBytes(chunk.length);
        controller.enqueue(chunk);
      },
      cancel: (reason) => this.cancel(reason),
    }, { highWaterMark: 0 });
  }

  /** Reads no further. Never throws. */
  async cancel(reason: unknown): Promise<void> {
    await this.#reader?.cancel(reason).catch(() => {});
  }

  async #next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#first.shift() ?? await this.#read();
  }

  async #read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#reader === undefined) return undefined;
    const { maxBodyBytes } = this.#options;
    while (true) {
      const { done, value } = await this.#inTime(this.#reader.read());
      if (done) return undefined;
      this.#bytes += value.length;
      if (this.#bytes > maxBodyBytes) {
        return await this.#refuse(
          new HttpProblem(413, `The body is larger than ${maxBodyBytes} bytes (maxBodyBytes)`),
        );
      }
      if (value.length > 0) return value;
    }
  }

  async #inTime<T extends { value?: Uint8Array }>(read: Promise<T>): Promise<T> {
    const { minBodyRate } = this.#options;
    const started = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    // What has come so far pays for some of the wait.
    const paidMs = Math.max(0, judgedMs - this.#waitedMs);
    const tooSlow = new Promise<"slow">((resolve) => timer = setTimeout(() => resolve("slow"), paidMs));
    const ended = await Promise.race([read, tooSlow]).finally(() => clearTimeout(timer));
    this.#waitedMs += performance.now() - started;
    const arrived = ended === "slow" ? 0 : ended.value?.length ?? 0;
    this.#judgedBytes += arrived;
    if (this.#waitedMs >= judgedMs) {
      if (this.#judgedBytes * 1000 < minBodyRate * this.#waitedMs) {
        read.catch(() => {}); // its end is of no interest any more
        await this.#refuse(
          new HttpProblem(
            408,
            `The body comes too slowly: ${this.#judgedBytes} bytes in ${
              Math.round(this.#waitedMs / 1000)
            } s; at least ${minBodyRate} a second are wanted (minBodyRate)`,
            { connection: "close" },
          ),
        );
      }
      this.#waitedMs = this.#judgedBytes = 0;
    }
    return ended === "slow" ? await this.#inTime(read) : ended;
  }

  async #refuse(problem: HttpProblem): Promise<never> {
    // Not waited for: the rest of a slow body may take for ever.
    void this.cancel(problem);
    await Promise.resolve();
    throw problem;
  }
}
