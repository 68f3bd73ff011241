/** A pair of company and title as a window's records have it, once it has been looked up as it is. */
export interface Pair {
  readonly key: string;
  /** Records of the window that have it. */
  readonly records: number;
  /** Whether it is the first time; undefined if there are too many pairs to know. */
  readonly isNew: boolean | undefined;
  /** The cached answer of the pair as it is; looked up only when it is new. */
  readonly answer: number | undefined;
}

/** A way to ask fewer questions, compared with asking about each distinct pair as it is. */
export interface Strategy {
  /** The flags of a run that uses it: `--normalize fold`. */
  readonly name: string;
  /** Adds a window's pairs, one window after the other. */
  add(pairs: readonly Pair[]): Promise<void>;
  /** The counts so far. */
  count(): StrategyCount;
}

/** What a run with a strategy would ask, and what that costs. */
export interface StrategyCount {
  /** Distinct questions. */
  readonly distinct: number;
  /** Those of them that are cached. */
  readonly known: number;
  /** 0 where questions are counted exactly; else the standard error, as a part of their number. */
  readonly relativeError: number;
  /** Size of a question in a call, in the mean, in bytes; 0 without questions. */
  readonly questionBytes: number;
  /** Of pairs whose own answer is known, those that would get another one. */
  readonly answers?: { readonly compared: number; readonly changed: number };
  /** Memory that a run would hold for it, in bytes. */
  readonly heldBytes?: number;
  /** CPU time of finding out what is asked, without the cache's, in seconds. */
  readonly workSeconds?: number;
}
