import { SluiceError } from "../../errors/sluice_error.ts";
import { count } from "../../text/format.ts";
import type { ChunkReader, Emit } from "./chunk_reader.ts";

const encoder = new TextEncoder();

/**
 * UTF-16 to UTF-8, without the byte-order mark. Buffers a part of a character.
 *
 * @throws {SluiceError} `data`: what is no UTF-16, or ends in the middle of a character.
 */
export class Utf16Reader implements ChunkReader {
  readonly #decoder: TextDecoder;
  readonly #next: ChunkReader;
  #bytes = 0;

  /** @param next Takes the UTF-8. */
  constructor(encoding: "utf-16le" | "utf-16be", next: ChunkReader) {
    this.#decoder = new TextDecoder(encoding, { fatal: true });
    this.#next = next;
  }

  read(chunk: Uint8Array<ArrayBuffer>, emit: Emit): void {
    const text = this.#decode(chunk);
    if (text !== "") this.#next.read(encoder.encode(text), emit);
  }

  end(emit: Emit): void {
    const text = this.#decode();
    if (text !== "") this.#next.read(encoder.encode(text), emit);
    this.#next.end(emit);
  }

  #decode(chunk?: Uint8Array<ArrayBuffer>): string {
    const from = this.#bytes;
    this.#bytes += chunk?.length ?? 0;
    try {
      return this.#decoder.decode(chunk, { stream: chunk !== undefined });
    } catch (cause) {
      const reason = chunk === undefined
        ? `it begins as UTF-16 and ends in the middle of a character, after ${count(from)} bytes`
        : `it begins as UTF-16 and is none between bytes ${count(from)} and ${count(this.#bytes)}`;
      throw new SluiceError({ kind: "data", action: "read", reason, cause });
    }
  }
}
