import { SluiceError } from "../errors/sluice_error.ts";
import type { Batch, Reject } from "../records/batch.ts";
import { encoderOf } from "../records/record_format.ts";
import { rejectLine } from "../records/rejects.ts";
import { CompressStream } from "../records/stages/compress.ts";
import type { MarkedObject, StoredObject } from "../stores/store.ts";
import type { Output, OutputUnit, Sink } from "./sink.ts";
import { streamAbilities } from "./sink_abilities.ts";

export interface StreamSinkOptions {
  /** What it is called in messages. */
  readonly name: string;
  /** Opened when there is something to write. It is not closed: others may write to it afterwards. */
  readonly stream: () => WritableStream<Uint8Array<ArrayBuffer>>;
  /** Where rejects go, and what that is called; without it, they are counted and not kept. */
  readonly rejects?: { readonly path: string; write(text: string): Promise<void> };
}

/**
 * A stream as the sink of one unit, in the source's format and compression. What is written is out at once: nothing can be
 * taken back, so that a unit is not begun a second time.
 */
export class StreamSink implements Sink {
  readonly url = "";
  readonly abilities = streamAbilities;
  readonly rejectsIn: string;
  readonly #options: StreamSinkOptions;
  #hasBegun = false;

  constructor(options: StreamSinkOptions) {
    this.#options = options;
    this.rejectsIn = options.rejects?.path ?? "no file: --rejects PATH keeps them";
  }

  async *list(): AsyncGenerator<StoredObject[]> {}

  head(): Promise<MarkedObject | undefined> {
    return Promise.resolve(undefined);
  }

  keptRejects(): Promise<Readonly<Record<string, number>>> {
    return Promise.resolve({});
  }

  begin(unit: OutputUnit): Output {
    const { name, rejects, stream } = this.#options;
    if (this.#hasBegun) {
      const reason = "what was read before it changed, or failed, is out already";
      throw new SluiceError({ kind: "sink", action: "begin again to write", subject: name, reason });
    }
    this.#hasBegun = true;
    const { codec, counts, format, recipe, scanner, signal } = unit;
    const writer = stream().getWriter();
    const givenUp = new AbortController();
    let bytes = 0;
    const encode = encoderOf({ counts, format, recipe, scanner });
    const written = encode.readable.pipeThrough(new CompressStream(codec)).pipeTo(
      new WritableStream({
        async write(chunk: Uint8Array<ArrayBuffer>) {
          const { length } = chunk;
          await writer.write(chunk).catch((cause) => {
            throw new SluiceError({
              kind: "sink",
              action: "write",
              subject: name,
              reason: why(cause),
              cause,
            });
          });
          bytes += length;
        },
      }),
      { signal: AbortSignal.any([signal, givenUp.signal]) },
    );
    written.catch(() => {}); // the writable side fails with it, and so does `commit`
    return {
      records: encode.writable as WritableStream<Batch>,
      async reject(given: readonly Reject[]) {
        await rejects?.write(given.map((reject) => rejectLine(unit.source, reject)).join(""));
      },
      skip: () => Promise.resolve(),
      async commit() {
        await written.finally(() => writer.releaseLock());
        return { etag: "", bytes };
      },
      async abort(reason: unknown) {
        givenUp.abort(reason);
        await written.catch(() => {});
        writer.releaseLock();
      },
    };
  }

  describe(): Promise<string> {
    return Promise.resolve(this.#options.name);
  }

  probe(): Promise<string> {
    return Promise.resolve(`${this.#options.name}, to which nothing is written here`);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function why(cause: unknown): string {
  if (cause instanceof Error && cause.name === "BrokenPipe") return "its reader has gone";
  return cause instanceof Error ? cause.message : String(cause);
}
