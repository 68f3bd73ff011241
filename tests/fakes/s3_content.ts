import { createHash } from "node:crypto";

const chunkBytes = 64 * 1024;

/** The bytes of an object in {@linkcode FakeS3}, wherever they are. */
export interface FakeContent {
  readonly bytes: number;
  /** The bytes from `start` up to and without `end`. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

/** Bytes in memory, in the parts that they came in. */
export function contentOf(parts: readonly Uint8Array[]): FakeContent {
  return {
    bytes: parts.reduce((sum, part) => sum + part.length, 0),
    async *read(start, end) {
      let begin = 0;
      for (const part of parts) {
        const from = Math.max(start - begin, 0), to = Math.min(end - begin, part.length);
        for (let i = from; i < to; i += chunkBytes) yield part.subarray(i, Math.min(i + chunkBytes, to));
        begin += part.length;
      }
    },
  };
}

/** A file's bytes, read when asked for. */
export function contentOfFile(path: string): FakeContent {
  return {
    bytes: Deno.statSync(path).size,
    async *read(start, end) {
      using file = await Deno.open(path);
      await file.seek(start, Deno.SeekMode.Start);
      for (let left = end - start; left > 0;) {
        const buffer = new Uint8Array(Math.min(chunkBytes, left));
        const count = await file.read(buffer);
        if (count === null) throw new Error(`Cannot read ${path}: it ends ${left} bytes early`);
        left -= count;
        yield buffer.subarray(0, count);
      }
    },
  };
}

/** One content after the other. */
export function concatenated(contents: readonly FakeContent[]): FakeContent {
  return {
    bytes: contents.reduce((sum, content) => sum + content.bytes, 0),
    async *read(start, end) {
      let begin = 0;
      for (const content of contents) {
        const from = Math.max(start - begin, 0), to = Math.min(end - begin, content.bytes);
        if (from < to) yield* content.read(from, to);
        begin += content.bytes;
      }
    },
  };
}

/** What remains of bytes that were not kept. */
export function discarded(bytes: number): FakeContent {
  return {
    bytes,
    // deno-lint-ignore require-yield
    async *read() {
      await Promise.resolve();
      throw new Error("Cannot read this object: its bytes were discarded");
    },
  };
}

/** The SHA-256 of parts that arrive side by side, in order of their numbers; holds what is out of order. */
export class PartsHash {
  readonly #hash = createHash("sha256");
  readonly #waiting = new Map<number, Uint8Array>();
  #next = 1;

  add(number: number, bytes: Uint8Array): void {
    if (number >= this.#next) this.#waiting.set(number, bytes);
    for (let part = this.#waiting.get(this.#next); part !== undefined; part = this.#waiting.get(this.#next)) {
      this.#hash.update(part);
      this.#waiting.delete(this.#next++);
    }
  }

  hex(): string {
    return this.#hash.digest("hex");
  }
}
