import { type ProcessUsage, processUsage } from "./process_usage.ts";

/** How often a running process's usage is asked for, in milliseconds. */
const usageIntervalMs = 20;

export interface TimedProcess extends ProcessUsage {
  /** From start to end. */
  readonly seconds: number;
  /** When it was started, in milliseconds since 1970, with fractions. */
  readonly startedMs: number;
  readonly stdout: string;
}

export interface TimedProcessOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a program and measures it as a whole. CPU time and memory lack up to the last 20 ms; both are 0 where there
 * is no `/proc`.
 *
 * @throws {Error} It ended with another status than 0; what it said on standard error is in the message.
 */
export async function timedProcess(
  program: string,
  args: readonly string[],
  options: TimedProcessOptions = {},
): Promise<TimedProcess> {
  const startedMs = performance.timeOrigin + performance.now();
  const child = new Deno.Command(program, {
    args: [...args],
    cwd: options.cwd,
    env: { NO_COLOR: "1", ...options.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let usage: ProcessUsage = { cpuSeconds: 0, peakRssBytes: 0 };
  const timer = setInterval(
    () => usage = processUsage(child.pid) ?? usage,
    usageIntervalMs,
  );
  const { code, stdout, stderr } = await child.output();
  const seconds = (performance.timeOrigin + performance.now() - startedMs) /
    1000;
  clearInterval(timer);
  const decoder = new TextDecoder();
  if (code !== 0) {
    const said = decoder.decode(stderr).trim();
    throw new Error(
      `Cannot measure ${program} ${args.join(" ")}: it ended with status ${code}: ${said}`,
    );
  }
  return { ...usage, seconds, startedMs, stdout: decoder.decode(stdout) };
}
