import { SluiceError } from "../errors/sluice_error.ts";
import { count } from "../text/format.ts";
import type { Mark, Store, Upload, WriteCondition } from "../stores/store.ts";
import { bytes, type Settings, whole } from "../settings/setting.ts";

/** How outputs are written. */
export const uploadSettings = {
  maxPartsInFlight: whole({
    help: "Parts of one output uploaded at once, 1 to 16; each takes a part's size of memory",
    min: 1,
    max: 16,
    default: 2,
  }),
  partSize: bytes({
    help:
      "Size of the parts of outputs in S3; an output may have 10,000 of them, so that larger parts allow larger outputs",
    min: 5 * 1024 ** 2,
    max: 1024 ** 3,
    defaultText: "8MiB, and up to 64MiB for objects over 39 GiB",
  }),
} satisfies Settings;

export interface ObjectWriterOptions {
  readonly store: Store;
  readonly name: string;
  readonly condition: WriteCondition;
  readonly contentType: string;
  /** Called when the first bytes leave. */
  readonly contentEncoding?: () => string | undefined;
  /** Called when the first bytes leave. */
  readonly mark?: () => Mark;
  readonly maxPartsInFlight: number;
  /** Size of what the output is made from, which says about how large it becomes; absent where that is not known. */
  readonly sourceBytes?: number;
  readonly signal: AbortSignal;
  /** Called with the number of bytes that wait to be sent, whenever that changes. */
  readonly onBuffered?: (bytes: number) => void;
}

/** Parts after which the next ones are twice as large, where the parts are not to be of one size. */
const partsOfOneSize = 1_000;
/** Share of a store's parts that are of one size, where the source's size is known. */
const equalShare = 0.8;
/** An output is taken to be at most so many times as large as its source. */
const maxGrowth = 2;
/** First size of the buffer, in bytes: most objects are smaller than a part. */
const firstBufferBytes = 256 * 1024;
/** The buffer of a part that was sent, for whichever output of this process needs one next. */
let spareBuffer: Uint8Array<ArrayBuffer> | undefined;

/**
 * Gathers bytes into parts: one `put` when they all fit in one, else parts of one upload. The object is visible once
 * `close` has resolved, or never. Buffers one part, and one more for each part in flight.
 *
 * All parts but the last are of one size, as some stores demand (R2): the store's `partBytes`, doubled up to `maxPartBytes`
 * until four fifths of the store's parts hold twice the source. Parts behind these, and those of a source whose size is not
 * known, double after every 1,000, up to `maxPartBytes`.
 */
export class ObjectWriter {
  /** Bytes written so far. */
  bytes = 0;
  readonly #options: ObjectWriterOptions;
  readonly #inFlight = new Set<Promise<void>>();
  #buffer = new Uint8Array(0);
  #filled = 0;
  #part = 1;
  #upload: Upload | undefined;
  #aborted: Promise<void> | undefined;
  /** Aborted when the object is given up: parts under way are not waited for. */
  readonly #givenUp = new AbortController();
  readonly #signal: AbortSignal;
  /** The first part that failed. */
  #failure: { readonly error: unknown } | undefined;

  /** Size of the first parts, in bytes. */
  readonly #firstPartBytes: number;
  /** How many parts have that size. */
  readonly #equalParts: number;

  constructor(options: ObjectWriterOptions) {
    this.#options = options;
    const { sourceBytes, store: { partLimits } } = options;
    this.#firstPartBytes = partLimits.partBytes;
    this.#equalParts = partsOfOneSize;
    if (sourceBytes !== undefined) {
      this.#equalParts = Math.max(partsOfOneSize, Math.floor(partLimits.maxParts * equalShare));
      while (
        this.#firstPartBytes * this.#equalParts < sourceBytes * maxGrowth &&
        this.#firstPartBytes < partLimits.maxPartBytes
      ) this.#firstPartBytes = Math.min(partLimits.maxPartBytes, this.#firstPartBytes * 2);
    }
    this.#signal = AbortSignal.any([options.signal, this.#givenUp.signal]);
  }

  /** Whether the mark has left with the first bytes. */
  get isMarked(): boolean {
    return this.#upload !== undefined;
  }

