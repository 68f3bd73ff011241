/** The seam to the places that records come from. */
import type { ObjectCounts } from "../records/batch.ts";
import type { ListOptions, MarkedObject, StoreAbilities, StoredObject } from "../stores/store.ts";

export interface OpenUnitOptions {
  /** The bytes read are counted here. */
  readonly counts: ObjectCounts;
  /** The first byte that is read. Defaults to 0. */
  readonly start?: number;
  readonly signal: AbortSignal;
}

/** Hands out units of work, and opens one. A unit is an object: its name, and the ETag of its version. */
export interface Source {
  /** The source's address, without secrets, ending in `/`. */
  readonly url: string;
  /** What a kind of source has that others do not have. */
  readonly abilities: Pick<StoreAbilities, "isOnNetwork" | "notifications">;
  /**
   * Lists all units in the order of their names' UTF-8 bytes, a page at a time; tells what it leaves out.
   */
  list(signal: AbortSignal, options?: ListOptions): AsyncIterable<StoredObject[]>;
  /** What the address may have meant, if there are no units; `undefined` if there is no guess. */
  guess?(signal: AbortSignal): Promise<string | undefined>;
  /** One unit as it is now; undefined if it does not exist. */
  head(name: string, signal: AbortSignal): Promise<MarkedObject | undefined>;
  /**
   * A unit's bytes as stored. Broken connections are resumed. The chunks' buffers are the caller's.
   *
   * @throws {ObjectGoneError} {@linkcode ObjectChangedError} {@linkcode SluiceError} In the stream.
   */
  open(unit: StoredObject, options: OpenUnitOptions): ReadableStream<Uint8Array<ArrayBuffer>>;
  /** What is there, for `sluice check`. */
  describe(signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}
