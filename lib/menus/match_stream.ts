import type { ObjectCounts, Reject } from "../records/batch.ts";
import type { MatchKind } from "./match/match.ts";
import type { Matcher } from "./match/matcher.ts";
import type { MatchRow } from "./tables/match_table.ts";
import type { CsvRowBatch } from "../records/stages/csv_rows.ts";

/** A term that a row holds. */
export interface FoundMatch extends MatchRow {
  /** The row's line. */
  readonly line: number;
}

/** How many matches were found in rows, by kind. */
export type MatchKinds = Record<MatchKind, number>;

export interface MatchStreamOptions {
  readonly matcher: Pick<Matcher, "match">;
  /** `out` is counted here. */
  readonly counts: ObjectCounts;
  readonly kinds: MatchKinds;
  /** Called with a batch's rejects, before its matches are passed on. */
  readonly onRejects: (rejects: readonly Reject[]) => Promise<void> | void;
}

/**
 * Finds the terms in batches of rows: the first field is the row's menu, the others are looked through. What comes out is a
 * batch's matches, in the order of the rows; nothing if it has no matches. A menu of many rows may have a term in several.
 */
export class MatchStream extends TransformStream<CsvRowBatch, readonly FoundMatch[]> {
  constructor({ matcher, counts, kinds, onRejects }: MatchStreamOptions) {
    super({
      async transform({ rows, rejects }, controller) {
        if (rejects.length > 0) await onRejects(rejects);
        const found: FoundMatch[] = [];
        for (const { line, fields: [menuId, ...texts] } of rows) {
          for (const { termId, score, kind, text } of matcher.match(texts)) {
            kinds[kind]++;
            found.push({ line, menuId: menuId!, termId, score: rounded(score), matched: text, kind });
          }
        }
        counts.out += rows.length;
        if (found.length > 0) controller.enqueue(found);
      },
    });
  }
}

/** To three decimals: what is behind them says nothing. */
function rounded(score: number): number {
  return Math.round(score * 1_000) / 1_000;
}
