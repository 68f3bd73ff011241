import type { ChunkReader, Emit } from "./chunk_reader.ts";

const LF = 10, CR = 13;

/** Lines of JSON that end in CR, to lines that end in LF. Good for JSON only, whose strings hold no CR. */
export class CrLinesReader implements ChunkReader {
  #endsInCr = false;

  read(chunk: Uint8Array<ArrayBuffer>, emit: Emit): void {
    const out = new Uint8Array(chunk.length);
    let filled = 0;
    for (const byte of chunk) {
      // The LF behind a CR is the same line end.
      if (byte !== LF || !this.#endsInCr) out[filled++] = byte === CR ? LF : byte;
      this.#endsInCr = byte === CR;
    }
    if (filled > 0) emit(out.subarray(0, filled));
  }

  end(): void {}
}
