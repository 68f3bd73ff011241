import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const manifest = JSON.parse(Deno.readTextFileSync(`${root}deno.json`));
const permissions = manifest.tasks.sluice.command.split(" ").filter((word: string) => word.startsWith("--"));

export interface ProcessResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `main.ts` as a process of its own, with the permissions of `deno task sluice`, and waits for its end. */
export async function sluice(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Promise<ProcessResult> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", `--config=${root}deno.json`, ...permissions, `${root}main.ts`, ...args],
    env: { NO_COLOR: "1", ...options.env },
    cwd: options.cwd,
  }).output();
  const decoder = new TextDecoder();
  return { status: code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
