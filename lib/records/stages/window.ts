import { keptBytes, type LineBatch, REMOVED_LINE } from "../batch.ts";
import { bytes, type Settings, whole } from "../../settings/setting.ts";

/** When a batch is full. */
export const windowSettings = {
  windowRecords: whole({ help: "Records in a batch, 1 to 100000", min: 1, max: 100_000, default: 1000 }),
  windowBytes: bytes({ help: "Bytes in a batch", min: 1024, max: 64 * 1024 ** 2, default: 1024 ** 2 }),
} satisfies Settings;

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
    if (!(windowRecords >= 1)) {
      throw new RangeError(`Cannot gather windows: windowRecords is ${windowRecords}, not 1 or more`);
    }
    if (!(windowBytes >= 1)) {
      throw new RangeError(`Cannot gather windows: windowBytes is ${windowBytes}, not 1 or more`);
    }
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
