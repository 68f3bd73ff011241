/**
 * How a term was met. `exact`: letter for letter as the term is written. `folded`: the same but for case, accents,
 * punctuation, apostrophes and where words part. `fuzzy`: misspelled.
 */
export type MatchKind = "exact" | "folded" | "fuzzy";

/** A term that a row holds. Offsets are in UTF-16 units of the field as it was given. */
export interface Match {
  readonly termId: string;
  /** The term as it was given. */
  readonly term: string;
  /** How sure the match is, from 0 to 1: `scoreOf` says how it comes about. */
  readonly score: number;
  readonly kind: MatchKind;
  /** Which field of the row, counted from 0. */
  readonly field: number;
  readonly start: number;
  readonly end: number;
  /** What stands there: the field from `start` to before `end`. */
  readonly text: string;
}
