/** Why something in the source is not processed. */
export type SkipReason =
  /** Its extension is that of no record file. */
  | "not_a_record_file"
  /** Its extension leaves open what it holds, and its first bytes are no record. */
  | "not_records"
  /** Its name, or that of a folder above it, begins with `_` or `.`. */
  | "hidden"
  /** A key that ends in `/`, with content. */
  | "folder_key"
  | "broken_link"
  | "folder_link"
  /** A pipe, socket or device. */
  | "not_a_file"
  /** Its name cannot be written as text, so that it cannot be opened. */
  | "name_not_utf8"
  /** In an archive of S3, from which it was not restored. */
  | "archived"
  | "not_included"
  | "excluded"
  /** Of another time than since and until select. */
  | "other_time"
  | "other_shard"
  /** A question of it was skipped, but the object is there no more. */
  | "gone";

/** Something in the source that is not processed. */
export interface SkippedObject {
  /** Name under the source's prefix; that of a folder, of which nothing is listed, ends in `/`. */
  readonly name: string;
  readonly reason: SkipReason;
  /** Of an object of another time: what its time was taken from. */
  readonly timeFrom?: "name" | "date";
}

/**
 * The part of a name up to its first segment that begins with `_` or `.`, which is what hides it: `a/_b/` of `a/_b/c/d`;
 * `undefined` if there is none.
 */
export function hiddenPart(name: string): string | undefined {
  return /^(?:[^/]*\/)*?[_.][^/]*\/?/.exec(name)?.[0];
}

/** Whether what is hidden is Sluice's own: rejects, lists of skipped questions, a manifest, a probe, an unfinished file. */
export function isOwnPart(part: string): boolean {
  return /^_(?:rejects|skipped)\/$|^_sluice-probe-|(?:^|\/)\.sluice-manifest\.db|\.sluice-tmp$/.test(part);
}
