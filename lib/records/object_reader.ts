import { reasonOf, SluiceError } from "../errors/sluice_error.ts";
import { type Batch, ObjectCounts } from "./batch.ts";
import type { Recipe } from "../recipe/recipe.ts";
import { checkUsableRecords, type MaxRejects } from "./max_rejects.ts";
import type { ReadNote } from "./read_note.ts";
import { readRecords, type ReadRecordsOptions } from "./read_records.ts";
import { NotRecordsError } from "./not_records_error.ts";
import { formatOf, isCandidate } from "./record_format.ts";
import { LineScanner } from "./scan/scan_lines.ts";
import type { Source } from "../sources/source.ts";
import type { SkippedObject } from "../stores/skipped_object.ts";
import { ObjectGoneError, type StoredObject } from "../stores/store.ts";

export interface ObjectReaderOptions extends
  Pick<
    ReadRecordsOptions,
    | "csvDelimiter"
    | "format"
    | "csvHeader"
    | "maxCallBytes"
    | "maxExpansion"
    | "maxLineBytes"
    | "windowRecords"
    | "windowBytes"
    | "zstd"
  > {
  readonly source: Pick<Source, "url" | "open">;
  readonly recipe: Recipe;
  /** Objects that are read at once. */
  readonly objects: number;
  /** Called for each object that cannot be read to its end; what was read of it has been counted. */
  readonly onFailure: (message: string) => void;
  /** Called for each object that turns out to hold no records, where its name leaves that open. */
  readonly onSkipped?: (skipped: SkippedObject) => void;
  /** Called with what is worth knowing about an object, though it is read. */
  readonly onNote?: (address: string, note: ReadNote) => void;
  /** What holds no usable record at all fails, unless all may be rejects. */
  readonly maxRejects?: MaxRejects;
  readonly signal: AbortSignal;
}

/**
 * Reads objects as a run does, up to the keys of their records, without answers and without outputs. Holds a window
 * of each object that is being read.
 */
export class ObjectReader {
  /** Of all objects, those that are being read included. */
  get counts(): ObjectCounts {
    const sum = new ObjectCounts();
    for (const counts of [this.#ended, ...this.#reading]) sum.add(counts);
    return sum;
  }

  /** What became of the objects: `gone` between listing and reading, `failed` before their end. */
  readonly objects = { read: 0, gone: 0, failed: 0 };
  readonly #options: ObjectReaderOptions;
  readonly #scanner: LineScanner;
  readonly #ended = new ObjectCounts();
  readonly #reading = new Set<ObjectCounts>();

  constructor(options: ObjectReaderOptions) {
    this.#options = options;
    this.#scanner = new LineScanner({ recipe: options.recipe });
  }

  /**
   * Reads them all, several side by side. `onBatch` gets an object's batches one after the other, and those of several
   * objects at once.
   *
   * @throws What the listing or `onBatch` throws, and the signal's reason.
   */
  async read(
    objects: AsyncIterable<StoredObject>,
    onBatch: (batch: Batch, object: StoredObject) => Promise<void> | void,
  ): Promise<void> {
    await eachObject(
      objects,
      this.#options,
      (object, signal) => this.#read(object, (batch) => onBatch(batch, object), signal),
    );
  }

  async #read(
    object: StoredObject,
    onBatch: (batch: Batch) => Promise<void> | void,
    signal: AbortSignal,
  ): Promise<void> {
    const { format: chosen, onFailure, onNote, onSkipped, source } = this.#options;
    const address = source.url + object.name;
    const counts = new ObjectCounts();
    this.#reading.add(counts);
    let head: Uint8Array | undefined;
    // Ends requests under way where a stage behind them has failed.
    const over = new AbortController();
    const bytes = source.open(object, { counts, signal: AbortSignal.any([signal, over.signal]) });
    const format = formatOf(object.name, chosen) ?? "jsonl";
    const batches = readRecords(bytes, {
      ...this.#options,
      format,
      isCandidate: isCandidate(object.name, chosen),
      scanner: this.#scanner,
      counts,
      onHead: (bytes) => head = bytes,
      onNote: (note) => onNote?.(address, note),
    }).getReader();
    const fail = (error: unknown) => {
      this.objects.failed++;
      onFailure(objectError(address, error).message);
    };
    try {
      for (;;) {
        const next = await batches.read().catch((error: unknown) => {
          signal.throwIfAborted();
          if (error instanceof ObjectGoneError) this.objects.gone++;
          else if (error instanceof NotRecordsError) {
            onSkipped?.({ name: object.name, reason: "not_records" });
          } else fail(error);
        });
        if (next === undefined) return;
        if (next.done) break;
        await onBatch(next.value);
      }
      try {
        checkUsableRecords(counts, { ...this.#options, format, head });
      } catch (error) {
        return fail(error);
      }
      this.objects.read++;
    } finally {
      over.abort();
      this.#reading.delete(counts);
      this.#ended.add(counts);
      await batches.cancel().catch(() => {}); // reported already
    }
  }
}

/**
 * Works on listed objects, several at once; the listing is asked for the next one when one of them is finished.
 *
 * @param work Its signal is aborted when other work has failed.
 * @throws The first failure of the listing or of `work`, once all work has ended; or the signal's reason.
 */
export async function eachObject(
  listed: AsyncIterable<StoredObject>,
  { objects, signal }: Pick<ObjectReaderOptions, "objects" | "signal">,
  work: (object: StoredObject, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const iterator = listed[Symbol.asyncIterator]();
  const loop = async () => {
    try {
      // All loops share one listing: a generator answers its calls one after the other.
      for (let next; !stop.aborted && !(next = await iterator.next()).done;) await work(next.value, stop);
    } catch (error) {
      failed.abort(error);
    }
  };
  await Promise.all(Array.from({ length: objects }, loop));
  await iterator.return?.();
  stop.throwIfAborted();
}

/**
 * Says which object an error is about: the stages that read one do not know its address.
 *
 * @param action What failed. By default it is reading, and an error that names something else stays as it is.
 */
export function objectError(address: string, error: unknown, action?: string): SluiceError {
  const isOurs = error instanceof SluiceError;
  const isNamed = isOurs && error.subject !== undefined;
  if (isNamed && action === undefined) return error;
  return new SluiceError({
    kind: isOurs ? error.kind : "data",
    action: action ?? "read",
    subject: address,
    reason: isOurs && !isNamed ? error.reason : reasonOf(error, address),
    cause: error,
  });
}
