import { SluiceError } from "../../errors/sluice_error.ts";
import { count, plural } from "../../text/format.ts";

const MAGIC = 0xfd2fb528, SKIPPABLE = 0x184d2a50;

/** What the next bytes of a frame are. */
type Part = "magic" | "header" | "block header" | "block" | "checksum" | "skipped size" | "skipped";

/**
 * Follows zstd from frame to frame (RFC 8878), since decompressors pass over in silence where it is cut short, or what stands
 * behind a frame that is none. Frames that are to be skipped are left out.
 *
 * Buffers a header, 14 bytes at most.
 */
export class ZstdFrames {
  #part: Part = "magic";
  /** Of a header: what is needed to read it, and what there is of it. */
  #needed = 4;
  #header: number[] = [];
  #hasChecksum = false;
  #isLastBlock = false;
  /** What is left of a block, a checksum or a skippable frame. */
  #left = 0;
  #consumed = 0;

  /** Whether bytes begin as zstd does. */
  static beginWith(head: Uint8Array): boolean {
    return head.length >= 4 && this.mayBeginWith(head);
  }

  /** Whether bytes, if more come, may. */
  static mayBeginWith(head: Uint8Array): boolean {
    const magic = [0x28, 0xb5, 0x2f, 0xfd], skippable = [0x2a, 0x4d, 0x18];
    const start = head.subarray(0, 4);
    return start.every((byte, i) => byte === magic[i]) ||
      ((start[0]! & 0xf0) === 0x50 && start.subarray(1).every((byte, i) => byte === skippable[i]));
  }

  /**
   * The stretches of a chunk that belong to frames, in order.
   *
   * @throws {SluiceError} `data`: behind a frame stands none, or one that is not like zstd.
   */
  *read(chunk: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>> {
    let at = 0;
    while (at < chunk.length) {
      const start = at, isSkipped = this.#part === "skipped" || this.#part === "skipped size";
      if (this.#left > 0) {
        at = Math.min(chunk.length, at + this.#left);
        this.#left -= at - start;
        if (this.#left === 0) this.#endStretch();
        this.#consumed += at - start;
        if (!isSkipped) yield chunk.subarray(start, at);
      } else {
        while (at < chunk.length && this.#header.length < this.#needed) this.#header.push(chunk[at++]!);
        this.#consumed += at - start;
        const bytes = this.#header, read = this.#part;
        if (bytes.length === this.#needed) this.#readHeader(bytes);
        if (read !== "magic" && !isSkipped) yield chunk.subarray(start, at);
        // Only once it is complete is it known whether the frame is to be skipped.
        if (read === "magic" && this.#part === "header") yield Uint8Array.from(bytes);
      }
    }
  }

  /** @throws {SluiceError} `data`: it ends in the middle of a frame. */
  end(): void {
    if (this.#part === "magic" && this.#header.length === 0) return;
    throw zstdError(`zstd ends in the middle of a frame, after ${plural(this.#consumed, "byte")}`);
  }

  #readHeader(bytes: readonly number[]): void {
    const next = (part: Part, needed: number) => {
      this.#part = part;
      this.#needed = needed;
      this.#header = [];
    };
    const number = () => bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
    switch (this.#part) {
      case "magic": {
        if (number() === MAGIC) return next("header", 1);
        // The last four bits are free.
        if (number() - (bytes[0]! & 0x0f) === SKIPPABLE) return next("skipped size", 4);
        throw zstdError(`corrupt zstd at byte ${count(this.#consumed - 4)}: no frame begins there`);
      }
      case "header": {
        const descriptor = bytes[0]!;
        const isSingleSegment = (descriptor & 0x20) !== 0;
        const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
        const further = (isSingleSegment ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]! + sizeBytes;
        if (bytes.length <= further) {
          this.#needed = 1 + further;
          return;
        }
        this.#hasChecksum = (descriptor & 0x04) !== 0;
        return next("block header", 3);
      }
      case "block header": {
        const header = number(), type = (header >> 1) & 3;
        if (type === 3) {
          throw zstdError(`corrupt zstd at byte ${count(this.#consumed - 3)}: no block begins there`);
        }
        this.#isLastBlock = (header & 1) === 1;
        next("block", 0);
        this.#left = type === 1 ? 1 : header >> 3;
        if (this.#left === 0) this.#endStretch();
        return;
      }
      case "skipped size":
        next("skipped", 0);
        this.#left = number();
        if (this.#left === 0) this.#endStretch();
    }
  }

  /** Goes on behind a block, a checksum or a skippable frame. */
  #endStretch(): void {
    this.#header = [];
    if (this.#part === "block" && !this.#isLastBlock) {
      this.#part = "block header";
      this.#needed = 3;
    } else if (this.#part === "block" && this.#hasChecksum) {
      this.#part = "checksum";
      this.#left = 4;
    } else {
      this.#part = "magic";
      this.#needed = 4;
    }
  }
}

function zstdError(reason: string): SluiceError {
  return new SluiceError({ kind: "data", action: "decompress", reason });
}
