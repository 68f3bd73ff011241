import { Inflate } from "pako";
import { SluiceError } from "../../errors/sluice_error.ts";
import type { ChunkReader } from "../forms/chunk_reader.ts";
import { type Settings, whole } from "../../settings/setting.ts";
import { count, plural } from "../../text/format.ts";
import { type PacedOutput, PacedStream } from "./paced_stream.ts";
import { ZstdFrames } from "./zstd_frames.ts";

/** How an object's bytes are compressed; found out by the decompress stage, used again by the compress stage. */
export interface Codec {
  gzip: boolean;
  /** Present where they are zstd. */
  zstd?: Zstd;
}

/** Compression that the Web has no stream for: whoever runs the stages hands it in. */
export interface Zstd {
  compress(): ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>;
  /** Undoes frames that follow each other directly. */
  decompress(): ReadableWritablePair<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>;
}

/** How far compressed bytes may expand. */
export const decompressSettings = {
  maxExpansion: whole({
    help: "Fail an object that decompresses to more than N times its size",
    min: 1,
    max: 1_100,
    default: 200,
  }),
} satisfies Settings;

export interface DecompressStreamOptions {
  /** Set once it is known how the bytes are compressed. */
  readonly codec: Codec;
  /** How many times its size gzip or zstd may expand to, once it has reached `judgedBytes`. */
  readonly maxExpansion: number;
  /** Undoes zstd; without it, zstd is an error. */
  readonly zstd?: Zstd;
  /** Gets the decompressed bytes, and makes the stage's chunks of them. By default they are these chunks. */
  readonly reader?: ChunkReader;
}

/** Expansion is not judged before so many bytes have come out: small objects may well be very regular. */
const judgedBytes = 16 * 1024 * 1024;
/** What is expanded at once, so that no more than a thousand times as much comes out before it is judged. */
const sliceBytes = 4_096;
/** How many bytes say how the others are compressed. */
const magicBytes = 4;

type Chunk = Uint8Array<ArrayBuffer>;

/** Undoes one kind of compression. */
interface Decompressor {
  push(chunk: Chunk, output: PacedOutput<Chunk>): Promise<void> | void;
  end(): Promise<void> | void;
  abort?(reason: unknown): Promise<void>;
}

/**
 * Undoes gzip and zstd, several members or frames too, where the first bytes say that it is one of these; passes other
 * bytes on as they are. Buffers what a slice of 4 KiB expands to. Zero bytes behind the last member of gzip are padding.
 *
 * @throws {SluiceError} Through the stream: corrupt bytes, or ones that end in the middle of a member or frame (`data`);
 * or such as expand to more than `maxExpansion` times their size (`limit`).
 */
export class DecompressStream extends PacedStream<Chunk, Chunk> {
  constructor({ codec, maxExpansion, reader, zstd }: DecompressStreamOptions) {
    let head: Chunk | undefined = new Uint8Array(0);
    let decompressor: Decompressor | undefined;

    const begin = (start: Chunk, output: PacedOutput<Chunk>) => {
      const take = takerOf(reader, output);
      codec.gzip = start[0] === 0x1f && start[1] === 0x8b;
      if (codec.gzip) decompressor = new Gunzip({ maxExpansion, take });
      else if (ZstdFrames.beginWith(start)) {
        if (zstd === undefined) throw compressionError("data", "it is zstd, which cannot be undone here");
        codec.zstd = zstd;
        decompressor = new Unzstd({ maxExpansion, take, output, zstd });
      } else decompressor = { push: take, end() {} };
    };

    super({
      transform(chunk, output) {
        if (head !== undefined) {
          if (head.length > 0) chunk = joined(head, chunk);
          head = chunk;
          if (chunk.length < magicBytes && !isDecided(chunk)) return;
          head = undefined;
          begin(chunk, output);
        }
        return decompressor!.push(chunk, output);
      },
      async flush(output) {
        if (head !== undefined) {
          begin(head, output);
          if (head.length > 0) await decompressor!.push(head, output);
        }
        await decompressor!.end();
        reader?.end((chunk) => output.enqueue(chunk));
      },
      cancel: (reason) => decompressor?.abort?.(reason),
    });
  }
}

/** Takes decompressed bytes on their way. */
function takerOf(reader: ChunkReader | undefined, output: PacedOutput<Chunk>): (chunk: Chunk) => void {
  const enqueue = (chunk: Chunk) => output.enqueue(chunk);
  return reader === undefined ? enqueue : (chunk) => reader.read(chunk, enqueue);
}

/** Whether the first bytes cannot become those of zstd. */
function isDecided(head: Chunk): boolean {
  return head.length >= 2 && !ZstdFrames.mayBeginWith(head);
}

