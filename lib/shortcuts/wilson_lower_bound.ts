/** The quantile of the normal distribution for a one-sided bound that holds in 97.5 of 100 cases. */
const z = 1.96;

/**
 * Wilson's lower bound of a share, 0 to 1: what `hits` of `all` show of the whole that they were drawn from. 0 where
 * nothing was drawn.
 *
 * @see https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { wilsonLowerBound } from "./wilson_lower_bound.ts";
 *
 * assertEquals(Math.round(wilsonLowerBound(95, 100) * 10_000), 8_882);
 * ```
 */
export function wilsonLowerBound(hits: number, all: number): number {
  if (all === 0) return 0;
  const share = hits / all, square = z * z;
  const spread = z * Math.sqrt(share * (1 - share) / all + square / (4 * all * all));
  return Math.max(0, (share + square / (2 * all) - spread) / (1 + square / all));
}
