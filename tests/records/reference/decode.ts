import type { RemovedLine } from "../../../lib/records/batch.ts";
import { cutBytes, maxRejectTextBytes } from "../../../lib/records/rejects.ts";

/** The reference that the scanner is held against: `DecodeStream`, `TextLineStream`, `WindowStream`, `ParseStream`. */

/**
 * Stands in the text for a line that the decode stage removed, so that later line numbers stay true. A lone
 * surrogate: no text that was decoded from UTF-8 can hold it.
 */
export const REMOVED_LINE = "\ud800";

/** How much of a removed line is kept, in bytes: it stands behind {@linkcode REMOVED_LINE}. */
export function keptBytes(removedLine: string): number {
  return Number(removedLine.slice(1));
}

export interface DecodeStreamOptions {
  /** A line with more bytes than this, its line end not counted, is removed. */
  readonly maxLineBytes: number;
  /** Lines that leave here, in order, for the parse stage to number. */
  readonly removed: RemovedLine[];
}

const LF = 10;
const CR = 13;
const BOM = [0xef, 0xbb, 0xbf];

/**
 * Bytes to text, in chunks of whole lines, each ending in `\n`. A line that is too long or not UTF-8 is put into
 * `removed`, and {@linkcode REMOVED_LINE} stands in its place. A byte-order mark at the start is dropped; a last
 * line without newline gets one. Buffers at most `maxLineBytes`, or the 64 KiB that are kept of a removed line, and
 * one chunk.
 */
export class DecodeStream extends TransformStream<Uint8Array, string> {
  constructor(options: DecodeStreamOptions) {
    const { maxLineBytes, removed } = options;
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    /** The beginning of a line whose end has not come yet; of one that is too long, about as much as is kept of it. */
    let tail: Uint8Array[] = [];
    let tailBytes = 0;
    let lastByte: number | undefined;
    /** Whether that line is over the cap, and is being passed over; `tailBytes` keeps counting. */
    let isTooLong = false;
    /** What may yet become a byte-order mark; absent once that is decided. */
    let head: Uint8Array | undefined = new Uint8Array(0);

    const hold = (bytes: Uint8Array) => {
      if (bytes.length === 0) return;
      if (!isTooLong || tailBytes < maxRejectTextBytes) tail.push(bytes);
      tailBytes += bytes.length;
      lastByte = bytes[bytes.length - 1];
      if (!isTooLong && tailBytes > maxLineBytes + (lastByte === CR ? 1 : 0)) {
        isTooLong = true;
        tail = [cutBytes(concat(tail)).slice()];
      }
    };
    const remove = (reason: RemovedLine["reason"], text: Uint8Array, bytes: number) => {
      const kept = cutBytes(text).slice();
      removed.push({ reason, text: kept, bytes });
      return `${REMOVED_LINE}${kept.length}\n`;
    };
    /** Decodes whole lines, the last of which ends in a newline. */
    const decode = (block: Uint8Array): string => {
      if (block.length <= maxLineBytes) {
        try {
          return decoder.decode(block);
        } catch {
          // Some line is not UTF-8: find out which.
        }
      }
      let text = "";
      for (let start = 0, end: number; start < block.length; start = end + 1) {
        end = block.indexOf(LF, start);
        const line = block.subarray(start, end > start && block[end - 1] === CR ? end - 1 : end);
        if (line.length > maxLineBytes) {
          text += remove("line_too_long", line, line.length);
          continue;
        }
        try {
          // With the line end that it had: a CR that is left alone would lose another one to the lines stage.
          text += decoder.decode(line) + (line.length < end - start ? "\r\n" : "\n");
        } catch {
          text += remove("invalid_utf8", line, line.length);
        }
      }
      return text;
    };
    /** Ends the line that is passed over with the rest of its bytes, up to the newline. */
    const endTooLong = (rest: Uint8Array) => {
      const endsInCr = (rest.length > 0 ? rest[rest.length - 1] : lastByte) === CR;
      const bytes = tailBytes + rest.length - (endsInCr ? 1 : 0);
      // What is held reaches as far as is kept, or without a gap up to `rest`.
      const text = remove("line_too_long", concat([...tail, rest]).subarray(0, bytes), bytes);
      isTooLong = false;
      tail = [];
      tailBytes = 0;
      return text;
    };
    const transform = (chunk: Uint8Array, controller: TransformStreamDefaultController<string>) => {
      if (head !== undefined) {
        chunk = concat([head, chunk]);
        const matching = BOM.findIndex((byte, i) => byte !== chunk[i]);
        if (matching >= chunk.length) {
          head = chunk;
          return;
        }
        head = undefined;
        if (matching < 0) chunk = chunk.subarray(BOM.length);
      }
      let last = chunk.lastIndexOf(LF);
      if (last < 0) return hold(chunk);
      let text = "";
      if (isTooLong) {
        const first = chunk.indexOf(LF);
        text = endTooLong(chunk.subarray(0, first));
        chunk = chunk.subarray(first + 1);
        last -= first + 1;
      }
      if (last >= 0) {
        tail.push(chunk.subarray(0, last + 1));
        text += decode(concat(tail));
        tail = [];
        tailBytes = 0;
      }
      controller.enqueue(text);
      hold(chunk.subarray(last + 1));
    };

    super({
      transform,
      flush(controller) {
        if (head !== undefined) hold(head);
        if (isTooLong) controller.enqueue(endTooLong(new Uint8Array(0)));
        else if (tailBytes > 0) controller.enqueue(decode(concat([...tail, Uint8Array.of(LF)])));
      },
    });
  }
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
