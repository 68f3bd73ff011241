import { checkWindowSize } from "../../../lib/records/window_size.ts";
import { keptBytes, REMOVED_LINE } from "./decode.ts";

/** Consecutive lines, as the window stage gathers them. */
export interface LineBatch {
  readonly lines: string[];
  /** Length of all lines together, in UTF-16 units. */
  readonly length: number;
}

export interface WindowStreamOptions {
  /** Lines in a batch: how far deduplication looks before it must answer. */
  readonly windowRecords: number;
  /** A batch ends with the line that brings it to this length, in UTF-16 units (bytes, for ASCII). */
  readonly windowBytes: number;
}

/**
 * Gathers consecutive lines into batches. From here on, one chunk is one batch. A partial batch comes out when the
 * stream ends. Buffers one batch.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { WindowStream } from "./window.ts";
 *
 * const lines = ReadableStream.from(["a", "b", "c"]);
 * const batches = lines.pipeThrough(new WindowStream({ windowRecords: 2, windowBytes: 1_000 }));
 * assertEquals((await Array.fromAsync(batches)).map(({ lines }) => lines), [["a", "b"], ["c"]]);
 * ```
 */
export class WindowStream extends TransformStream<string, LineBatch> {
  constructor(options: WindowStreamOptions) {
    const { windowRecords, windowBytes } = options;
    checkWindowSize(options);
    let lines: string[] = [];
    let length = 0;
    super({
      transform(line, controller) {
        lines.push(line);
        length += line.startsWith(REMOVED_LINE) ? keptBytes(line) : line.length;
        if (lines.length >= windowRecords || length >= windowBytes) {
          controller.enqueue({ lines, length });
          lines = [];
          length = 0;
        }
      },
      flush(controller) {
        if (lines.length > 0) controller.enqueue({ lines, length });
      },
    });
  }
}
