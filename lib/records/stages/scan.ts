import type { Batch, ObjectCounts, Reject, RemovedLine } from "../batch.ts";
import type { Recipe } from "../../recipe/recipe.ts";
import { cutBytes, maxRejectTextBytes } from "../rejects.ts";
import { DROPPED_LINE, type LineScanner, type ScannedLines, SLOW_LINE } from "../scan/scan_lines.ts";
import { choice, type Settings } from "../../settings/setting.ts";
import { fieldsEnd } from "./encode.ts";
import { parseLine } from "./parse.ts";
import { WindowWait } from "./window_wait.ts";

/** Which stages read lines. */
export const scanSettings = {
  lines: choice(["scan", "streams"], {
    help:
      "How lines are read: scan (as bytes, fast) or streams (TextLineStream, JSON.parse); the outcome is the same",
    default: "scan",
  }),
} satisfies Settings;

export interface ScanStreamOptions {
  /** Shared by the streams of a thread. */
  readonly scanner: LineScanner;
  /** The scanner's. */
  readonly recipe: Recipe;
  /** A line with more bytes than this, its line end not counted, is rejected. */
  readonly maxLineBytes: number;
  /** Lines in a batch: how far deduplication looks before it must answer. */
  readonly windowRecords: number;
  /** A batch ends with the line that brings it to this length, in bytes. */
  readonly windowBytes: number;
  /** How long the first line of a window waits for others, at most; for ever unless told. */
  readonly windowWaitMs?: number;
  /** A key of more UTF-8 bytes than this does not fit a call. */
  readonly maxKeyBytes: number;
  readonly counts: ObjectCounts;
  /**
   * Whether nobody else uses the chunks' buffers: they are given back once their lines are in batches, rather than when
   * they are collected, which would be rarely, with much memory, or often, with much work.
   */
  readonly ownsChunks?: boolean;
}

const LF = 10;
const CR = 13;
const BOM = [0xef, 0xbb, 0xbf];
/** How much of a chunk is looked at in one call: a larger part only makes the scanner's memory larger. */
const maxPartBytes = 131_072;
/** Stands in a window for a line that was too long to be kept; no JSON, and not blank. */
const PLACEHOLDER = Uint8Array.of(0, LF);

/**
 * Bytes to batches: what the stages decode, lines, window and parse do together, without making strings of lines.
 * What the scanner does not take, `JSON.parse` judges, so that what comes out is the same.
 *
 * Buffers a batch; of a line whose end has not come, at most `maxLineBytes`, or the 64 KiB that are kept of a reject;
 * and one chunk. A byte-order mark at the start is dropped; a last line without newline gets one.
 */
