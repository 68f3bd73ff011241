import {
  compareNames,
  ConditionFailedError,
  isObjectName,
  type ListOptions,
  type MarkedObject,
  ObjectChangedError,
  ObjectGoneError,
  type PartLimits,
  type Store,
  type StoredObject,
  type UnfinishedUpload,
  type Upload,
  type WriteOptions,
} from "../../lib/stores/store.ts";
import { hiddenPart, isOwnPart } from "../../lib/stores/skipped_object.ts";

/** What a test has a store do instead of what it was asked for; each is used up by what it fails. */
export interface MemoryStoreFaults {
  /** Reads end with this error after so many bytes. */
  readonly breakReads?: { readonly afterBytes: number; readonly times: number; readonly quietly?: boolean };
  /** Called before each part is stored. */
  readonly onPart?: (number: number) => Promise<void> | void;
  /** Called before an upload is begun. */
  readonly onStart?: () => Promise<void>;
}

/** Objects on a page of a listing. */
const pageObjects = 1_000;

/** A store in memory that records what is asked of it. Web APIs only. */
export class MemoryStore implements Store {
  readonly url = "memory:///";
  readonly place = "memory:///";
  readonly abilities = { marksCostRequests: false, isOnNetwork: false };
  readonly partLimits: PartLimits;
  readonly objects = new Map<string, { bytes: Uint8Array<ArrayBuffer>; object: MarkedObject }>();
  /** `put a`, `start a`, `part a 1 @0 +5`, `complete a`, `abort a`, `read a @3`, in order. */
  readonly log: string[] = [];
  readonly faults: MemoryStoreFaults;
  readonly #readBytes: number;
  readonly #unfinished = new Map<string, UnfinishedUpload>();
  #writes = 0;
  #brokenReads = 0;

  /** @param options `readBytes` is the size of the chunks that reads come in, 7 bytes where it is not given. */
  constructor(
    options: { partLimits?: Partial<PartLimits>; faults?: MemoryStoreFaults; readBytes?: number } = {},
  ) {
    this.#readBytes = options.readBytes ?? 7;
    this.partLimits = { partBytes: 1_000, maxPartBytes: 1_000, maxParts: 10_000, ...options.partLimits };
    this.faults = options.faults ?? {};
  }

  /** Puts an object there, past everything. */
  give(name: string, bytes: Uint8Array<ArrayBuffer>): StoredObject {
    const object = { name, etag: `etag ${++this.#writes}`, bytes: bytes.length, modifiedMs: Date.now() };
    this.objects.set(name, { bytes, object });
    return object;
  }

  text(name: string): string | undefined {
    const bytes = this.objects.get(name)?.bytes;
    return bytes && new TextDecoder().decode(bytes);
  }

  async *list(
    signal: AbortSignal,
    { after = "", onSkipped }: ListOptions = {},
  ): AsyncGenerator<StoredObject[]> {
    signal.throwIfAborted();
    const all = [...this.objects.keys()].filter((name) => compareNames(name, after) > 0).sort(compareNames);
    const hidden = new Set(all.map(hiddenPart).filter((part) => part !== undefined));
    for (const name of hidden) if (!isOwnPart(name)) onSkipped?.({ name, reason: "hidden" });
    const names = all.filter(isObjectName);
    for (let at = 0; at < names.length; at += pageObjects) {
      yield names.slice(at, at + pageObjects).map((name) => listed(this.objects.get(name)!.object));
    }
  }

  head(name: string, _signal: AbortSignal): Promise<MarkedObject | undefined> {
    return Promise.resolve(this.objects.get(name)?.object);
  }

