import type { RemovedLine } from "../../records/batch.ts";
import { zstd } from "../../sources/zstd.ts";
import { readTextLines } from "../../records/read_records.ts";

/** A line that is longer is no line of ours. */
const maxLineBytes = 16 * 1024 ** 2;
const maxExpansion = 200;

/** A line of a file, or why its text cannot be had. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string | RemovedLine;
}

/**
 * The lines of a stream, plain, gzip or zstd, blank ones left out. Holds a line and a chunk at most; what is left of the
 * stream is cancelled when the caller stops early.
 */
export async function* readLines(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal,
): AsyncGenerator<Line> {
  const stop = bytes.pipeThrough(new TransformStream(), { signal });
  let number = 0;
  for await (const lines of readTextLines(stop, { maxExpansion, maxLineBytes, zstd })) {
    for (const text of lines) {
      number++;
      if (typeof text !== "string" || text.trim() !== "") yield { number, text };
    }
  }
}
