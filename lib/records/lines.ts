/** What ends a line, what may stand before the first one, and what becomes of one that is too long: for every reader of bytes. */
import { concat } from "@std/bytes/concat.js";
import type { RemovedLine } from "./batch.ts";
import { cutBytes, maxRejectTextBytes } from "./rejects.ts";

export const LF = 10, CR = 13;
const byteOrderMark = [0xef, 0xbb, 0xbf];

/** Where a line's content ends: before its LF, and before a CR in front of that. */
export function contentEnd(bytes: Uint8Array, start: number, newline: number): number {
  return newline > start && bytes[newline - 1] === CR ? newline - 1 : newline;
}

/** A line as it is set aside: its first 64 KiB, copied. */
export function removedLine(reason: RemovedLine["reason"], line: Uint8Array): RemovedLine {
  return { reason, text: cutBytes(line).slice(), bytes: line.length };
}

/** Drops the byte-order mark at the start of a stream. Holds back at most two bytes. */
export class ByteOrderMark {
  /** What may yet become one; absent once that is decided. */
  #head: Uint8Array | undefined = new Uint8Array(0);

  /** The chunk without the mark; undefined while that is not decided. */
  strip(chunk: Uint8Array): Uint8Array | undefined {
    if (this.#head === undefined) return chunk;
    chunk = LineFragments.of(this.#head, chunk).concat();
    const differing = byteOrderMark.findIndex((byte, i) => byte !== chunk[i]);
    if (differing >= chunk.length) {
      this.#head = chunk;
      return undefined;
    }
    this.#head = undefined;
    return differing < 0 ? chunk.subarray(byteOrderMark.length) : chunk;
  }

  /** What was held back of a stream that has ended. */
  rest(): Uint8Array {
    return this.#head ?? new Uint8Array(0);
  }
}

/**
 * The beginning of a line whose end has not come. Once it is over the cap, no more is kept of it than of a reject, and
 * only its length is counted on.
 */
export class OpenLine {
  /** Length so far, in bytes. */
  bytes = 0;
  isTooLong = false;
  readonly #maxLineBytes: number;
  #kept = new LineFragments();
  #lastByte: number | undefined;

  /** @param maxLineBytes A CR that may belong to the line's end is not counted. */
  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (!this.isTooLong || this.bytes < maxRejectTextBytes) this.#kept.add(bytes);
    this.bytes += bytes.length;
    this.#lastByte = bytes[bytes.length - 1];
    if (!this.isTooLong && this.bytes > this.#maxLineBytes + (this.#lastByte === CR ? 1 : 0)) {
      this.isTooLong = true;
      this.#kept = LineFragments.of(cutBytes(this.#kept.concat()).slice());
    }
  }

  /** Hands over what there is of a line that is not too long, and begins the next one. */
  take(): LineFragments {
    const taken = this.#kept;
    this.#begin();
    return taken;
  }

  /** Ends a line that is too long with the rest of its bytes, up to its LF, and begins the next one. */
  endTooLong(rest: Uint8Array = new Uint8Array(0)): RemovedLine {
    this.add(rest);
    const bytes = this.#lastByte === CR ? this.bytes - 1 : this.bytes;
    // What is kept reaches as far as a reject does, or has no gap.
    const text = cutBytes(this.#kept.concat().subarray(0, bytes)).slice();
    this.#begin();
    return { reason: "line_too_long", text, bytes };
  }

  #begin(): void {
    this.#kept = new LineFragments();
    this.bytes = 0;
    this.#lastByte = undefined;
    this.isTooLong = false;
  }
}

/** Bytes that came in pieces. */
export class LineFragments {
  readonly pieces: Uint8Array[] = [];
  length = 0;
  /** How much of the last piece is filled; only of one that was made here. */
  #slab: Uint8Array | undefined;
  #filled = 0;

  static of(...pieces: Uint8Array[]): LineFragments {
    const all = new LineFragments();
    for (const piece of pieces) all.add(piece);
    return all;
  }

  add(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.length += piece.length;
    // Small pieces share a slab: a view of each would take more memory than its bytes.
    if (piece.length >= 1024) {
      this.pieces.push(piece);
      this.#slab = undefined;
      return;
    }
    if (this.#slab === undefined || this.#filled + piece.length > this.#slab.length) {
      this.#slab = new Uint8Array(Math.max(piece.length, Math.min(this.length, 16_384)));
      this.#filled = 0;
      this.pieces.push(this.#slab.subarray(0, 0));
    }
    this.#slab.set(piece, this.#filled);
    this.#filled += piece.length;
    this.pieces[this.pieces.length - 1] = this.#slab.subarray(0, this.#filled);
  }

  addAll({ pieces }: LineFragments): void {
    for (const piece of pieces) this.add(piece);
  }

  concat(): Uint8Array {
    return this.pieces.length === 1 ? this.pieces[0]! : concat(this.pieces);
  }
}
