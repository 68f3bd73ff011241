import { SluiceError } from "../../errors/sluice_error.ts";
import type { CsvDelimiter } from "./csv_delimiters.ts";
import {
  type CsvHeaderPlace,
  type CsvPosition,
  type CsvRecord,
  CsvRecordReader,
  type CsvWindow,
  type CsvWindowHandler,
} from "./csv_record_reader.ts";

/** A run of whole records. */
export interface CsvChunk {
  /** Where its first byte is. The first chunk begins behind the header row. */
  readonly start: number;
  /** Where the next chunk begins. */
  readonly end: number;
  /** The number of the line that it begins with. */
  readonly firstLine: number;
}

export interface CsvChunksOptions {
  /** A chunk ends with the record that brings it to this length, or up to 64 KiB of records later. */
  readonly chunkBytes: number;
  /** The same as for the reader of the chunks: after a record that is too long, both continue at its second line. */
  readonly maxLineBytes: number;
  /** What stands between fields. Defaults to `,`. */
  readonly delimiter?: CsvDelimiter;
}

/** How far records are gathered before it is seen whether the chunk is full, in bytes. */
const stepBytes = 65_536;

/**
 * Where CSV can be cut into chunks that are read apart from each other, each with the header row in front: between
 * records, never in quotes. Together the chunks are all that is behind the header row, in order. Reads all bytes once, as
 * `CsvRecordReader` does, and holds nothing of the chunks. A chunk's rows are those of the whole: a record that is too long or
 * badly quoted may be rejected for the one reason in its chunk and for the other in the whole.
 *
 * @param bytes Decompressed.
 * @throws {Error} The header row has a quote that does not close, or is longer than `maxLineBytes`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { csvChunks } from "./csv_chunks.ts";
 *
 * const csv = new Blob(['id,name\n1,"a\nb"\n2,c\n']).stream();
 * assertEquals(await Array.fromAsync(csvChunks(csv, { chunkBytes: 1, maxLineBytes: 1_000 })), [
 *   { start: 8, end: 16, firstLine: 2 },
 *   { start: 16, end: 20, firstLine: 4 },
 * ]);
 * ```
 */
export async function* csvChunks(
  bytes: ReadableStream<Uint8Array>,
  options: CsvChunksOptions,
): AsyncGenerator<CsvChunk> {
  const { chunkBytes, delimiter = ",", maxLineBytes } = options;
  if (!(chunkBytes >= 1)) {
    const reason = `chunkBytes is ${chunkBytes}, not 1 or more`;
    throw new SluiceError({ kind: "settings", action: "cut CSV into chunks", reason });
  }
  const borders = new Borders(chunkBytes);
  const reader = new CsvRecordReader(borders, {
    delimiter,
    maxLineBytes,
    windowBytes: Math.min(stepBytes, chunkBytes),
    windowRecords: Infinity,
  });
  for await (const chunk of bytes) {
    reader.read(chunk);
    yield* borders.take();
  }
  reader.end();
  borders.end();
  yield* borders.take();
}

/** Sees where chunks end. */
class Borders implements CsvWindowHandler {
  readonly holdsHeader = false;
  hasHeader = false;
  readonly #chunkBytes: number;
  #chunks: CsvChunk[] = [];
  #from: CsvPosition = { offset: 0, line: 1 };
  #to = this.#from;

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
  }

  readHeader(_bytes: Uint8Array, _record: CsvRecord, { next }: CsvHeaderPlace): void {
    this.hasHeader = true;
    this.#from = this.#to = next;
  }

  judge({ next }: CsvWindow): void {
    if (!this.hasHeader) return;
    this.#to = next;
    if (next.offset - this.#from.offset >= this.#chunkBytes) this.end();
  }

  /** Ends the last chunk. */
  end(): void {
    const [{ offset: start, line: firstLine }, { offset: end }] = [this.#from, this.#to];
    if (end > start) this.#chunks.push({ start, end, firstLine });
    this.#from = this.#to;
  }

  take(): CsvChunk[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }
}
