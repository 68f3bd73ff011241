import { SluiceError } from "../../errors/sluice_error.ts";
import { plural } from "../../text/format.ts";
import type { ChunkReader, Emit } from "./chunk_reader.ts";

const LF = 10, CR = 13, SPACE = 32, TAB = 9, QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c;
const OPEN_ARRAY = 0x5b, CLOSE_ARRAY = 0x5d, OPEN = 0x7b, CLOSE = 0x7d;

/**
 * JSON arrays, one behind the other, to a line for each of their elements: the element's own text, in which line breaks
 * become spaces. White space around elements goes. Whether an element is JSON is not its business: a line break in a
 * string, which JSON does not allow, becomes a CR, which it does not allow either. What comes behind the arrays is handed on.
 *
 * Buffers nothing.
 *
 * @throws {SluiceError} `data`: an array is not closed.
 */
export class ArrayReader implements ChunkReader {
  readonly #behind: ChunkReader;
  #place: "before" | "in" | "between" | "behind" = "before";
  /** How many brackets and braces of the element are open. */
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  /** Whether the element has begun, and whether white space has come behind what there is of it. */
  #hasBegun = false;
  #hasSpace = false;
  #elements = 0;

  /** @param behind Takes what comes behind the arrays, if that is more than white space. */
  constructor(behind: ChunkReader) {
    this.#behind = behind;
  }

  read(chunk: Uint8Array<ArrayBuffer>, emit: Emit): void {
    if (this.#place === "behind") return this.#behind.read(chunk, emit);
    // Only a space that was held back since the last chunk can make it longer.
    const out = new Uint8Array(chunk.length + 1);
    let filled = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (this.#isInString) {
        out[filled++] = byte === LF ? CR : byte;
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#isInString = false;
        continue;
      }
      if (this.#depth > 0) {
        out[filled++] = byte === LF || byte === CR ? SPACE : byte;
        if (byte === QUOTE) this.#isInString = true;
        else if (byte === OPEN || byte === OPEN_ARRAY) this.#depth++;
        else if (byte === CLOSE || byte === CLOSE_ARRAY) this.#depth--;
        continue;
      }
      if (byte === SPACE || byte === LF || byte === CR || byte === TAB) {
        this.#hasSpace = this.#hasBegun;
      } else if (this.#place === "before") {
        if (byte === OPEN_ARRAY) this.#place = "in"; // else it is of a byte-order mark
      } else if (this.#place === "between" && byte === OPEN_ARRAY) {
        this.#place = "in";
      } else if (this.#place === "between") {
        this.#place = "behind";
        if (filled > 0) emit(out.subarray(0, filled));
        return this.#behind.read(chunk.slice(at), emit);
      } else if (byte === COMMA || byte === CLOSE_ARRAY) {
        if (this.#hasBegun) {
          out[filled++] = LF;
          this.#elements++;
        }
        this.#hasBegun = this.#hasSpace = false;
        if (byte === CLOSE_ARRAY) this.#place = "between";
      } else {
        if (this.#hasSpace) out[filled++] = SPACE;
        this.#hasBegun = true;
        this.#hasSpace = false;
        out[filled++] = byte;
        if (byte === QUOTE) this.#isInString = true;
        else if (byte === OPEN || byte === OPEN_ARRAY) this.#depth++;
      }
    }
    if (filled > 0) emit(out.subarray(0, filled));
  }

  end(emit: Emit): void {
    if (this.#place === "before" || this.#place === "in") {
      const reason = `its JSON array is not closed: it ends after ${plural(this.#elements, "element")}`;
      throw new SluiceError({ kind: "data", action: "read", reason });
    }
    this.#behind.end(emit);
  }
}
