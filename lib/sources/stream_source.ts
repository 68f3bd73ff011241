import { SluiceError } from "../errors/sluice_error.ts";
import type { StoredObject } from "../stores/store.ts";
import type { OpenUnitOptions, Source } from "./source.ts";

/** A stream that can be read once as a source of one unit, which has no version and no length. Buffers nothing. */
export class StreamSource implements Source {
  readonly url = "";
  readonly abilities = { isOnNetwork: false };
  readonly #unit: StoredObject;
  readonly #stream: () => ReadableStream<Uint8Array<ArrayBuffer>>;
  #isOpen = false;

  /** @param stream Called when the unit is read; its chunks' buffers are taken over. */
  constructor(name: string, stream: () => ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#stream = stream;
    this.#unit = { name, etag: crypto.randomUUID(), bytes: 0, modifiedMs: Date.now() };
  }

  async *list(signal: AbortSignal): AsyncGenerator<StoredObject[]> {
    signal.throwIfAborted();
    yield [this.#unit];
  }

  head(): Promise<StoredObject> {
    return Promise.resolve(this.#unit);
  }

  open(unit: StoredObject, { counts, signal }: OpenUnitOptions): ReadableStream<Uint8Array<ArrayBuffer>> {
    if (this.#isOpen) {
      throw new SluiceError({
        kind: "source",
        action: "read",
        subject: unit.name,
        reason: "it was read already",
      });
    }
    this.#isOpen = true;
    const counting = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        counts.bytesIn += chunk.length;
        if (chunk.length > 0) controller.enqueue(chunk);
      },
    });
    return this.#stream().pipeThrough(counting, { signal });
  }

  describe(): Promise<string> {
    return Promise.resolve(`${this.#unit.name}, of which nothing is read here`);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
