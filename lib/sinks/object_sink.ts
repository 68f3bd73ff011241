import type { Batch, Reject } from "../records/batch.ts";
import { contentTypes, encoderOf } from "../records/record_format.ts";
import { rejectLine } from "../records/rejects.ts";
import { CompressStream } from "../records/stages/compress.ts";
import type { Zstd } from "../records/stages/decompress.ts";
import { decodeKey } from "../recipe/key.ts";
import { count } from "../text/format.ts";
import { describeStore, probeStore } from "../stores/probe_store.ts";
import type { ListOptions, Mark, MarkedObject, Store, StoredObject } from "../stores/store.ts";
import {
  ForeignFileError,
  isRejectLine,
  isSkippedLine,
  type LineObject,
  unmarkedFile,
} from "./foreign_file.ts";
import { countForeignOutputs } from "./foreign_outputs.ts";
import { type KeptRejects, keptRejects } from "./kept_rejects.ts";
import { LinesObject } from "./lines_object.ts";
import { ObjectWriter, type ObjectWriterOptions, uploadSettings, UploadStream } from "./object_writer.ts";
import { type Output, type OutputUnit, RejectsUnknownError, type Sink, type SinkAbilities } from "./sink.ts";

/** Where, under the sink, what was set aside of an output stands, under the output's name. */
const rejectsPrefix = "_rejects/";
/** Where the questions stand that an output has no answers for. */
export const skippedPrefix = "_skipped/";

export interface ObjectSinkOptions {
  /** Parts of one output that are sent at once. Defaults to 2. */
  readonly maxPartsInFlight?: number;
  /** Reads what lies beside outputs of zstd; without it, that counts as somebody else's. */
  readonly zstd?: Zstd;
}

/**
 * A store as a sink: an output is an object under the source's name, in its format and compression; what was set aside
 * and what was skipped stand beside it, as JSON lines under `_rejects/` and `_skipped/`.
 */
export class ObjectSink implements Sink {
  readonly url: string;
  readonly abilities: SinkAbilities;
  readonly rejectsIn: string;
  readonly uploads: Store;
  readonly #store: Store;
  readonly #options: ObjectSinkOptions;

  /** @param store Closed with the sink. */
  constructor(store: Store, options: ObjectSinkOptions = {}) {
    this.url = store.url;
    this.rejectsIn = store.url + rejectsPrefix;
    this.abilities = { ...store.abilities, listsSkipped: true };
    this.uploads = this.#store = store;
    this.#options = options;
  }

  list(
    signal: AbortSignal,
    options?: Pick<ListOptions, "after" | "anyOrder">,
  ): AsyncIterable<StoredObject[]> {
    return this.#store.list(signal, options);
  }

  head(name: string, signal: AbortSignal): Promise<MarkedObject | undefined> {
    return this.#store.head(name, signal);
  }

