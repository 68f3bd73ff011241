export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The median of some values, and how far they lie apart; of an even number, the mean of the two in the middle. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b), half = sorted.length / 2;
  return {
    median: (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2,
    min: sorted[0]!,
    max: sorted.at(-1)!,
  };
}
