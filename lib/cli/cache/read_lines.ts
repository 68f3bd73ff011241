import { TextLineStream } from "@std/streams/text_line_stream.js";
import { REMOVED_LINE, type RemovedLine } from "../../records/batch.ts";
import { DecodeStream } from "../../records/stages/decode.ts";
import { DecompressStream } from "../../records/stages/decompress.ts";

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
 * The lines of a stream, plain or gzip, blank ones left out. Holds a line and a chunk at most; what is left of the
 * stream is cancelled when the caller stops early.
 */
export async function* readLines(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal,
): AsyncGenerator<Line> {
  const removed: RemovedLine[] = [];
  const lines = bytes
    .pipeThrough(new DecompressStream({ codec: { gzip: false }, maxExpansion }), { signal })
    .pipeThrough(new DecodeStream({ maxLineBytes, removed }))
    .pipeThrough(new TextLineStream());
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.startsWith(REMOVED_LINE)) yield { number, text: removed.shift()! };
    else if (line.trim() !== "") yield { number, text: line };
  }
}
