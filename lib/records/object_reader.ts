import { type Batch, ObjectCounts } from "./batch.ts";
import type { Recipe } from "../recipe/recipe.ts";
import { readRecords, type ReadRecordsOptions } from "./read_records.ts";
import { formatOf } from "./record_format.ts";
import { LineScanner } from "./scan/scan_lines.ts";
import { BodyStream } from "./stages/body.ts";
import { ObjectGoneError, type Store, type StoredObject } from "../stores/store.ts";

export interface ObjectReaderOptions extends
  Pick<
    ReadRecordsOptions,
    "csvDelimiter" | "maxCallBytes" | "maxExpansion" | "maxLineBytes" | "windowRecords" | "windowBytes"
  > {
  readonly store: Store;
  readonly recipe: Recipe;
  /** How long a connection may be silent before it counts as broken, in seconds. */
  readonly idleTimeout: number;
  /** Objects that are read at once. */
  readonly objects: number;
  /** Told of each object that cannot be read to its end; what was read of it has counted. */
  readonly onFailure: (message: string) => void;
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
    const { signal } = this.#options;
    const failed = new AbortController();
    const stop = AbortSignal.any([signal, failed.signal]);
    const iterator = objects[Symbol.asyncIterator]();
    const readNext = async () => {
      try {
        // Several loops take turns at one listing: a generator answers its calls one after the other.
        for (let next; !stop.aborted && !(next = await iterator.next()).done;) {
          const object: StoredObject = next.value;
          await this.#read(object, (batch) => onBatch(batch, object), stop);
        }
      } catch (error) {
        failed.abort(error);
      }
    };
    await Promise.all(Array.from({ length: this.#options.objects }, readNext));
    await iterator.return?.();
    stop.throwIfAborted();
  }

  async #read(
    object: StoredObject,
    onBatch: (batch: Batch) => Promise<void> | void,
    signal: AbortSignal,
  ): Promise<void> {
    const { idleTimeout: idleSeconds, onFailure, store } = this.#options;
    const { counts } = this;
    // Ends requests under way where a stage behind them has failed.
    const over = new AbortController();
    const bytes = new BodyStream({
      store,
      object,
      counts,
      idleSeconds,
      signal: AbortSignal.any([signal, over.signal]),
    });
    const format = formatOf(object.name);
    const batches = readRecords(bytes, { ...this.#options, format, scanner: this.#scanner, counts })
      .getReader();
    try {
      for (;;) {
        const next = await batches.read().catch((error: unknown) => {
          signal.throwIfAborted();
          if (error instanceof ObjectGoneError) this.objects.gone++;
          else {
            this.objects.failed++;
            onFailure(failureMessage(store.url + object.name, error));
          }
        });
        if (next === undefined) return;
        if (next.done) break;
        await onBatch(next.value);
      }
      this.objects.read++;
    } finally {
      over.abort();
      await batches.cancel().catch(() => {}); // told already
    }
  }
}

function failureMessage(address: string, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return why.startsWith("Cannot ") ? why : `Cannot read ${address}: ${why}`;
}
