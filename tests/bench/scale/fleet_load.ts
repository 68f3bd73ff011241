import type { FleetLinesOptions } from "./fleet_lines.ts";
import type { FleetLoad } from "./simulate_fleet.ts";

/** The load of `fleetLines`, as the simulation takes it: the pool's titles come first, each object's own all along. */
export function fleetLoad(
  { objects, lines, shared }: FleetLinesOptions & { readonly objects: number },
): FleetLoad {
  const own = Math.ceil(lines / 10) / lines;
  return {
    objects,
    linesPerObject: lines,
    everySeconds: 0,
    linesBefore: 0,
    distinctKeys: (read) => Math.min(shared, read * (1 - own)) + read * own,
  };
}
