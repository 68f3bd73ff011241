/** Why a record was set aside. */
export type RejectReason =
  /** The line is not JSON. */
  | "invalid_json"
  /** The line is JSON, but not an object. */
  | "not_an_object"
  /** A key field is absent; of CSV, an id is empty. */
  | "missing_key_field"
  /** A key field is null. */
  | "null_key_field"
  /** A key field is a number, true, false, an object or an array. */
  | "key_field_not_text"
  /** A key field has a lone surrogate, or the key is too large for a call. */
  | "invalid_key"
  /** The line is not UTF-8. */
  | "invalid_utf8"
  /** The line is longer than `maxLineBytes`, or the CSV record is that begins with it. */
  | "line_too_long"
  /** A quote of the CSV record is where none may be, or does not close. */
  | "invalid_csv"
  /** The CSV record has more or fewer fields than the header. */
  | "ragged_row"
  /** The model does not take the question. */
  | "model_refused";

/** A record that was set aside. */
export interface Reject {
  /** Counted from 1, blank lines and a header row included; of a record of several lines, the first. */
  readonly line: number;
  readonly reason: RejectReason;
  /** The line, or its first 64 KiB. */
  readonly text: string | Uint8Array;
  /** Length of the whole line, in bytes. */
  readonly bytes: number;
  /** The key field at fault, where the reason is that it is absent, null or no text. */
  readonly field?: string;
}

/** A line that was set aside before its number is known. */
export type RemovedLine = Omit<Reject, "line">;
