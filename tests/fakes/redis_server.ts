import { freePort } from "./free_port.ts";

/** A real Redis, run for one test: on a free port of this machine, keeping nothing. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #args: readonly string[];
  #process!: Deno.ChildProcess;
  #output!: Promise<void>;

  /**
   * Resolves when the server takes connections; to the reason if it cannot be run here.
   *
   * @param args More of `redis-server`'s arguments: `--requirepass`, `secret`.
   */
  static async start(...args: string[]): Promise<RedisServer | string> {
    if (!await isOnPath("redis-server")) return "no redis-server on PATH";
    const run = await Deno.permissions.query({ name: "run", command: "redis-server" });
    if (run.state !== "granted") return "no permission to run redis-server";
    for (let attempt = 1;; attempt++) {
      const folder = await Deno.makeTempDir({ prefix: "sluice-redis-" });
      const server = new RedisServer(freePort(), folder, args);
      if (await server.#spawn()) return server;
      await server[Symbol.asyncDispose]();
      // Another process may have taken the port in between.
      if (attempt === 3) {
        throw new Error(`Cannot start redis-server: it ended ${attempt} times before it was ready`);
      }
    }
  }

  private constructor(port: number, folder: string, args: readonly string[]) {
    this.port = port;
    this.#folder = folder;
    this.#args = args;
  }

  /** Kills it, waits, and starts it again on its port. It has kept what it was configured to keep: nothing, by default. */
  async restart(awayMs: number): Promise<void> {
    await this.#stop("SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, awayMs));
    if (!await this.#spawn()) throw new Error(`Cannot start redis-server again on port ${this.port}`);
  }

  /** Pauses it, waits, and resumes it: meanwhile it takes connections and answers nothing. */
  async pause(ms: number): Promise<void> {
    this.#process.kill("SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#process.kill("SIGCONT");
  }

  /** Kills it for good. */
  async kill(): Promise<void> {
    await this.#stop("SIGKILL");
  }

  #spawn(): Promise<boolean> {
    const own = ["--port", `${this.port}`, "--bind", "127.0.0.1", "--dir", this.#folder];
    this.#process = new Deno.Command("redis-server", {
      args: [...own, "--save", "", "--appendonly", "no", ...this.#args],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const ready = Promise.withResolvers<boolean>();
    this.#output = drain(this.#process.stdout, ready.resolve);
    return ready.promise;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop("SIGTERM");
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #stop(signal: Deno.Signal): Promise<void> {
    try {
      this.#process.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended already
    }
    await this.#process.status;
    await this.#output;
  }
}

async function isOnPath(program: string): Promise<boolean> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      if ((await Deno.stat(`${folder}/${program}`)).isFile) return true;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) throw error;
    }
  }
  return false;
}

/** Reads to the end, so that the server never waits for us; reports when it is ready, or has ended before. */
async function drain(
  output: ReadableStream<Uint8Array<ArrayBuffer>>,
  ready: (isReady: boolean) => void,
): Promise<void> {
  let text = "";
  for await (const chunk of output.pipeThrough(new TextDecoderStream())) {
    if (text.length < 64 * 1024) text += chunk;
    if (/ready to accept connections/i.test(text)) ready(true);
  }
  ready(false);
}
