import { cpuUsage } from "node:process";
import type { Matcher } from "../../../lib/menus/match/matcher.ts";
import type { MenuRow } from "./menus.ts";

/** How often each way is timed, after once to warm up. */
const rounds = 5;

/** A way to match, and the rows to time it on. */
export interface Way {
  readonly match: (row: MenuRow) => unknown;
  readonly rows: readonly MenuRow[];
}

/**
 * Rows a second of CPU time for each way, a rate for each round. The ways take turns, so that what else the machine
 * does falls on all alike.
 */
export function rowsPerSecond(ways: readonly Way[]): number[][] {
  const rates = ways.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [way, { match, rows }] of ways.entries()) {
      const before = cpuUsage();
      for (const row of rows) match(row);
      const { user, system } = cpuUsage(before);
      if (round > 0) rates[way]!.push(rows.length / (user + system) * 1e6);
    }
  }
  return rates;
}

/** The middle of an odd number of values. */
export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[(values.length - 1) / 2]!;
}

/** What a matcher does for a row on average. */
export function workPerRow(
  matcher: Matcher,
  rows: readonly MenuRow[],
): Record<keyof Matcher["work"], number> {
  const before = { ...matcher.work };
  for (const row of rows) matcher.match(row);
  const share = (name: keyof Matcher["work"]) => (matcher.work[name] - before[name]) / rows.length;
  return {
    windows: share("windows"),
    lookups: share("lookups"),
    candidates: share("candidates"),
    distances: share("distances"),
  };
}
