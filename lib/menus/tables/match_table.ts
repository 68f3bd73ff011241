/**
 * The seam between matching and the databases that keep its pairs: `sqlite_match_table.ts`, `postgres_match_table.ts`,
 * `csv_match_table.ts`. One conformance list is for all of them.
 */
import type { RejectReason } from "../../records/batch.ts";
import { compareNames } from "../../stores/store.ts";
import type { MatchKind } from "../match/match.ts";

/** A term that a menu holds. */
export interface MatchRow {
  readonly menuId: string;
  readonly termId: string;
  /** From 0 to 1. */
  readonly score: number;
  /** What stands in the text. */
  readonly matched: string;
  readonly kind: MatchKind;
}

/** A row of the source that was set aside. */
export interface MatchReject {
  /** Address of the object that it came from. */
  readonly object: string;
  /** Counted from 1; unique in its object. */
  readonly line: number;
  readonly reason: RejectReason;
  /** The row, or its first 64 KiB. */
  readonly text: string | Uint8Array;
  /** Length of the whole row, in bytes. */
  readonly bytes: number;
}

/**
 * Keeps pairs, one for each menu and term. Of several, the one with the best score stays, of equal ones that whose matched
 * text comes first in UTF-8, then that whose kind does: the end is the same in whatever order, how often and from how many
 * processes they are written.
 */
export interface MatchTable {
  /** Its address, without secrets. */
  readonly url: string;
  /** Where it keeps rejects, for readers. */
  readonly rejectsIn: string;
  /**
   * Writes pairs, all of them or none: one transaction. Resolves when they are kept, to how many of them were not there
   * before; fewer if a write was repeated because its reply was lost.
   */
  write(rows: readonly MatchRow[], signal: AbortSignal): Promise<number>;
  /** Keeps what was set aside, by object and line: what is there of an earlier time is replaced. */
  reject(rejects: readonly MatchReject[], signal: AbortSignal): Promise<void>;
  /** Says that all was written: a file becomes visible. */
  finish(signal: AbortSignal): Promise<void>;
  /** Without `finish` before, a file is left as it was; what databases were given stays. */
  close(): Promise<void>;
}

/** Which of two pairs of the same menu and term stays: negative for the first, 0 where they are equal. */
export function compareMatchRows(a: MatchRow, b: MatchRow): number {
  return b.score - a.score || compareNames(a.matched, b.matched) || compareNames(a.kind, b.kind);
}

/**
 * One row for each menu and term, by menu and then term, in the order of their UTF-8: writers that all keep to one order do
 * not wait for each other in a circle.
 */
export function bestMatchRows(rows: Iterable<MatchRow>): MatchRow[] {
  const best = new Map<string, MatchRow>();
  for (const row of rows) {
    const key = `${row.menuId.length}:${row.menuId}${row.termId}`;
    const known = best.get(key);
    if (known === undefined || compareMatchRows(row, known) < 0) best.set(key, row);
  }
  return [...best.values()].sort((a, b) =>
    compareNames(a.menuId, b.menuId) || compareNames(a.termId, b.termId)
  );
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** What is kept of a rejected row, as text: U+FFFD stands for what is not UTF-8. */
export function rejectText({ text }: Pick<MatchReject, "text">): string {
  return typeof text === "string" ? text : decoder.decode(text);
}
