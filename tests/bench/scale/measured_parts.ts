import type { FleetParts } from "./simulate_fleet.ts";

/**
 * One worker, as it was measured: `tests/bench/results/2026-11-21.txt`, warm, S3 to S3. It holds 24 MiB of records that
 * wait for answers, and lines are of 270 bytes.
 */
export const measuredParts: FleetParts = {
  workers: 1,
  linesPerSecond: 448_000,
  linesPerStep: 1_000,
  maxLinesInFlight: Math.floor(24 * 1024 ** 2 / 270),
  maxOpenObjects: 8,
  callsPerSecond: 1,
  questionsPerCall: 1_000,
  callSeconds: 0.3,
};
