import { type Io, Stop } from "../../lib/cli/io.ts";
import { program } from "../../lib/cli/program.ts";

export interface ServingOptions {
  /** Address of the model; defaults to the word list's. */
  readonly model?: string;
  /** More of the command line. */
  readonly flags?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** The `serve` command in this process, on a free port. */
export class Serving implements AsyncDisposable {
  /** `http://127.0.0.1:43210/` */
  readonly url: string;
  /** The log so far, one record a line. */
  readonly log: readonly LogRecord[];
  readonly #stop: AbortController;
  readonly #status: Promise<number>;

  private constructor(
    url: string,
    log: readonly LogRecord[],
    stop: AbortController,
    status: Promise<number>,
  ) {
    this.url = url;
    this.log = log;
    this.#stop = stop;
    this.#status = status;
  }

  /** @throws {Error} The command ended before it served; the message is what it said. */
  static async start({ model = "reference:", flags = {}, env = {} }: ServingOptions = {}): Promise<Serving> {
    const log: LogRecord[] = [];
    const stop = new AbortController();
    const serving = Promise.withResolvers<string>();
    const io: Io = {
      stdout() {},
      stderr(text) {
        const record = JSON.parse(text) as LogRecord;
        log.push(record);
        if (record.url !== undefined) serving.resolve(record.url);
      },
      stdin: ReadableStream.from([]),
      stdoutIsTerminal: false,
      stderrIsTerminal: false,
      signal: stop.signal,
    };
    // The cache in memory is the process's: with a version of its own, each knows nothing of the others.
    const all = {
      model,
      cache: "memory:",
      "model-version": crypto.randomUUID(),
      listen: "127.0.0.1:0",
      linger: "5ms",
      ...flags,
    };
    const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
    if (model !== "reference:") args.push("--model-calls-per-second", "1000");
    const status = program(["serve", ...args], io, { env });
    const ended = status.then((status) => {
      throw new Error(`${status}: ${log.map(({ message }) => message).join("\n")}`);
    });
    return new Serving(await Promise.race([serving.promise, ended]), log, stop, status);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Asks one of its paths. */
  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(new URL(path, this.url), init);
  }

  answers(keys: unknown, init: RequestInit = {}): Promise<Response> {
    return this.fetch("/v1/answers", {
      method: "POST",
      body: JSON.stringify({ keys }),
      ...init,
      headers: { "content-type": "application/json", ...init.headers },
    });
  }

  records(body: BodyInit | null, { type = "application/x-ndjson", path = "", ...init }: RecordsInit = {}) {
    return this.fetch(`/v1/records${path}`, {
      method: "POST",
      body,
      ...init,
      headers: { "content-type": type, ...init.headers },
    });
  }

  /** The values of one of its metrics, by their labels as they are written. */
  async metric(name: string): Promise<Record<string, number>> {
    const text = await (await this.fetch("/metrics")).text();
    const values = text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, "gm"));
    return Object.fromEntries([...values].map(([, labels = "", value]) => [labels, Number(value)]));
  }

  /** The next snapshot that its viewers are shown. */
  async snapshot(): Promise<import("../../lib/telemetry/snapshot.ts").Snapshot> {
    const { body } = await this.fetch("/v1/live");
    for await (const { event, data } of eventsOf(body!)) {
      if (event === "state") return (data as { snapshot: never }).snapshot;
    }
    throw new Error("Cannot see how things stand: the events have ended");
  }

  /** Connects, and sends a text as it is. */
  async connect(text: string): Promise<Deno.TcpConn> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: this.port });
    await connection.write(new TextEncoder().encode(text));
    return connection;
  }

  /** Asks it to end, as SIGTERM does. */
  term(): void {
    if (!this.#stop.signal.aborted) this.#stop.abort(new Stop("SIGTERM"));
  }

  /** Asks it to end; resolves to the exit status. */
  async end(): Promise<number> {
    this.term();
    return await this.#status;
  }

  /** The exit status, when it has ended. */
  get status(): Promise<number> {
    return this.#status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

export interface LogRecord {
  readonly level: string;
  readonly message: string;
  readonly url?: string;
  readonly kind?: string;
  readonly request?: string;
}

interface RecordsInit extends RequestInit {
  readonly type?: string;
  /** Behind the path. */
  readonly path?: string;
}

/** Server-sent events, with their data read; the stream is cancelled when the caller wants no more. */
export async function* eventsOf(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<{ event: string; data: unknown }> {
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const events = (rest + text).split("\n\n");
    rest = events.pop()!;
    for (const lines of events) {
      const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(lines)!;
      yield { event: event!, data: JSON.parse(data!) };
    }
  }
}

/** A body that a test sends piece by piece. */
export class OpenBody {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;

  constructor() {
    this.stream = new ReadableStream({ start: (controller) => void (this.#controller = controller) });
  }

  send(text: string): void {
    this.#controller.enqueue(new TextEncoder().encode(text));
  }

  close(): void {
    this.#controller.close();
  }

  /** Breaks off in the middle. */
  breakOff(): void {
    this.#controller.error(new Error("broken off by the test"));
  }
}

/** A record's line. */
export function line(title: string, company = "Acme"): string {
  return `{"company":"${company}","title":"${title}"}\n`;
}

/** What a problem document says. */
export async function problemOf(response: Response): Promise<{ status: number; detail: string }> {
  const { title: _, ...problem } = await response.json();
  return problem;
}