export class ScanStream extends TransformStream<Uint8Array<ArrayBuffer>, Batch> {
  constructor(options: ScanStreamOptions) {
    const { scanner, maxLineBytes, ownsChunks, windowRecords, windowBytes, windowWaitMs } = options;
    if (!(windowRecords >= 1)) {
      throw new RangeError(`Cannot gather windows: windowRecords is ${windowRecords}, not 1 or more`);
    }
    if (!(windowBytes >= 1)) {
      throw new RangeError(`Cannot gather windows: windowBytes is ${windowBytes}, not 1 or more`);
    }
    const judge = new BatchBuilder(options);
    /** The window's whole lines. */
    let whole = new LineFragments(), lines = 0;
    /** The beginning of a line whose end has not come yet; of one that is too long, about as much as is kept. */
    let tail = new LineFragments();
    /** Of that line; goes on counting when it is too long and is being passed over. */
    let tailBytes = 0, lastByte: number | undefined, isTooLong = false;
    /** Lines of the window that were too long to be kept, by their index. */
    let removed = new Map<number, RemovedLine>();
    /** What may yet become a byte-order mark; absent once that is decided. */
    let head: Uint8Array | undefined = new Uint8Array(0);
    const wait = new WindowWait(windowWaitMs);
    /** Chunks of its own that the window and the line whose end has not come may have parts of; the newest, last, goes on. */
    const held: Uint8Array<ArrayBuffer>[] = [];

    const hold = (bytes: Uint8Array) => {
      if (bytes.length === 0) return;
      if (!isTooLong || tailBytes < maxRejectTextBytes) tail.add(bytes);
      tailBytes += bytes.length;
      lastByte = bytes[bytes.length - 1];
      if (!isTooLong && tailBytes > maxLineBytes + (lastByte === CR ? 1 : 0)) {
        isTooLong = true;
        tail = LineFragments.of(cutBytes(tail.concat()).slice());
      }
    };
    /** Ends the line that is passed over with the rest of its bytes, up to the newline. */
    const endTooLong = (rest: Uint8Array) => {
      const endsInCr = (rest.length > 0 ? rest[rest.length - 1] : lastByte) === CR;
      const bytes = tailBytes + rest.length - (endsInCr ? 1 : 0);
      tail.add(rest);
      // What is held reaches as far as is kept, or without a gap up to `rest`.
      const text = cutBytes(tail.concat().subarray(0, bytes)).slice();
      removed.set(lines++, { reason: "line_too_long", text, bytes });
      whole.add(PLACEHOLDER);
      whole.length += text.length;
      isTooLong = false;
      tail = new LineFragments();
      tailBytes = 0;
    };
    const isFull = () => lines >= windowRecords || whole.length >= windowBytes;
    const enqueue = (controller: TransformStreamDefaultController<Batch>) => {
      wait.end();
      controller.enqueue(judge.batch(scanner.scan(whole.pieces, lines, maxLineBytes), removed));
      whole = new LineFragments();
      lines = 0;
      removed = new Map();
      if (tail.length > 0) return;
      for (const chunk of held.splice(0, held.length - 1)) chunk.buffer.transfer(0);
    };
    const transform = (chunk: Uint8Array, controller: TransformStreamDefaultController<Batch>) => {
      if (head !== undefined) {
        chunk = LineFragments.of(head, chunk).concat();
        const matching = BOM.findIndex((byte, i) => byte !== chunk[i]);
        if (matching >= chunk.length) {
          head = chunk;
          return;
        }
        head = undefined;
        if (matching < 0) chunk = chunk.subarray(BOM.length);
      }
      while (chunk.length > 0) {
        if (isTooLong) {
          const first = chunk.indexOf(LF);
          if (first < 0) return hold(chunk);
          endTooLong(chunk.subarray(0, first));
          chunk = chunk.subarray(first + 1);
          if (isFull()) enqueue(controller);
          continue;
        }
        const part = chunk.subarray(0, maxPartBytes);
        const { end, lines: ended } = scanner.windowEnd(part, {
          lines: windowRecords - lines,
          bytes: windowBytes - whole.length - tailBytes,
        });
        lines += ended;
        const cut = end ?? (ended > 0 ? part.lastIndexOf(LF) + 1 : 0);
        if (cut > 0) {
          whole.addAll(tail);
          tail = new LineFragments();
          tailBytes = 0;
          whole.add(part.subarray(0, cut));
        }
        if (end === undefined) {
          hold(part.subarray(cut));
          chunk = chunk.subarray(part.length);
        } else {
          chunk = chunk.subarray(cut);
          enqueue(controller);
        }
      }
    };

    super({
      transform(chunk, controller) {
        // A line that is passed over may have any number of chunks: these are left to the collector.
        if (ownsChunks && !isTooLong) held.push(chunk);
        transform(chunk, controller);
        if (lines > 0) wait.begin(() => enqueue(controller), controller);
      },
      cancel: () => wait.end(),
      flush(controller) {
        wait.end();
        if (head !== undefined) hold(head);
        if (isTooLong) endTooLong(new Uint8Array(0));
        else if (tailBytes > 0) {
          tail.add(Uint8Array.of(LF));
          whole.addAll(tail);
          lines++;
        }
        if (lines > 0) enqueue(controller);
      },
    });
  }
}

/** Bytes that came in pieces. */
class LineFragments {
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
    if (this.pieces.length === 1) return this.pieces[0]!;
    const all = new Uint8Array(this.pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of this.pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }
}

/** Makes batches of scanned lines, an object's in their order. */
class BatchBuilder {
  readonly #options: ScanStreamOptions;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #linesBefore = 0;

  constructor(options: ScanStreamOptions) {
    this.#options = options;
  }