  keptRejects(name: string, signal: AbortSignal): Promise<KeptRejects> {
    return keptRejects(this.#store, rejectsPrefix + name, { signal, zstd: this.#options.zstd });
  }

  async tryWriting(signal: AbortSignal): Promise<void> {
    await this.#store.tryWriting?.(signal);
  }

  begin(unit: OutputUnit): Output {
    return new ObjectOutput(this.#store, unit, this.#options);
  }

  async describe(signal: AbortSignal): Promise<string> {
    const { counted, first, foreign } = await countForeignOutputs(this.#store, signal);
    const described = await describeStore(this.#store, signal);
    if (first === undefined) return described;
    const those = foreign === 1 ? "it" : "them";
    return `${described}; ${count(foreign)} of the first ${count(counted)} ${
      foreign === 1 ? "was" : "were"
    } not written by Sluice, as ${first}: a run does not replace ${those} without --overwrite`;
  }

  probe(signal: AbortSignal): Promise<string> {
    return probeStore(this.#store, signal);
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

/** One output on its way to a store. Buffers what its stages buffer: a batch, a chunk, and the writer's parts. */
class ObjectOutput implements Output {
  readonly records: WritableStream<Batch>;
  readonly #store: Store;
  readonly #unit: OutputUnit;
  readonly #object: ObjectWriter;
  readonly #beside: Omit<ObjectWriterOptions, "name">;
  #rejects: LinesObject | undefined;
  #skipped: LinesObject | undefined;
  /** Settled when all bytes of the records are with the writer. */
  readonly #written: Promise<void>;
  readonly #givenUp = new AbortController();
  #mark: Mark;
  /** Whether something is there under the names of its rejects and skipped questions; as far as is known, it is. */
  readonly #isThere = { [rejectsPrefix]: true, [skippedPrefix]: true };
  readonly #zstd: Zstd | undefined;

  constructor(
    store: Store,
    unit: OutputUnit,
    { maxPartsInFlight = uploadSettings.maxPartsInFlight.default, zstd }: ObjectSinkOptions,
  ) {
    const { codec, counts, format, name, recipe, scanner, signal, sourceBytes } = unit;
    const written = {
      store,
      sourceBytes,
      maxPartsInFlight,
      contentEncoding: () => codec.gzip ? "gzip" : undefined,
      signal,
    };
    this.#beside = { ...written, contentType: contentTypes.jsonl, condition: "always" };
    this.#store = store;
    this.#unit = unit;
    this.#zstd = zstd;
    this.#mark = unit.mark;
    this.#object = new ObjectWriter({
      ...written,
      name,
      contentType: contentTypes[format],
      condition: unit.condition,
      // It leaves with the first part: only the rejects of an object that fits in one part have been counted by then.
      mark: () => this.#mark,
      onBuffered: unit.onBuffered,
    });
    const encode = encoderOf({ counts, format, recipe, scanner });
    this.records = encode.writable;
    this.#written = encode.readable
      .pipeThrough(new CompressStream(codec))
      .pipeTo(new UploadStream(this.#object), { signal: this.#givenUp.signal });
    this.#written.catch(() => {}); // the writable side fails with it, and so does `commit`
  }

  async ready(): Promise<void> {
    const { listsSkipped, name, overwrite, signal } = this.#unit;
    const look = async (
      prefix: typeof rejectsPrefix | typeof skippedPrefix,
      isOurs: (line: LineObject) => boolean,
    ) => {
      const found = await unmarkedFile(this.#store, prefix + name, {
        isOurs,
        signal,
        zstd: this.#zstd,
      });
      if (found === "foreign" && !overwrite) throw new ForeignFileError(this.#store.url + prefix + name);
      this.#isThere[prefix] = found !== "absent";
    };
    await this.#store.checkName?.(name, signal);
    await look(rejectsPrefix, isRejectLine);
    if (listsSkipped) await look(skippedPrefix, isSkippedLine);
  }

  async reject(rejects: readonly Reject[]): Promise<void> {
    const { source } = this.#unit;
    this.#rejects ??= this.#linesObject(rejectsPrefix);
    await this.#rejects.write(rejects.map((reject) => rejectLine(source, reject)).join(""));
  }

  async skip(keys: ReadonlyMap<string, number>): Promise<void> {
    this.#skipped ??= this.#linesObject(skippedPrefix);
    let lines = "";
    for (const [key, records] of keys) {
      lines += JSON.stringify({ object: this.#unit.source, ...decodeKey(key), records }) + "\n";
    }
    await this.#skipped.write(lines);
  }

  async commit(mark: Mark): Promise<{ etag: string; bytes: number }> {
    const { listsSkipped, mayHaveRejects, name, signal } = this.#unit;
    await this.#written;
    if (this.#object.isMarked && this.#mark.rejects !== mark.rejects) {
      throw new RejectsUnknownError(mark.rejects);
    }
    this.#mark = mark;
    if (this.#rejects !== undefined) await this.#rejects.close();
    else if (mayHaveRejects && this.#isThere[rejectsPrefix]) {
      await this.#store.remove(rejectsPrefix + name, signal);
    }
    await this.#skipped?.close();
    const etag = await this.#object.close();
    // Not before the output is visible: another one with nulls may stand there, whose list this is.
    if (listsSkipped && this.#skipped === undefined && this.#isThere[skippedPrefix]) {
      await this.#store.remove(skippedPrefix + name, signal);
    }
    return { etag, bytes: this.#object.bytes };
  }

  async abort(reason: unknown): Promise<void> {
    // A write in flight may be starting the upload: there is nothing to abort before it has ended.
    this.#givenUp.abort(reason);
    await this.#written.catch(() => {});
    await this.#object.abort();
    await this.#rejects?.abort(reason);
    await this.#skipped?.abort(reason);
  }

  #linesObject(prefix: string): LinesObject {
    const name = prefix + this.#unit.name;
    return new LinesObject(this.#unit.codec, new ObjectWriter({ ...this.#beside, name }));
  }
}
