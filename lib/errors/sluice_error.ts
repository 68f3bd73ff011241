import { permissionReason } from "./permission_reason.ts";

/** What kind of thing went wrong. Exit statuses, HTTP statuses and fields of the log follow from it. */
export type ErrorKind =
  /** What the user named is not there or cannot be used: a path, an address, an argument. */
  | "input"
  /** There is nothing to process where the user has named it. */
  | "empty"
  /** Records, rows or files do not hold what they should. */
  | "data"
  /** The place that records come from cannot be listed or read. */
  | "source"
  /** The place that outputs go to cannot be written. */
  | "sink"
  /** The cache, or what is kept beside it. */
  | "cache"
  /** The model cannot be reached, refuses, or answers what is no answer. */
  | "model"
  /** The queue of jobs, or what coordinates processes. */
  | "queue"
  /** A cap was reached; the message quotes it. */
  | "limit"
  /** A setting is missing, unknown, out of range, or contradicts another one. */
  | "settings"
  /** A fault of Sluice: it should not happen, whatever the input. */
  | "internal";

export interface SluiceErrorOptions {
  readonly kind: ErrorKind;
  /** What failed, as an infinitive without `to`: `upload part 3 of`, `read`, `ask`. */
  readonly action: string;
  /** On what: an object's address, a line, a server's URL. Never with a secret in it. */
  readonly subject?: string;
  /** Why, with the value that was found, without a final period. */
  readonly reason: string;
  /** The error behind this one. */
  readonly cause?: unknown;
}

/**
 * The one error that users are meant to read. Its message is the sentence `Cannot <action> <subject>: <reason>`.
 * Code branches on `kind`, or on the class where a caller reacts to one failure in particular; never on the text.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { SluiceError } from "./sluice_error.ts";
 *
 * const error = new SluiceError({
 *   kind: "sink",
 *   action: "upload part 3 of",
 *   subject: "s3://out/a.jsonl",
 *   reason: "503 SlowDown after 5 attempts",
 * });
 * assertEquals(error.message, "Cannot upload part 3 of s3://out/a.jsonl: 503 SlowDown after 5 attempts");
 * ```
 */
export class SluiceError extends Error {
  override readonly name: string = "SluiceError";
  readonly kind: ErrorKind;
  readonly action: string;
  readonly subject: string | undefined;
  readonly reason: string;

  constructor({ kind, action, subject, reason, cause }: SluiceErrorOptions) {
    super(
      `Cannot ${action}${subject === undefined ? "" : ` ${subject}`}: ${reason}`,
      cause === undefined ? undefined : { cause },
    );
    this.kind = kind;
    this.action = action;
    this.subject = subject;
    this.reason = reason;
  }

  /**
   * A `SluiceError` as it is, since it says already what failed, and on what; one without a subject with the one of the
   * context, and its own kind; anything else as the reason of a new one.
   */
  static from(error: unknown, context: Omit<SluiceErrorOptions, "reason" | "cause">): SluiceError {
    const isOurs = error instanceof SluiceError;
    if (isOurs && (error.subject !== undefined || context.subject === undefined)) return error;
    const kind = isOurs ? error.kind : context.kind;
    return new SluiceError({ ...context, kind, reason: reasonOf(error, context.subject), cause: error });
  }
}

/**
 * Why something failed, to stand behind the colon of another error: of a `SluiceError` about the same subject, or
 * about none (what reads a stream does not know whose it is), its reason alone, so that nothing is said twice; else the
 * whole message.
 */
export function reasonOf(error: unknown, subject?: string): string {
  if (error instanceof SluiceError && subject !== undefined && (error.subject ?? subject) === subject) {
    return error.reason;
  }
  return error instanceof Error ? permissionReason(error) ?? error.message : String(error);
}

/** The kind of any error: what is no `SluiceError` is a fault of ours. */
export function kindOf(error: unknown): ErrorKind {
  return error instanceof SluiceError ? error.kind : "internal";
}
