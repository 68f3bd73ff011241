import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const manifest = JSON.parse(Deno.readTextFileSync(`${root}deno.json`));
const permissions = manifest.tasks.sluice.command.split(" ").filter((word: string) => word.startsWith("--"));

export interface ProcessResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The one processor that it may use, from 0; needs `taskset`. */
  readonly cpu?: number;
}

/** Starts `main.ts` as a process of its own, with the permissions of `deno task sluice`. */
export function startSluice(args: readonly string[], options: ProcessOptions = {}) {
  const { cpu } = options;
  const command = [Deno.execPath(), "run", "--quiet", `--config=${root}deno.json`, ...permissions];
  const [first, ...rest] = cpu === undefined ? command : ["taskset", "-c", `${cpu}`, ...command];
  const child = new Deno.Command(first!, {
    args: [...rest, `${root}main.ts`, ...args],
    env: { NO_COLOR: "1", ...options.env },
    cwd: options.cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let stderr = "";
  const readStderr = async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) stderr += text;
  };
  const ended = Promise.all([child.status, new Response(child.stdout).text(), readStderr()])
    .then(([{ code }, stdout]): ProcessResult => ({ status: code, stdout, stderr }));
  return {
    pid: child.pid,
    ended,
    /** What is on standard error so far. */
    get stderr(): string {
      return stderr;
    },
    /** Sends a signal, if it has not ended yet. */
    kill(signal: Deno.Signal): void {
      try {
        child.kill(signal);
      } catch {
        // It has ended.
      }
    },
  };
}

/** Runs `main.ts` as a process of its own, and waits for its end. */
export async function sluice(args: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
  return await startSluice(args, options).ended;
}
