import { HttpProblem } from "./problem.ts";
import { type RequestDesk, stopping } from "./request_desk.ts";

export interface IncomingBodyOptions {
  readonly maxBodyBytes: number;
  /** What a sender can do whose body is too large, for its problem document; names the setting unless told. */
  readonly advice?: string;
  /** Bytes a second, on average over `judgedMs` in which the sender was waited for. */
  readonly minBodyRate: number;
  /** Counts what is gathered, and says when no more is. */
  readonly desk: Pick<RequestDesk, "arrive" | "stop">;
}

/** Over how long a sender's rate is judged, in milliseconds. */
const judgedMs = 10_000;
/** What is read before a request counts as one, in bytes at most. */
const maxFirstBytes = 65_536;
/** What each chunk takes while it is read, however small: the platform's buffer, in bytes. */
const readBytes = 65_536;

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
  /** What was gathered, in one piece: a chunk of one byte keeps a whole buffer of the platform's. */
  #gathered = new Uint8Array(0);
  #gatheredBytes = 0;
  /** Why no more is read. */
  #refusal: HttpProblem | undefined;

  /** @throws {HttpProblem} 413, where the sender says beforehand that it is too large. */
  constructor({ body, headers }: Pick<Request, "body" | "headers">, options: IncomingBodyOptions) {
    this.#options = options;
    if (Number(headers.get("content-length") ?? 0) > options.maxBodyBytes) throw this.#tooLarge();
    this.#reader = body?.getReader();
  }

  /**
   * Reads until there is a whole line, 64 KiB, or the end. What a slow sender takes until then costs nobody else.
   *
   * @throws {HttpProblem} 400 where it breaks off, 408, 413; 503 when the server is stopped, or too much is gathered.
   */
  async readFirstLine(): Promise<void> {
    await this.#gather((chunk) => this.#gatheredBytes >= maxFirstBytes || chunk.includes(10));
  }

  /**
   * All of it.
   *
   * @throws {HttpProblem} As `readFirstLine`.
   */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    await this.#gather(() => false);
    return this.#takeGathered() ?? new Uint8Array(0);
  }

  /**
   * As it comes; reads no further than its reader wants.
   *
   * @param onBytes Told how many bytes have come.
   */
  stream(onBytes: (bytes: number) => void): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream({
      pull: async (controller) => {
        const chunk = this.#takeGathered() ?? await this.#read();
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

  async #gather(isEnough: (chunk: Uint8Array) => boolean): Promise<void> {
    const { desk } = this.#options;
    let counted = 0;
    const count = (bytes: number) => {
      desk.arrive(bytes);
      counted += bytes;
    };
    const stop = () => void this.#refuse(new HttpProblem(503, stopping, { "retry-after": "1" }));
    desk.stop.addEventListener("abort", stop, { once: true });
    try {
      count(readBytes);
      for (let chunk = await this.#read(); chunk !== undefined; chunk = await this.#read()) {
        const needed = this.#gatheredBytes + chunk.length;
        if (needed > this.#gathered.length) {
          const length = Math.max(needed, 2 * this.#gathered.length);
          count(length - this.#gathered.length);
          const gathered = new Uint8Array(length);
          gathered.set(this.#gathered.subarray(0, this.#gatheredBytes));
          this.#gathered = gathered;
        }
        this.#gathered.set(chunk, this.#gatheredBytes);
        this.#gatheredBytes = needed;
        if (isEnough(chunk)) return;
      }
    } catch (error) {
      void this.cancel(error);
      throw error;
    } finally {
      desk.stop.removeEventListener("abort", stop);
      desk.arrive(-counted);
    }
  }

  #takeGathered(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#gatheredBytes === 0) return undefined;
    const bytes = this.#gathered.subarray(0, this.#gatheredBytes);
    this.#gathered = new Uint8Array(0);
    this.#gatheredBytes = 0;
    return bytes;
  }

  async #read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#reader === undefined) return undefined;
    while (true) {
      const { done, value } = await this.#inTime(this.#reader.read());
      if (this.#refusal !== undefined) throw this.#refusal;
      if (done) return undefined;
      this.#bytes += value.length;
      if (this.#bytes > this.#options.maxBodyBytes) throw this.#refuse(this.#tooLarge());
      if (value.length > 0) return value;
    }
  }

  async #inTime(
    reading: Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>>,
  ): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>> {
    const { minBodyRate } = this.#options;
    const read = reading.catch((error) => {
      throw new HttpProblem(400, `The body broke off: ${error instanceof Error ? error.message : error}`);
    });
    while (true) {
      const started = performance.now();
      let timer: ReturnType<typeof setTimeout> | undefined;
      // What has come so far pays for some of the wait.
      const paidMs = Math.max(0, judgedMs - this.#waitedMs);
      const tooSlow = new Promise<undefined>((resolve) =>
        timer = setTimeout(() => resolve(undefined), paidMs)
      );
      const ended = await Promise.race([read, tooSlow]).finally(() => clearTimeout(timer));
      this.#waitedMs += performance.now() - started;
      this.#judgedBytes += ended?.value?.length ?? 0;
      if (this.#waitedMs >= judgedMs && !ended?.done) {
        if (this.#judgedBytes * 1000 < minBodyRate * this.#waitedMs) {
          read.catch(() => {}); // its end is of no interest any more
          const seconds = Math.round(this.#waitedMs / 1000);
          throw this.#refuse(
            new HttpProblem(
              408,
              `The body comes too slowly: ${this.#judgedBytes} bytes in ${seconds} s; at least ${minBodyRate} ` +
                "a second are wanted (minBodyRate)",
              { connection: "close" },
            ),
          );
        }
        this.#waitedMs = this.#judgedBytes = 0;
      }
      if (ended !== undefined) return ended;
    }
  }

  #tooLarge(): HttpProblem {
    const { advice = "maxBodyBytes", maxBodyBytes } = this.#options;
    return new HttpProblem(413, `The body is larger than ${maxBodyBytes} bytes (${advice})`);
  }

  /** Reads no further; whoever reads is told why. */
  #refuse(problem: HttpProblem): HttpProblem {
    this.#refusal = problem;
    // Not waited for: the rest of a slow body may take for ever.
    void this.cancel(problem);
    return problem;
  }
}
