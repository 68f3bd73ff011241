import { reasonOf, SluiceError } from "../errors/sluice_error.ts";
import { type Batch, ObjectCounts } from "./batch.ts";
import type { Recipe } from "../recipe/recipe.ts";
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
    | "maxCallBytes"
    | "maxExpansion"
    | "maxLineBytes"
    | "windowRecords"
    | "windowBytes"
  > {
  readonly source: Pick<Source, "url" | "open">;
  readonly recipe: Recipe;
  /** Objects that are read at once. */
  readonly objects: number;
  /** Called for each object that cannot be read to its end; what was read of it has been counted. */
  readonly onFailure: (message: string) => void;
  /** Called for each object that turns out to hold no records, where its name leaves that open. */
  readonly onSkipped?: (skipped: SkippedObject) => void;
  readonly signal: AbortSignal;
}

/**
 * Reads objects as a run does, up to the keys of their records, without answers and without outputs. Holds a window
 * of each object that is being read.
 */
export class ObjectReader {
  /** Of all objects, those that are being read included. */
  readonly counts = new ObjectCounts();
  /** What became of the objects: `gone` between listing and reading, `failed` before their end. */
  readonly objects = { read: 0, gone: 0, failed: 0 };
  readonly #options: ObjectReaderOptions;
  readonly #scanner: LineScanner;

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
    const { onFailure, onSkipped, source } = this.#options;
    const { counts } = this;
    // Ends requests under way where a stage behind them has failed.
    const over = new AbortController();
    const bytes = source.open(object, { counts, signal: AbortSignal.any([signal, over.signal]) });
    const format = formatOf(object.name, this.#options.format);
    const batches = readRecords(bytes, {
      ...this.#options,
      format,
      isCandidate: isCandidate(object.name, this.#options.format),
      scanner: this.#scanner,
      counts,
    }).getReader();
    try {
      for (;;) {
        const next = await batches.read().catch((error: unknown) => {
          signal.throwIfAborted();
          if (error instanceof ObjectGoneError) this.objects.gone++;
          else if (error instanceof NotRecordsError) {
            onSkipped?.({ name: object.name, reason: "not_records" });
          } else {
            this.objects.failed++;
            onFailure(objectError(source.url + object.name, error).message);
          }
        });
        if (next === undefined) return;
        if (next.done) break;
        await onBatch(next.value);
      }
      this.objects.read++;
    } finally {
      over.abort();
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
