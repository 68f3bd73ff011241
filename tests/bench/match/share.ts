/** A share of cases, and the least that it is to be. */
export interface Share {
  readonly name: string;
  readonly hits: number;
  readonly all: number;
  /** From 0 to 1; none where the share is only told. */
  readonly bar?: number;
}