function joined(first: Chunk, second: Chunk): Chunk {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

interface DecompressorOptions {
  readonly maxExpansion: number;
  readonly take: (chunk: Chunk) => void;
}

/** Refuses what expands too far. */
class Expansion {
  consumed = 0;
  expanded = 0;
  readonly #name: string;
  readonly #max: number;

  constructor(name: string, max: number) {
    this.#name = name;
    this.#max = max;
  }

  judge(): void {
    const { consumed, expanded } = this;
    if (expanded <= judgedBytes || expanded <= consumed * this.#max) return;
    const times = `${this.#max} times its size (maxExpansion)`;
    throw compressionError(
      "limit",
      `${this.#name} expands to more than ${times}: ${count(consumed)} bytes to ${count(expanded)}`,
    );
  }
}

/** pako, because the platform's `DecompressionStream` ends with an error at the second member. */
class Gunzip implements Decompressor {
  readonly #take: (chunk: Chunk) => void;
  readonly #expansion: Expansion;
  #inflate: Inflate | undefined;

  constructor({ maxExpansion, take }: DecompressorOptions) {
    this.#take = take;
    this.#expansion = new Expansion("gzip", maxExpansion);
  }

  async push(chunk: Chunk, output: PacedOutput<Chunk>): Promise<void> {
    for (let at = 0; at < chunk.length; at += sliceBytes) {
      if (at > 0) await output.wanted();
      this.#push(chunk.subarray(at, at + sliceBytes));
    }
  }

  #push(chunk: Chunk): void {
    const expansion = this.#expansion;
    while (chunk.length > 0) {
      if (this.#inflate === undefined || this.#inflate.ended) {
        const padding = this.#inflate === undefined ? 0 : chunk.findIndex((byte) => byte !== 0);
        if (padding < 0) return;
        chunk = chunk.subarray(padding);
        this.#inflate = new Inflate({ chunkSize: 65_536 });
        this.#inflate.onData = (data) => {
          expansion.expanded += data.length;
          this.#take(data as Chunk);
        };
      }
      const inflate = this.#inflate;
      inflate.push(chunk, false);
      if (inflate.err < 0) {
        const { consumed } = expansion;
        const behind = behindMembers(inflate);
        const place = `between bytes ${count(consumed + (behind ?? 0))} and ${
          count(consumed + chunk.length)
        }`;
        const why = behind === undefined
          ? inflate.msg
          : "what stands there, behind the end of the gzip data, is neither gzip nor padding; cut it off if it is no data";
        throw compressionError("data", `corrupt gzip ${place}: ${why}`);
      }
      // pako continues with a member that follows directly, and stops at a zero byte.
      const taken = chunk.length - (inflate.ended ? unread(inflate) : 0);
      expansion.consumed += taken;
      chunk = chunk.subarray(taken);
      expansion.judge();
    }
  }

  end(): void {
    if (this.#inflate === undefined || this.#inflate.ended) return;
    const reason = `gzip ends in the middle of a member, after ${plural(this.#expansion.consumed, "byte")}`;
    throw compressionError("data", reason);
  }
}

/** Has zstd undone frame by frame, as fast as the reader wants. */
class Unzstd implements Decompressor {
  readonly #frames = new ZstdFrames();
  readonly #expansion: Expansion;
  readonly #writer: WritableStreamDefaultWriter<Chunk>;
  readonly #emptied: Promise<void>;

  constructor(
    { maxExpansion, output, take, zstd }: DecompressorOptions & {
      readonly output: PacedOutput<Chunk>;
      readonly zstd: Zstd;
    },
  ) {
    const expansion = this.#expansion = new Expansion("zstd", maxExpansion);
    const { readable, writable } = zstd.decompress();
    this.#writer = writable.getWriter();
    this.#emptied = (async () => {
      for await (const chunk of readable) {
        expansion.expanded += chunk.length;
        expansion.judge();
        take(chunk);
        await output.wanted();
      }
    })();
    this.#emptied.catch((error) => this.#writer.abort(error).catch(() => {}));
  }

  async push(chunk: Chunk): Promise<void> {
    const { consumed } = this.#expansion;
    try {
      for (const part of this.#frames.read(chunk)) {
        this.#expansion.consumed += part.length;
        await this.#writer.write(part);
      }
    } catch (error) {
      throw await this.#failure(error, consumed, chunk.length);
    }
  }

  async end(): Promise<void> {
    this.#frames.end();
    try {
      await this.#writer.close();
      await this.#emptied;
    } catch (error) {
      throw await this.#failure(error, this.#expansion.consumed, 0);
    }
  }

  async abort(reason: unknown): Promise<void> {
    await this.#writer.abort(reason).catch(() => {});
  }

  /** What ended it: what its own side said of it, else the decompressor. */
  async #failure(error: unknown, from: number, bytes: number): Promise<unknown> {
    if (error instanceof SluiceError) return error;
    const first = await this.#emptied.then(() => error, (first) => first);
    if (first instanceof SluiceError) return first;
    const place = `between bytes ${count(from)} and ${count(from + bytes)}`;
    return compressionError("data", `corrupt zstd ${place}: ${(first as Error)?.message ?? first}`, first);
  }
}

function compressionError(kind: "data" | "limit", reason: string, cause?: unknown): SluiceError {
  return new SluiceError({ kind, action: "decompress", reason, cause });
}

/** Where in its last input an inflater that failed met something that does not begin as a member does. */
function behindMembers(inflate: Inflate): number | undefined {
  const { input, next_in, total_in, total_out } = stateOf(inflate);
  const start = next_in - total_in;
  const isMember = start < 0 || total_out > 0 || (input[start] === 0x1f && input[start + 1] === 0x8b);
  return isMember ? undefined : start;
}

/** How many bytes of its last input an inflater has left. */
function unread(inflate: Inflate): number {
  return stateOf(inflate).avail_in;
}

/** What pako knows, but does not expose; its version is pinned. */
function stateOf(inflate: Inflate): {
  readonly avail_in: number;
  readonly input: Uint8Array;
  readonly next_in: number;
  /** Of the member that it is in. */
  readonly total_in: number;
  readonly total_out: number;
} {
  return (inflate as unknown as { strm: ReturnType<typeof stateOf> }).strm;
}
