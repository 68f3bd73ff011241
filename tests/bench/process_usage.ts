/** Clock ticks a second in `/proc`, the same on all Linuxes that programs see. */
const ticksPerSecond = 100;

/** What a running process has used so far. */
export interface ProcessUsage {
  /** User and system time. */
  readonly cpuSeconds: number;
  /** The largest resident memory. */
  readonly peakRssBytes: number;
}

/**
 * Reads a process's usage from `/proc`; `undefined` where the process has ended, or there is no `/proc`.
 *
 * @throws {Deno.errors.NotCapable} This program was not started with `--allow-all`, without which Deno opens no file
 *   of `/proc`.
 */
export function processUsage(pid: number): ProcessUsage | undefined {
  try {
    const peak = /^VmHWM:\s*(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
    if (peak === undefined) return undefined;
    // The name in parentheses may hold anything; the 12th and 13th field behind it are the times.
    const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ").at(-1)!.split(" ");
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
      peakRssBytes: Number(peak) * 1024,
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error; // figures of 0 would say that nothing was used
    return undefined;
  }
}
