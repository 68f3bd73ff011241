/** A pair of company and title as a window's records have it, once it has been looked up as it is. */
export interface Pair {
  readonly key: string;
  /** Records of the window that have it. */
  readonly records: number;
  /** Whether it comes for the first time; `undefined` where there are too many pairs to tell. */
  readonly isNew: boolean | undefined;
  /** What the cache answers to the pair as it is; looked up only when it is new. */
  readonly answer: number | undefined;
}

/** A way to ask less, held against asking about each distinct pair as it is, over the same records. */
export interface Strategy {
  /** As a run is told to take it: `--normalize fold`. */
  readonly name: string;
  /** Takes in a window's pairs, one window after the other. */
  add(pairs: readonly Pair[]): Promise<void>;
  /** What it has come to so far. */
  count(): StrategyCount;
}

/** What a run in some way would ask, and what that takes. */
export interface StrategyCount {
  /** Distinct questions. */
  readonly distinct: number;
  /** Those of them that the cache knows. */
  readonly known: number;
  /** 0 where questions are counted exactly; else the standard error, as a part of their number. */
  readonly relativeError: number;
  /** Size of a question in a call, in the mean, in bytes; 0 without questions. */
  readonly questionBytes: number;
  /** Of pairs whose own answer is known, those that would get another one. */
  readonly answers?: { readonly compared: number; readonly changed: number };
  /** Memory that a run would hold for it; nothing unless told. */
  readonly heldBytes?: number;
  /** Time that it took to find out what is asked about, the cache's not included. */
  readonly workSeconds?: number;
}
