import type { Io } from "../../lib/cli/io.ts";
import { program } from "../../lib/cli/program.ts";

export interface CallOptions {
  readonly env?: Record<string, string>;
  readonly signal?: AbortSignal;
  readonly stderrIsTerminal?: boolean;
}

/** A folder for one test, and the command line beside it. */
export class ScratchFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<ScratchFolder> {
    return new ScratchFolder(await Deno.realPath(await Deno.makeTempDir({ prefix: "sluice-cli-" })));
  }

  /** Writes a file, and the folders above it. */
  write(name: string, content: string | Uint8Array): void {
    const path = `${this.path}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeFileSync(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
  }

  /** Paths, sizes and times of change of all files in it. */
  files(below = this.path): string[] {
    return [...Deno.readDirSync(below)].flatMap(({ name, isDirectory }) => {
      const path = `${below}/${name}`;
      if (isDirectory) return this.files(path);
      const { mtime, size } = Deno.statSync(path);
      return [`${path} ${size} ${mtime?.getTime()}`];
    }).sort();
  }

  /** Runs a command; of its arguments, what begins with `@` is a path in the folder. */
  async sluice(args: readonly string[], options: CallOptions = {}) {
    let stdout = "", stderr = "";
    const io: Io = {
      stdout: (text) => stdout += text,
      stderr: (text) => stderr += text,
      stdin: ReadableStream.from([]),
      stdoutIsTerminal: false,
      stderrIsTerminal: options.stderrIsTerminal ?? false,
      signal: options.signal ?? new AbortController().signal,
    };
    const full = args.map((arg) => arg.replace(/^(sqlite:)?@/, `$1${this.path}/`));
    const status = await program(full, io, { env: options.env ?? {} });
    return { status, stdout, stderr };
  }

  /** The same with `--json`: what standard output has, parsed. */
  // deno-lint-ignore no-explicit-any -- tests know what they look for
  async figures(args: readonly string[], options: CallOptions = {}): Promise<any> {
    const { status, stderr, stdout } = await this.sluice([...args, "--json"], options);
    if (stdout === "") throw new Error(`Cannot read figures: exit status ${status}: ${stderr}`);
    return JSON.parse(stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
