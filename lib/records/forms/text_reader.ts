import { SluiceError } from "../../errors/sluice_error.ts";
import type { RecordFormat } from "../record_format.ts";
import { ArrayReader } from "./array_reader.ts";
import { byteForm, formText, isBinary, maxFormBytes, utf16Mark } from "./byte_form.ts";
import type { ChunkReader, Emit } from "./chunk_reader.ts";
import { CrLinesReader } from "./cr_lines_reader.ts";
import { Utf16Reader } from "./utf16_reader.ts";

/** How many bytes are held back until it is clear what they are. */
const maxHeadBytes = 65_536;

export interface TextReaderOptions {
  /** What the text is read as: what is special about JSON is left alone in CSV. */
  readonly format: RecordFormat;
  /** Called once with the first bytes, up to {@linkcode maxFormBytes}. */
  readonly onHead?: (head: Uint8Array) => void;
}

/**
 * Decompressed bytes to lines of UTF-8, by what the first bytes say that they are: UTF-16 with a byte-order mark, a JSON
 * array of records, JSON lines that end in CR. All others pass as they are.
 *
 * Looks at the first bytes only. Holds these back until they are clear: mostly to the first line end, at most 64 KiB.
 *
 * @throws {SluiceError} `data`: the bytes are no text.
 */
export class TextReader implements ChunkReader {
  readonly #options: TextReaderOptions;
  #reader: ChunkReader | undefined;
  #held = new Uint8Array(0);
  #heldBytes = 0;
  /** How many bytes there were when they were not clear. */
  #unclearBytes = 0;

  constructor(options: TextReaderOptions) {
    this.#options = options;
  }

  read(chunk: Uint8Array<ArrayBuffer>, emit: Emit): void {
    if (this.#reader !== undefined) return this.#reader.read(chunk, emit);
    if (chunk.length === 0) return;
    const head = this.#heldBytes === 0 ? chunk : this.#hold(chunk);
    // Small chunks are not looked at each time: that would be quadratic.
    if (this.#unclearBytes > 4 && head.length < 2 * this.#unclearBytes && !chunk.includes(LF)) return;
    const reader = this.#readerOf(head, head.length >= maxHeadBytes);
    if (reader === undefined) {
      this.#unclearBytes = head.length;
      if (this.#heldBytes === 0) this.#hold(chunk);
      return;
    }
    this.#begin(reader, head, emit);
  }

  end(emit: Emit): void {
    if (this.#reader === undefined) {
      const head = this.#held.subarray(0, this.#heldBytes);
      const reader = this.#readerOf(head, true)!;
      this.#begin(reader, head, emit);
    }
    this.#reader!.end(emit);
  }

  #begin(reader: ChunkReader, head: Uint8Array<ArrayBuffer>, emit: Emit): void {
    this.#reader = reader;
    this.#held = new Uint8Array(0);
    if (head.length > 0) reader.read(head, emit);
  }

  /** Keeps a chunk; returns all that is held. */
  #hold(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
    const bytes = this.#heldBytes + chunk.length;
    if (bytes > this.#held.length) {
      const larger = new Uint8Array(Math.max(bytes, 2 * this.#held.length));
      larger.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = larger;
    }
    this.#held.set(chunk, this.#heldBytes);
    this.#heldBytes = bytes;
    return this.#held.subarray(0, bytes);
  }

  /** How to read what begins so; undefined while that is not clear. */
  #readerOf(head: Uint8Array, mustDecide: boolean): ChunkReader | undefined {
    const { format, onHead } = this.#options;
    if (head.length < 4 && !mustDecide) return undefined;
    const encoding = utf16Mark(head);
    if (encoding !== undefined) return new Utf16Reader(encoding, new TextReader(this.#options));
    const shape = format === "csv" ? "lines" : shapeOf(head, mustDecide);
    if (shape === undefined) return undefined;
    onHead?.(head.slice(0, maxFormBytes));
    if (shape === "array") return new ArrayReader(new TextReader({ format }));
    if (shape === "cr_lines") return new CrLinesReader();
    if (mayBeBinary(head)) {
      const form = byteForm(head);
      if (form !== undefined && isBinary(form)) {
        throw new SluiceError({ kind: "data", action: "read", reason: formText(form) });
      }
    }
    return passing;
  }
}

const LF = 10, CR = 13, OPEN = 0x7b, CLOSE = 0x7d, OPEN_ARRAY = 0x5b, CLOSE_ARRAY = 0x5d;

const passing: ChunkReader = {
  read: (chunk, emit) => emit(chunk),
  end() {},
};

function mayBeBinary(head: Uint8Array): boolean {
  return head.length > 0 && head[0] !== OPEN;
}

/** How JSON lies there; undefined while that is not clear. */
function shapeOf(head: Uint8Array, mustDecide: boolean): "lines" | "array" | "cr_lines" | undefined {
  const first = firstText(head, head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0);
  if (head[first] === OPEN_ARRAY) {
    const next = firstText(head, first + 1);
    if (next < head.length) return [OPEN, CLOSE_ARRAY].includes(head[next]!) ? "array" : "lines";
  } else if (head[first] === OPEN) {
    if (head.includes(LF, first)) return "lines";
    if (mustDecide && endsInCr(head, first)) return "cr_lines";
  } else if (first < head.length) return "lines";
  return mustDecide ? "lines" : undefined;
}

/** Whether a record ends before the first CR: behind it comes another, or nothing. */
function endsInCr(head: Uint8Array, start: number): boolean {
  const end = head.indexOf(CR, start);
  if (end < 0 || head[end - 1] !== CLOSE) return false;
  const next = firstText(head, end);
  return next === head.length || head[next] === OPEN;
}

/** Where white space ends. */
function firstText(head: Uint8Array, start: number): number {
  while (start < head.length && [9, LF, CR, 32].includes(head[start]!)) start++;
  return start;
}
