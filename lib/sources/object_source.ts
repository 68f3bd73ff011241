import type { RetryPolicy } from "../retry/retry_policies.ts";
import { describeStore } from "../stores/probe_store.ts";
import type { ListOptions, MarkedObject, Store, StoredObject } from "../stores/store.ts";
import { BodyStream } from "./body_stream.ts";
import type { OpenUnitOptions, Source } from "./source.ts";

export interface ObjectSourceOptions {
  /** A connection that is silent for longer counts as broken, in seconds. Defaults to 30. */
  readonly idleSeconds?: number;
  /** Changes to the policy by which a broken connection is resumed. */
  readonly retry?: Partial<RetryPolicy>;
}

/** The objects of a store as a source. */
export class ObjectSource implements Source {
  readonly url: string;
  readonly abilities: Store["abilities"];
  readonly #store: Store;
  readonly #options: ObjectSourceOptions;

  /** @param store Closed with the source. */
  constructor(store: Store, options: ObjectSourceOptions = {}) {
    this.url = store.url;
    this.abilities = store.abilities;
    this.#store = store;
    this.#options = options;
  }

  list(signal: AbortSignal, options?: ListOptions): AsyncIterable<StoredObject[]> {
    return this.#store.list(signal, options);
  }

  async guess(signal: AbortSignal): Promise<string | undefined> {
    return await this.#store.guess?.(signal);
  }

  head(name: string, signal: AbortSignal): Promise<MarkedObject | undefined> {
    return this.#store.head(name, signal);
  }

  open(object: StoredObject, options: OpenUnitOptions): ReadableStream<Uint8Array<ArrayBuffer>> {
    const { idleSeconds = 30, retry } = this.#options;
    return new BodyStream({ ...options, store: this.#store, object, idleSeconds, retry });
  }

  describe(signal: AbortSignal): Promise<string> {
    return describeStore(this.#store, signal);
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
