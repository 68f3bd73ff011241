import type { Machine } from "./machine.ts";

/** The header of a result, as text. */
export function machineText(
  { cores, date, deno, load, memoryGib, os, processor, redis }: Machine,
): string {
  return `${date}, ${cores} cores of ${processor}, ${memoryGib} GiB, load ${load.toFixed(2)} at the start\n` +
    `${os}; Deno ${deno}; ${redis}\n`;
}
