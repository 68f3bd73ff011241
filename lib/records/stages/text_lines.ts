import type { RemovedLine } from "../batch.ts";
import { ByteOrderMark, contentEnd, LF, LineFragments, OpenLine, removedLine } from "../lines.ts";

/** A line's text, without its line end; or why it cannot be had. */
export type TextLine = string | RemovedLine;

/**
 * Bytes to lines of text, blank ones too: a chunk's whole lines at a time. A byte-order mark at the start is dropped. A
 * line that is longer than `maxLineBytes`, or not UTF-8, comes as a {@linkcode RemovedLine}. For those who want every
 * line's text; records are read by `ScanStream`, which makes no strings.
 *
 * Buffers at most `maxLineBytes`, or the 64 KiB that are kept of a removed line, and one chunk.
 */
export class TextLinesStream extends TransformStream<Uint8Array, TextLine[]> {
  constructor({ maxLineBytes }: { readonly maxLineBytes: number }) {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const mark = new ByteOrderMark();
    const open = new OpenLine(maxLineBytes);

    /** Decodes whole lines, the last of which ends in LF. */
    const decode = (block: Uint8Array): TextLine[] => {
      if (block.length <= maxLineBytes) {
        try {
          const text = decoder.decode(block.subarray(0, -1));
          const lines = text.split("\n");
          return text.includes("\r")
            ? lines.map((line) => line.endsWith("\r") ? line.slice(0, -1) : line)
            : lines;
        } catch {
          // Some line is not UTF-8: find out which.
        }
      }
      const lines: TextLine[] = [];
      for (let start = 0, newline: number; start < block.length; start = newline + 1) {
        newline = block.indexOf(LF, start);
        const line = block.subarray(start, contentEnd(block, start, newline));
        if (line.length > maxLineBytes) lines.push(removedLine("line_too_long", line));
        else {
          try {
            lines.push(decoder.decode(line));
          } catch {
            lines.push(removedLine("invalid_utf8", line));
          }
        }
      }
      return lines;
    };
    const whole = (end: Uint8Array): Uint8Array => {
      // Not into the open line: what comes behind its end does not count towards its length.
      return open.bytes === 0 ? end : LineFragments.of(...open.take().pieces, end).concat();
    };

    super({
      transform(chunk, controller) {
        const content = mark.strip(chunk);
        if (content === undefined) return;
        const first = content.indexOf(LF), last = content.lastIndexOf(LF);
        if (last < 0) return open.add(content);
        const lines: TextLine[] = [];
        let start = 0;
        if (open.isTooLong) {
          lines.push(open.endTooLong(content.subarray(0, first)));
          start = first + 1;
        }
        if (start <= last) lines.push(...decode(whole(content.subarray(start, last + 1))));
        open.add(content.subarray(last + 1));
        controller.enqueue(lines);
      },
      flush(controller) {
        open.add(mark.rest());
        if (open.isTooLong) controller.enqueue([open.endTooLong()]);
        else if (open.bytes > 0) controller.enqueue(decode(whole(Uint8Array.of(LF))));
      },
    });
  }
}
