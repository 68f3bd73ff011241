/** What a figure must reach, judged by the median of its rounds. */
export type Bar =
  | { readonly atLeast: number; readonly aim?: number }
  | { readonly atMost: number };

/** One line of the bench's table. */
export interface Figure {
  readonly name: string;
  /** One for each round. */
  readonly values: readonly number[];
  /** Unit of the values; empty for ratios. */
  readonly unit: string;
  /** Absent where the figure only says what the others are made of. */
  readonly bar?: Bar;
}
