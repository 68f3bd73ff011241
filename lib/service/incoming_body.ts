import { reasonOf } from "../errors/sluice_error.ts";
import { plural } from "../text/format.ts";
import { HttpProblem } from "./problem.ts";
import { type RequestDesk, stopping } from "./request_desk.ts";

export interface IncomingBodyOptions {
  readonly maxBodyBytes: number;
  /** What a client can do if its body is too large, for the problem document; defaults to the setting's name. */
  readonly advice?: string;
  /** Bytes per second, on average over `judgedMs` of waiting for the client. */
  readonly minBodyRate: number;
  /** Counts the gathered bytes, and ends them at shutdown. */
  readonly desk: Pick<RequestDesk, "arrive" | "stop">;
}

/** Over how much waiting a client's rate is measured, in milliseconds. */
const judgedMs = 10_000;
/** Bytes read before a request is admitted, at most. */
const maxFirstBytes = 65_536;
/** Memory of a chunk while it is read, however small: the platform's buffer, in bytes. */
const readBytes = 65_536;

/**
 * The body of a request, within its limits. Only the time spent waiting for the client counts towards its rate: a
 * slow reader does not count against it. Buffers only the first line.
 */
export class IncomingBody {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  readonly #options: IncomingBodyOptions;
  #bytes = 0;
  /** Since the rate was last measured: bytes that came, and milliseconds waited. */
  #judgedBytes = 0;
  #waitedMs = 0;
  /** What was gathered, in one piece: a chunk of one byte would keep a whole buffer of the platform's alive. */
  #gathered = new Uint8Array(0);
  #gatheredBytes = 0;
  /** Why reading stopped. */
  #refusal: HttpProblem | undefined;

  /** @throws {HttpProblem} 413, if its declared length is too large. */
  constructor({ body, headers }: Pick<Request, "body" | "headers">, options: IncomingBodyOptions) {
    this.#options = options;
    if (Number(headers.get("content-length") ?? 0) > options.maxBodyBytes) throw this.#tooLarge();
    this.#reader = body?.getReader();
  }

  /**
   * Reads until there is a whole line, 64 KiB, or the end. Until then a slow client takes no request's place.
   *
   * @throws {HttpProblem} 400 if it ends early, 408, 413; 503 during shutdown, or if too much is gathered.
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
   * The body as it arrives; read only as fast as its reader reads.
   *
   * @param onBytes Called with how many bytes have come.
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
      throw new HttpProblem(400, `The request body ended early: ${reasonOf(error)}`);
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
          read.catch(() => {}); // how it ends no longer matters
          const seconds = Math.round(this.#waitedMs / 1000);
          throw this.#refuse(
            new HttpProblem(
              408,
              `The request body arrives too slowly: ${
                plural(this.#judgedBytes, "byte")
              } in ${seconds} s; the minimum ` +
                `is ${plural(minBodyRate, "byte")} per second (minBodyRate)`,
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
    return new HttpProblem(413, `The body is larger than ${plural(maxBodyBytes, "byte")} (${advice})`);
  }

  /** Stops reading; readers get the problem. */
  #refuse(problem: HttpProblem): HttpProblem {
    this.#refusal = problem;
    // Not awaited: the rest of a slow body may never come.
    void this.cancel(problem);
    return problem;
  }
}
