import type { Figure } from "./figure.ts";
import { spreadOf } from "./spread.ts";

/** Whether a figure's median reaches its bar; `undefined` where it has none. */
export function isMet({ bar, values }: Figure): boolean | undefined {
  if (bar === undefined) return undefined;
  const { median } = spreadOf(values);
  return "atLeast" in bar ? median >= bar.atLeast : median <= bar.atMost;
}
