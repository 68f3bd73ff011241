import { TextLineStream } from "@std/streams/text_line_stream.js";
import { root, taskFlags } from "./task_flags.ts";

/** A server of the bench as a process of its own: prints its address, then a line of JSON on each request. */
export class ServerProcess implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  #address = "";

  private constructor(main: string, args: readonly string[]) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        `--config=${root}tests/deno.json`,
        ...taskFlags().permissions,
        `${root}${main}`,
        ...args,
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#lines = this.#process.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())
      .getReader();
    this.#input = this.#process.stdin.getWriter();
  }

  /**
   * Starts one; resolves when it takes connections.
   *
   * @param main The program, from the project's folder.
   */
  static async start(main: string, ...args: string[]): Promise<ServerProcess> {
    const server = new ServerProcess(main, args);
    server.#address = (await server.#line()).replace("listening on ", "");
    return server;
  }

  /** Where it listens: `http://127.0.0.1:PORT`. */
  get address(): string {
    return this.#address;
  }

  /** What it says about itself. */
  async report<T>(): Promise<T> {
    await this.#input.write(Uint8Array.of(0x0a));
    return JSON.parse(await this.#line());
  }

  async #line(): Promise<string> {
    const { done, value } = await this.#lines.read();
    if (done) {
      throw new Error(
        `Cannot continue: the server at ${this.#address || "its start"} has ended`,
      );
    }
    return value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
    await this.#input.close().catch(() => {}); // its end is gone
    await this.#lines.cancel();
  }
}
