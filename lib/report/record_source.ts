import type { SkippedObjects } from "../jobs/skipped_objects.ts";
import type { GroupTable } from "./group_table.ts";

export interface ReadIntoOptions {
  /** Field that holds the level. */
  readonly field: string;
  readonly signal: AbortSignal;
}

/**
 * Where records with levels come from. It hands over groups and levels, not records: a source that can count by
 * itself, as a database can, adds each group and level once, with their number of records.
 */
export interface RecordSource {
  /** The source's address, without secrets. */
  readonly url: string;
  /** What was left out, where there are objects. */
  readonly skipped?: SkippedObjects;
  /** How far it is, as a line of text. */
  readonly progress: readonly string[];
  /**
   * Adds all records to the table, by the fields of `table.by`.
   *
   * @throws {Error} There is nothing to read, or some of it cannot be read: the table is of no use then.
   */
  readInto(table: GroupTable, options: ReadIntoOptions): Promise<void>;
  /**
   * Says which fields of `table.by` no record has, and which fields there are; undefined if none is missing. Called after
   * {@linkcode readInto}.
   *
   * @throws {Error} The source cannot be asked.
   */
  missingFields(table: GroupTable, signal: AbortSignal): Promise<string | undefined>;
  close(): Promise<void>;
}
