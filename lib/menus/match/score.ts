import type { MatchKind } from "./match.ts";

/** What is weighed in a score. */
export interface ScoreParts {
  readonly kind: MatchKind;
  readonly edits: number;
  /** The letters of the longer of the two, the term and what stands in the text. */
  readonly letters: number;
  /** How many words of the text. */
  readonly words: number;
  /** Words part elsewhere than in the term. */
  readonly regrouped: boolean;
  /** `The`, `and` or initials are left out. */
  readonly alias: boolean;
  /** The first letter differs. */
  readonly otherInitial: boolean;
  /** The text has no capital letter where the term has one, although it has some elsewhere. */
  readonly small: boolean;
  /** From 0 to 1: see `evidence`. */
  readonly evidence: number;
}

const foldedShare = 0.98, regroupedShare = 0.95, aliasShare = 0.93;
const otherInitialCost = 0.06, smallCost = 0.06, smallWordCost = 0.2;

/**
 * The score of a match, from 0 to 1:
 *
 *     score = (1 - edits / letters - costs) * shares * evidence
 *
 * The first part is the edit distance normalised by the longer length (Navarro 2001, "A guided tour to approximate
 * string matching"). Costs stand only for misspellings: 0.06 for another first letter, since the first letter is rarely wrong
 * (Yannakoudakis and Fawthrop 1983), 0.2 for a single word in small letters, and 0.06 for several. Shares: 0.98 for a folded match, 0.95
 * where words are joined or split, 0.93 where `The`, `and` or initials are left out. An exact match in a place that fits
 * scores 1.
 */
export function scoreOf(parts: ScoreParts): number {
  let score = 1;
  if (parts.kind === "fuzzy") {
    score -= parts.edits / parts.letters;
    if (parts.otherInitial) score -= otherInitialCost;
    if (parts.small) score -= parts.words > 1 ? smallCost : smallWordCost;
  } else if (parts.kind === "folded") score *= foldedShare;
  if (parts.regrouped) score *= regroupedShare;
  if (parts.alias) score *= aliasShare;
  return Math.max(0, score * parts.evidence);
}
