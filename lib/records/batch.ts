/** The types that travel through the pipeline. From the window on, one chunk is one batch. */
import { SluiceError } from "../errors/sluice_error.ts";
import type { CsvDelimiter } from "./csv/csv_delimiters.ts";
import { FieldFaults } from "./field_faults.ts";
import type { Reject, RejectReason } from "./reject.ts";
import { type FirstReject, firstReject } from "./rejects.ts";

export type { Reject, RejectReason, RemovedLine } from "./reject.ts";

/** Where an answer came from. */
export type Origin =
  /** The model was asked in this process, and this record waited for it. */
  | "model"
  /** It was in this process's memory, or in the cache. */
  | "cache"
  | ShortcutOrigin;

/** Which shortcut answered. */
export type ShortcutOrigin =
  /** Another question's answer was taken for it. */
  | "cluster"
  /** The question was skipped, since it is rare: there is no answer. */
  | "rare";

/** `refused` where the model does not take the question, `skipped` where it is rare and was not asked. */
export type Answer = number | "refused" | "skipped";

/** The records of one window, travelling together. */
export interface Batch {
  /**
   * The records' lines as they were read, in order, in UTF-8, each ending in LF. Bytes rather than strings: a batch
   * may wait long for its answers, and bytes are smaller, and can be given back at once.
   */
  readonly text: Uint8Array<ArrayBuffer>;
  /** For each record, the index of its line's LF in `text`. */
  readonly ends: Uint32Array;
  /** For each record, the number of its line. */
  readonly lineNumbers: Uint32Array;
  /** For each record, the index of its key in `keys`. */
  readonly keyOf: ArrayLike<number>;
  /** The batch's distinct keys, in the order of their first record. */
  readonly keys: string[];
  /** The batch's own slots for answers, one for each key. */
  readonly answers: (Answer | undefined)[];
  /** Where the answers came from, slot for slot; absent where they are not wanted. */
  origins?: (Origin | undefined)[];
  /** Indexes of records that already have the output field; absent if no record has it. */
  readonly overwrites?: ReadonlySet<number>;
  /**
   * For each record, what its answer takes the place of in `text`; where that is nothing, the field is made there.
   * Known of batches that were scanned as bytes; not good for the records in `overwrites`.
   */
  readonly splices?: { readonly starts: Uint32Array; readonly ends: Uint32Array };
  /** How the answers go into CSV rows; absent where the records are no such. */
  readonly csv?: CsvSplices;
  /** Records of this window that were set aside, in order. */
  readonly rejects: readonly Reject[];
  /** What the batch costs of the budget: its text, and what is kept of its rejects. */
  readonly bytes: number;
}

/** A record came to its output without an answer: a fault of the stages before. */
export function noAnswer(): SluiceError {
  return new SluiceError({
    kind: "internal",
    action: "encode",
    subject: "a record",
    reason: "it has no answer",
  });
}

/** Where the answers of a batch of CSV rows go. */
export interface CsvSplices {
  /** The names in the source's header row. */
  readonly columns: readonly string[];
  /** The object's header row as it goes out, ending in LF; of the first batch only. */
  readonly header?: Uint8Array<ArrayBuffer>;
  /** Stands before an answer that is a further field at the end of its row. */
  readonly delimiter: CsvDelimiter;
  /**
   * The fields that the answers take the place of, where the header has the output column: `count` of each record, one
   * after the other, each from its start up to, not including, its end in the batch's text.
   */
  readonly replaced?: { readonly count: number; readonly starts: Uint32Array; readonly ends: Uint32Array };
  /** Where origins are written: which of the `count` fields get that rather than the answer. */
  readonly isOrigin?: readonly boolean[];
}

/** What happened to one object's records and keys. Sums are checked before its output becomes visible. */
export class ObjectCounts {
  /** All lines, blank ones included; of CSV, all records and blank lines, without the header row. */
  in = 0;
  out = 0;
  rejected = 0;
  blank = 0;
  /** Of those out, how many hold `null`, since their question is rare. */
  skipped = 0;
  readonly reasons: Partial<Record<RejectReason, number>> = {};
  readonly #fieldFaults = new FieldFaults();
  #firstReject: FirstReject | undefined;
  /** Bytes read and written, as stored. */
  bytesIn = 0;
  bytesOut = 0;

  /** Adds another object's counts. */
  add(other: ObjectCounts): void {
    for (const what of ["in", "out", "rejected", "blank", "skipped", "bytesIn", "bytesOut"] as const) {
      this[what] += other[what];
    }
    for (const [reason, count] of Object.entries(other.reasons) as [RejectReason, number][]) {
      this.reasons[reason] = (this.reasons[reason] ?? 0) + count;
    }
    this.#fieldFaults.add(other.#fieldFaults);
  }

  /** Which key fields records lack, and which they have. */
  get fieldFaults(): FieldFaults {
    return this.#fieldFaults;
  }

  /** The reject with the lowest line number. Of this object only: {@linkcode add} leaves it. */
  get firstReject(): FirstReject | undefined {
    return this.#firstReject;
  }

  reject(reason: RejectReason): void {
    this.rejected++;
    this.reasons[reason] = (this.reasons[reason] ?? 0) + 1;
  }

  /** Counts records that were set aside, in the order of their lines. */
  rejectAll(rejects: readonly Reject[]): void {
    for (const reject of rejects) {
      this.reject(reject.reason);
      this.#fieldFaults.count(reject);
    }
    const [first] = rejects;
    if (first === undefined || (this.#firstReject?.line ?? Infinity) <= first.line) return;
    this.#firstReject = firstReject(first);
  }
}
