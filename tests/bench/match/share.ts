/** A share of cases, and the least that it is to be. */
export interface Share {
  readonly name: string;
  readonly hits: number;
  readonly all: number;
  /** From 0 to 1; undefined if the share is only printed. */
  readonly bar?: number;
}
