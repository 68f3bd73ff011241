import { install } from "@sinonjs/fake-timers";
import { dirname } from "node:path";
import { type Io, Stop } from "../../lib/cli/io.ts";
import { program } from "../../lib/cli/program.ts";
import { awsEnvironment } from "../fakes/aws_environment.ts";
import { FakeModel, type FakeServerOptions } from "../fakes/model.ts";
import { FakeS3, type FakeS3Options } from "../fakes/s3.ts";

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Resolves when the command is to be stopped, as by SIGTERM. */
  readonly stop?: Promise<unknown>;
  /** Called with what is written to standard error, as it is written. */
  readonly onStderr?: (text: string) => void;
  /** Whether both standard streams are a terminal. */
  readonly isTerminal?: boolean;
  /** Standard input; by default there is nothing in it. */
  readonly stdin?: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Takes what is written to standard output as bytes; by default it becomes part of `stdout`. */
  readonly stdoutBytes?: WritableStream<Uint8Array<ArrayBuffer>>;
}

/** What a command said, and its exit status. */
export interface CommandSaid {
  readonly text: string;
  readonly status: number;
}

/** All that a command wrote, as it is, and its exit status. */
export interface CommandStreams {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

/** Where one text is provoked: a folder, servers on demand, and the command line; all gone afterwards. */
export class Scene implements AsyncDisposable {
  /** Holds `in/a.jsonl`, an object of one record. */
  readonly folder: string;
  readonly #placeholders: [value: string | RegExp, placeholder: string][] = [];
  readonly #ends = new AsyncDisposableStack();
  #aws: Disposable | undefined;

  private constructor(folder: string) {
    this.folder = folder;
    this.hide(folder, "<DIR>");
    this.hide(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<UUID>");
    this.write("in/a.jsonl", record("x"));
  }

  static async create(): Promise<Scene> {
    return new Scene(await Deno.realPath(await Deno.makeTempDir({ prefix: "sluice-errors-" })));
  }

  /** Has a value that changes from run to run shown as a placeholder. */
  hide(value: string | RegExp, placeholder: string): void {
    this.#placeholders.push([value, placeholder]);
  }

  /** A text with placeholders for what changes from run to run. */
  shown(text: string): string {
    return this.#placeholders.reduce((shown, [value, name]) => shown.replaceAll(value, name), text);
  }

  /** Writes a file, and the folders above it; returns its path. */
  write(name: string, content: string | Uint8Array): string {
    const path = `${this.folder}/${name}`;
    Deno.mkdirSync(dirname(path), { recursive: true });
    Deno.writeFileSync(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    return path;
  }

  /** Closes something when the text is there. */
  use<T extends AsyncDisposable | Disposable>(part: T): T {
    return this.#ends.use(part);
  }

  /** A port of this machine on which nothing listens. */
  unusedPort(): number {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.hide(`${listener.addr.port}`, "<PORT>");
    return listener.addr.port;
  }

  async model(options: FakeServerOptions = {}): Promise<FakeModel> {
    const model = this.use(await FakeModel.start(options));
    this.hide(model.url.replace(/^.*:/, ""), "<PORT>");
    return model;
  }

  /** An S3 with the buckets `raw`, which holds `in/a.jsonl`, and `mod`, where the AWS variables say that it is. */
  async s3(options: FakeS3Options = {}): Promise<FakeS3> {
    const s3 = this.use(await FakeS3.start({ buckets: ["raw", "mod"], ...options }));
    this.hide(s3.endpoint.replace(/^.*:/, ""), "<PORT>");
    s3.put("raw", "in/a.jsonl", record("x"));
    await this.environment(s3.environment);
    return s3;
  }

  /** Sets the AWS variables to these and no others, and leaves out the files of the user who runs the test. */
  async environment(variables: Readonly<Record<string, string>>): Promise<void> {
    this.#aws?.[Symbol.dispose]();
    this.#aws = await awsEnvironment(variables);
  }

  /**
   * Has the code's clocks go so many times as fast; 0 stops them. For what is retried with waits of seconds, and for
   * gRPC's client, whose timer for the next connection outlives it.
   */
  hurry(times: number): { tick(ms: number): void } {
    const clock = install({
      now: Date.now(),
      toFake: ["setTimeout", "clearTimeout", "performance", "Date"],
      shouldClearNativeTimers: true,
    });
    const timer = times > 0 ? setInterval(() => clock.tick(times), 1) : undefined;
    this.#ends.defer(() => {
      clearInterval(timer);
      clock.uninstall();
    });
    return { tick: (ms) => void clock.tick(ms) };
  }