  read(
    object: StoredObject,
    offset: number,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    this.log.push(`read ${object.name} @${offset}`);
    const found = this.objects.get(object.name);
    if (found === undefined) {
      return Promise.reject(
        new ObjectGoneError({ action: "read", subject: this.url + object.name, reason: "it is gone" }),
      );
    }
    if (found.object.etag !== object.etag) {
      const reason = `its ETag is ${found.object.etag}, not ${object.etag}`;
      return Promise.reject(
        new ObjectChangedError({ action: "read", subject: this.url + object.name, reason }),
      );
    }
    const { breakReads } = this.faults;
    const breaks = breakReads !== undefined && this.#brokenReads++ < breakReads.times
      ? breakReads
      : undefined;
    let at = offset;
    return Promise.resolve(
      new ReadableStream({
        pull: (controller) => {
          if (signal.aborted) return controller.error(signal.reason);
          const end = Math.min(
            found.bytes.length,
            at + this.#readBytes,
            breaks ? offset + breaks.afterBytes : Infinity,
          );
          if (end > at) controller.enqueue(found.bytes.slice(at, end));
          else if (breaks && !breaks.quietly && at < found.bytes.length) {
            controller.error(new Error("connection reset"));
          } else controller.close();
          at = end;
        },
        cancel: () => void this.log.push(`cancel ${object.name}`),
      }, { highWaterMark: 0 }),
    );
  }

  put(name: string, bytes: Uint8Array<ArrayBuffer>, options: WriteOptions): Promise<string> {
    this.log.push(`put ${name}`);
    return Promise.resolve().then(() => this.#show(name, bytes.slice(), options));
  }

  async startUpload(name: string, options: WriteOptions): Promise<Upload> {
    await this.faults.onStart?.();
    this.log.push(`start ${name}`);
    const parts: { offset: number; bytes: Uint8Array }[] = [];
    let isOver = false;
    const id = crypto.randomUUID();
    this.#unfinished.set(id, { name, id, begunMs: Date.now() });
    return {
      id,
      part: async (number, offset, bytes, signal) => {
        this.log.push(`part ${name} ${number} @${offset} +${bytes.length}`);
        await unlessAborted(this.faults.onPart?.(number), signal);
        signal.throwIfAborted();
        parts.push({ offset, bytes: bytes.slice() });
      },
      complete: async () => {
        this.log.push(`complete ${name}`);
        if (isOver) throw new Error(`Cannot write ${this.url}${name}: its upload is over`);
        isOver = true;
        this.#unfinished.delete(id);
        const whole = new Uint8Array(parts.reduce((sum, { bytes }) => sum + bytes.length, 0));
        for (const { offset, bytes } of parts) whole.set(bytes, offset);
        return await this.#show(name, whole, options);
      },
      abort: () => {
        this.log.push(`abort ${name}`);
        isOver = true;
        this.#unfinished.delete(id);
        return Promise.resolve();
      },
    };
  }

  remove(name: string): Promise<void> {
    this.log.push(`remove ${name}`);
    this.objects.delete(name);
    return Promise.resolve();
  }

  async *unfinishedUploads(_signal: AbortSignal): AsyncGenerator<UnfinishedUpload> {
    yield* this.#unfinished.values();
  }

  removeUpload(_name: string, id: string, _signal: AbortSignal): Promise<void> {
    this.#unfinished.delete(id);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #show(name: string, bytes: Uint8Array<ArrayBuffer>, { condition, mark, signal }: WriteOptions): string {
    signal.throwIfAborted();
    const present = this.objects.get(name)?.object.etag;
    const holds = condition === "always" ||
      ("ifAbsent" in condition ? present === undefined : present === condition.ifEtag);
    if (!holds) {
      throw new ConditionFailedError({
        action: "write",
        subject: this.url + name,
        reason: "another writer did",
      });
    }
    const { etag } = this.give(name, bytes);
    this.objects.get(name)!.object = { ...this.objects.get(name)!.object, mark };
    return etag;
  }
}

/** An object as a listing shows it, without its mark. */
function listed({ name, etag, bytes, modifiedMs }: MarkedObject): StoredObject {
  return { name, etag, bytes, modifiedMs };
}

/** Waits as a request does: until it is done, or aborted. */
function unlessAborted(work: Promise<void> | void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    Promise.resolve(work).then(resolve, reject);
  });
}