  /** Takes bytes in; waits while `maxPartsInFlight` parts are on their way. */
  async write(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    while (chunk.length > 0) {
      const partBytes = this.#partBytes();
      // A part leaves when more is to come, so that a whole object that just fills one is still one `put`.
      if (this.#filled === partBytes) await this.#sendPart();
      const taken = Math.min(chunk.length, partBytes - this.#filled);
      this.#reserve(this.#filled + taken, partBytes);
      this.#buffer.set(chunk.subarray(0, taken), this.#filled);
      this.#filled += taken;
      this.bytes += taken;
      chunk = chunk.subarray(taken);
    }
    this.#options.onBuffered?.(this.#filled);
  }

  /** Sends the rest and makes the object visible; resolves to its ETag. */
  async close(): Promise<string> {
    const { name, store } = this.#options;
    if (this.#upload === undefined) {
      const etag = await store.put(name, this.#buffer.subarray(0, this.#filled), this.#writeOptions());
      this.#buffer.buffer.transfer(0); // not after a failure, as with parts
      return etag;
    }
    if (this.#filled > 0) await this.#sendPart();
    await Promise.all(this.#inFlight);
    this.#throwFailure();
    return await this.#upload.complete(this.#signal);
  }

  /** Removes what was sent. Never throws; safe to call again. */
  abort(): Promise<void> {
    return this.#aborted ??= this.#abort();
  }

  async #abort(): Promise<void> {
    const { name, store } = this.#options;
    this.#givenUp.abort(
      new SluiceError({
        kind: "internal",
        action: "send a part of",
        subject: store.url + name,
        reason: "it was given up",
      }),
    );
    await Promise.all(this.#inFlight);
    await this.#upload?.abort();
  }

  #partBytes(): number {
    const { maxPartBytes } = this.#options.store.partLimits;
    const doublings = Math.max(0, Math.ceil((this.#part - this.#equalParts) / partsOfOneSize));
    return Math.min(maxPartBytes, this.#firstPartBytes * 2 ** doublings);
  }

  #reserve(needed: number, partBytes: number): void {
    if (needed <= this.#buffer.length) return;
    // Growing copies what is there: where a whole part is at hand, or will most likely be filled, it is one at once.
    if (spareBuffer?.length === partBytes) {
      spareBuffer.set(this.#buffer.subarray(0, this.#filled));
      this.#buffer.buffer.transfer(0);
      this.#buffer = spareBuffer;
      spareBuffer = undefined;
      return;
    }
    const grown = Math.min(partBytes, Math.max(needed, firstBufferBytes, this.#buffer.length * 4));
    this.#buffer = new Uint8Array(this.#buffer.buffer.transfer(this.#part > 1 ? partBytes : grown));
  }

  async #sendPart(): Promise<void> {
    const { maxPartsInFlight, name, store } = this.#options;
    const { maxParts, maxPartBytes } = store.partLimits;
    const number = this.#part++;
    if (number > maxParts) {
      throw new SluiceError({
        kind: "limit",
        action: "write",
        subject: store.url + name,
        reason: `it is larger than ${count(maxParts)} parts of up to ${count(maxPartBytes)} bytes` +
          (maxPartBytes < uploadSettings.partSize.max ? ": set --part-size" : ""),
      });
    }
    this.#upload ??= await store.startUpload(name, this.#writeOptions());
    while (this.#inFlight.size >= maxPartsInFlight) await Promise.race(this.#inFlight);
    this.#throwFailure();
    const buffer = this.#buffer;
    const sent = this.#upload.part(
      number,
      this.bytes - this.#filled,
      buffer.subarray(0, this.#filled),
      this.#signal,
    )
      .then(() => {
        // Not after a failure: the sender may still use it.
        spareBuffer?.buffer.transfer(0);
        spareBuffer = buffer;
      }, (error) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#inFlight.delete(sent));
    this.#inFlight.add(sent);
    this.#buffer = new Uint8Array(0);
    this.#filled = 0;
  }

  #writeOptions() {
    const { condition, contentEncoding, contentType, mark } = this.#options;
    return {
      condition,
      contentEncoding: contentEncoding?.(),
      contentType,
      mark: mark?.(),
      signal: this.#signal,
    };
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/** Writes an output's bytes. The chunks' buffers are given back at once, so they must not be shared. */
export class UploadStream extends WritableStream<Uint8Array<ArrayBuffer>> {
  constructor(writer: ObjectWriter) {
    super({
      async write(chunk) {
        await writer.write(chunk);
        chunk.buffer.transfer(0);
      },
      abort: () => writer.abort(),
    });
  }
}