  /** Has the next time-out of a signal be over at once: the faked clock has none of its own. */
  skipNextTimeout(): void {
    const { timeout } = AbortSignal;
    AbortSignal.timeout = () => {
      AbortSignal.timeout = timeout;
      return AbortSignal.abort(new DOMException("Signal timed out.", "TimeoutError"));
    };
  }

  /** What a command says on standard error, and the lines of `check` about what fails. */
  async sluice(args: readonly string[], options: CommandOptions = {}): Promise<CommandSaid> {
    const { status, stderr, stdout } = await this.streams(args, options);
    const failed = stdout.split("\n").filter((line) => line.startsWith("FAILED"));
    return { text: [...failed, stderr.trimEnd()].filter((text) => text !== "").join("\n"), status };
  }

  /** All that a command writes. */
  async streams(
    args: readonly string[],
    { env = {}, stop, isTerminal = false, ...given }: CommandOptions = {},
  ): Promise<CommandStreams> {
    let stderr = "", stdout = "";
    const decoder = new TextDecoder();
    const stopped = new AbortController();
    stop?.then(() => stopped.abort(new Stop("SIGTERM")));
    const io: Io = {
      stdin: given.stdin ?? ReadableStream.from([]),
      stdout: (text) => stdout += text,
      stdoutBytes: given.stdoutBytes ?? new WritableStream({
        write: (chunk) => void (stdout += decoder.decode(chunk, { stream: true })),
      }),
      stderr: (text) => {
        stderr += text;
        given.onStderr?.(text);
      },
      stdoutIsTerminal: isTerminal,
      stderrIsTerminal: isTerminal,
      signal: stopped.signal,
    };
    const status = await program(args, io, { env });
    return { status, stderr, stdout };
  }

  /** The same with `--json`: standard output as an object, and what standard error has. */
  async figures(
    args: readonly string[],
    options: CommandOptions = {},
    // deno-lint-ignore no-explicit-any -- tests know what they look for
  ): Promise<CommandSaid & { readonly figures: any }> {
    const { status, stderr, stdout } = await this.streams([...args, "--json"], options);
    return { status, text: stderr, figures: JSON.parse(stdout) };
  }

  /** What `sluice run` says, from `in` to `out` by the reference model, where the flags do not say otherwise. */
  run(flags: Readonly<Record<string, string>> = {}, options: CommandOptions = {}): Promise<CommandSaid> {
    return this.sluice(["run", "--quiet", ...this.#flags(flags)], options);
  }

  /** All that `sluice run` writes, its summary too; see {@linkcode run}. */
  runStreams(
    flags: Readonly<Record<string, string>> = {},
    options: CommandOptions = {},
  ): Promise<CommandStreams> {
    return this.streams(["run", ...this.#flags(flags)], options);
  }

  /** What `sluice check` says of what fails, with run's flags. */
  check(flags: Readonly<Record<string, string>> = {}, ...more: string[]): Promise<CommandSaid> {
    return this.sluice(["check", ...this.#flags(flags), ...more]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ends.disposeAsync();
    this.#aws?.[Symbol.dispose]();
    await Deno.remove(this.folder, { recursive: true });
  }

  #flags(flags: Readonly<Record<string, string>>): string[] {
    const { folder } = this;
    const ordinary = {
      from: `${folder}/in`,
      to: `${folder}/out`,
      model: "reference:",
      cache: "none:",
      ledger: `${folder}/state/ledger.db`,
    };
    return Object.entries({ ...ordinary, ...flags }).flatMap(([name, value]) => [`--${name}`, value]);
  }
}

/** A record's line. */
export function record(title: string): string {
  return `{"company":"Acme","title":"${title}"}\n`;
}
