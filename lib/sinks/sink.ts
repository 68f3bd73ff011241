/** The seam to the places that records go to. */
import type { Batch, ObjectCounts, Reject } from "../records/batch.ts";
import { plural } from "../text/format.ts";
import type { RecordFormat } from "../records/record_format.ts";
import type { Codec } from "../records/stages/decompress.ts";
import type { LineScanner } from "../records/scan/scan_lines.ts";
import type { Recipe } from "../recipe/recipe.ts";
import type {
  ListOptions,
  Mark,
  MarkedObject,
  Store,
  StoreAbilities,
  StoredObject,
  WriteCondition,
} from "../stores/store.ts";

/** What a kind of sink has that others do not have. Callers ask here; they never read it off a URL. */
export interface SinkAbilities
  extends Pick<StoreAbilities, "marksCostRequests" | "isOnNetwork" | "marksAreKept"> {
  /** Whether it lists, beside an output, the questions that were skipped. */
  readonly listsSkipped: boolean;
}

/** One unit of work, as its output is begun. */
export interface OutputUnit {
  /** The output's name. */
  readonly name: string;
  /** The source object's address, for readers of the rejects. */
  readonly source: string;
  /** The source's size, which says about how large the output becomes; absent where it is not known. */
  readonly sourceBytes?: number;
  /** What the source's records are, and what they are compressed with once the first bytes have come. */
  readonly format: RecordFormat;
  readonly codec: Codec;
  readonly recipe: Recipe;
  /** The recipe's: writes batches that it has scanned. */
  readonly scanner?: LineScanner;
  /** Under which condition the output becomes visible. */
  readonly condition: WriteCondition;
  /** The mark, with the number of rejects that an earlier pass has found: it may leave before they are counted again. */
  readonly mark: Mark;
  /** Whether files that Sluice did not write are replaced. */
  readonly overwrite?: boolean;
  /** Whether rejects of an earlier output may be there. */
  readonly mayHaveRejects: boolean;
  /** Whether the output may hold nulls, or an earlier one may: the skipped questions are listed then. */
  readonly listsSkipped: boolean;
  /** Records written are counted here, as `out`. */
  readonly counts: ObjectCounts;
  /** Called with the number of bytes that wait to be sent, whenever that changes. */
  readonly onBuffered?: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/** An output on its way: visible as a whole, with its rejects, once it is committed; or never. */
export interface Output {
  /** Takes batches with their answers, and uses up their text. Closed when all have come. */
  readonly records: WritableStream<Batch>;
  /**
   * Looks at the places beside the output that it would write to or clear. Called first, before anything is read.
   *
   * @throws {ForeignFileError} One has a file that Sluice did not write.
   */
  ready?(): Promise<void>;
  /** Takes what was set aside of a batch, in the order of the records. Waits while the sink is slower. */
  reject(rejects: readonly Reject[]): Promise<void>;
  /** Takes the keys of a batch that were not asked, each with the number of its records. */
  skip(keys: ReadonlyMap<string, number>): Promise<void>;
  /**
   * Makes all of it visible, once `records` is closed. Resolves to the output's ETag, and its size in bytes.
   *
   * @param mark With the number of rejects.
   * @throws {RejectsUnknownError} Another number has left already; the unit must be begun again with this one.
   * @throws {ConditionFailedError} {@linkcode WriteConflictError} {@linkcode SluiceError}
   */
  commit(mark: Mark): Promise<{ readonly etag: string; readonly bytes: number }>;
  /** Takes all back. Never throws; safe after `commit` has failed. */
  abort(reason: unknown): Promise<void>;
}

export interface Sink {
  /** The sink's address, without secrets, ending in `/`. */
  readonly url: string;
  readonly abilities: SinkAbilities;
  /** Where rejects are kept, for readers: an address that begins as the sink's. */
  readonly rejectsIn: string;
  /** Where uploads outlive the process that began them: the store that knows them. */
  readonly uploads?: Pick<Store, "place" | "unfinishedUploads" | "removeUpload">;
  /**
   * Lists all outputs in the order of their names' UTF-8 bytes, a page at a time.
   */
  list(signal: AbortSignal, options?: Pick<ListOptions, "after" | "anyOrder">): AsyncIterable<StoredObject[]>;
  /** One output and its mark; undefined if it does not exist. */
  head(name: string, signal: AbortSignal): Promise<MarkedObject | undefined>;
  /**
   * How many rejects of each reason are kept beside an output; empty if none are.
   *
   * @throws {SluiceError}
   */
  keptRejects(name: string, signal: AbortSignal): Promise<Readonly<Record<string, number>>>;
  /** Tries to write, once, before the first question is asked. @throws {RequestRefusedError} Nothing can be written. */
  tryWriting?(signal: AbortSignal): Promise<void>;
  /** Begins an output. @throws {SluiceError} Its name cannot be used. */
  begin(unit: OutputUnit): Output;
  /**
   * What is there, for `sluice check`, and what of answers would not go where it should.
   *
   * @param outputField The field that answers are written to.
   */
  describe(signal: AbortSignal, outputField?: string): Promise<string>;
  /** Tries what a run writes, and leaves nothing behind. */
  probe(signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

/** The number of rejects was not known when the first part left, and the mark with it. */
export class RejectsUnknownError extends Error {
  override readonly name = "RejectsUnknownError";
  readonly rejects: number;

  constructor(rejects: number) {
    super(`the object has ${plural(rejects, "reject")}, which was not known when its first part was sent`);
    this.rejects = rejects;
  }
}
