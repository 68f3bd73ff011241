import { CompressStream } from "../records/stages/compress.ts";
import type { Codec } from "../records/stages/decompress.ts";
import type { ObjectWriter } from "./object_writer.ts";

const encoder = new TextEncoder();

/**
 * JSON lines on their way to an object beside an output, compressed as the source is. Without any lines, nothing is
 * written.
 */
export class LinesObject {
  readonly #output: ObjectWriter;
  readonly #lines: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #written: Promise<void>;

  constructor(codec: Codec, output: ObjectWriter) {
    this.#output = output;
    const { readable, writable } = new CompressStream(codec);
    this.#lines = writable.getWriter();
    this.#written = readable.pipeTo(new WritableStream({ write: (chunk) => output.write(chunk) }));
    this.#written.catch(() => {}); // seen by the next write, or by `close`
  }

  /** Takes lines in, each with its LF. Waits while the store is slower. */
  async write(lines: string): Promise<void> {
    await this.#lines.write(encoder.encode(lines));
  }

  /** Makes the object visible. */
  async close(): Promise<void> {
    await this.#lines.close();
    await this.#written;
    await this.#output.close();
  }

  /** Removes what was written. Never throws. */
  async abort(reason: unknown): Promise<void> {
    await this.#lines.abort(reason).catch(() => {});
    await this.#written.catch(() => {});
    await this.#output.abort();
  }
}
