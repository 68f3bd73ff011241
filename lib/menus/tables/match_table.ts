/**
 * The seam between matching and the databases that keep its pairs: `sqlite_match_table.ts`, `postgres_match_table.ts`,
 * `csv_match_table.ts`. One conformance list is for all of them.
 */
import type { RejectReason } from "../../records/batch.ts";
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
  /**
   * Writes pairs, all of them or none: one transaction. Resolves when they are kept, to how many of them were not there
   * before; fewer than that where a write was begun anew after its answer got lost.
   */
  write(rows: readonly MatchRow[], signal: AbortSignal): Promise<number>;
  /** Keeps what was set aside, by object and line: what is there of an earlier time is replaced. */
  reject(rejects: readonly MatchReject[], signal: AbortSignal): Promise<void>;
  /** Says that all was written: a file becomes visible. */
  finish(signal: AbortSignal): Promise<void>;
  /** Without `finish` before, a file is left as it was; what databases were given stays. */
  close(): Promise<void>;
}