  batch(scanned: ScannedLines, removed: ReadonlyMap<number, RemovedLine>): Batch {
    const { counts, recipe, maxKeyBytes, scanner } = this.#options;
    const rejects: Reject[] = [];
    let { keys } = scanned;
    let overwritten: Set<number> | undefined;
    // A UTF-16 unit is at most three bytes.
    const mayBeTooLarge = keys.some((key) => key.length * 3 > maxKeyBytes);
    if (scanned.slow.length > 0 || mayBeTooLarge || recipe.normalize !== "exact") {
      const { slots, spliceStarts, spliceEnds, ends, text } = scanned;
      const indexOf = new Map<string, number>();
      // Most slow lines are rejects: the keys of the others are then as they were, slot for slot.
      let isRenumbered = mayBeTooLarge || recipe.normalize !== "exact";
      const judged = new Map<number, string>();
      const judge = (i: number) => {
        const outcome = removed.get(i) ?? this.#judgeLine(scanned, i);
        if ("reason" in outcome) {
          slots[i] = DROPPED_LINE;
          rejects.push({ line: this.#linesBefore + i + 1, ...outcome });
          return;
        }
        judged.set(i, outcome.key);
        isRenumbered = true;
        if (outcome.hasOutputField) (overwritten ??= new Set()).add(i);
        spliceStarts[i] = spliceEnds[i] = fieldsEnd(text, ends[i]!);
      };
      if (!mayBeTooLarge) scanned.slow.forEach(judge);
      else {
        for (let i = 0; i < slots.length; i++) {
          const slot = slots[i]!;
          if (slot === SLOW_LINE || (slot < DROPPED_LINE && keys[slot]!.length * 3 > maxKeyBytes)) judge(i);
        }
      }
      if (isRenumbered) {
        const distinct: string[] = [];
        for (let i = 0; i < slots.length; i++) {
          const slot = slots[i]!;
          const key = judged.get(i) ?? (slot < DROPPED_LINE ? keys[slot]! : undefined);
          if (key === undefined) continue;
          let index = indexOf.get(key);
          if (index === undefined) indexOf.set(key, index = distinct.push(key) - 1);
          slots[i] = index;
        }
        keys = distinct;
      }
    }
    const lines = scanned.ends.length;
    const { text, ends, spliceStarts, spliceEnds, keyOf, lineIndexes } = scanner.take(
      scanned,
      rejects.length,
    );
    const lineNumbers = new Uint32Array(ends.length);
    for (let i = 0; i < lineNumbers.length; i++) {
      lineNumbers[i] = this.#linesBefore + 1 + (lineIndexes?.[i] ?? i);
    }
    let overwrites = overwritten;
    if (overwritten !== undefined && lineIndexes !== undefined) {
      overwrites = new Set();
      lineIndexes.forEach((line, i) => overwritten!.has(line) && overwrites!.add(i));
    }
    this.#linesBefore += lines;
    counts.in += lines;
    counts.blank += scanned.blank;
    for (const { reason } of rejects) counts.reject(reason);
    return {
      text,
      ends,
      splices: { starts: spliceStarts, ends: spliceEnds },
      bytes: rejects.reduce((sum, reject) => sum + reject.text.length, text.length),
      lineNumbers,
      keyOf,
      keys,
      answers: new Array(keys.length).fill(undefined),
      overwrites,
      rejects,
    };
  }

  #judgeLine(
    { text, ends }: ScannedLines,
    i: number,
  ): RemovedLine | { key: string; hasOutputField: boolean } {
    const start = i === 0 ? 0 : ends[i - 1]! + 1, newline = ends[i]!;
    const line = text.subarray(start, newline > start && text[newline - 1] === CR ? newline - 1 : newline);
    if (line.length > this.#options.maxLineBytes) return removedLine("line_too_long", line);
    let decoded: string;
    try {
      decoded = this.#decoder.decode(line);
    } catch {
      return removedLine("invalid_utf8", line);
    }
    return parseLine(decoded, this.#options)!;
  }
}

function removedLine(reason: RemovedLine["reason"], line: Uint8Array): RemovedLine {
  return { reason, text: cutBytes(line).slice(), bytes: line.length };
}
