import type { Batch, ObjectCounts, Reject, RemovedLine } from "../batch.ts";
import type { Recipe } from "../../recipe/recipe.ts";
import { JsonSpans } from "../json_spans.ts";
import { ByteOrderMark, contentEnd, LF, LineFragments, OpenLine, removedLine } from "../lines.ts";
import { parseLine } from "../parse_line.ts";
import { DROPPED_LINE, type LineScanner, type ScannedLines, SLOW_LINE } from "../scan/scan_lines.ts";
import { bytes, type Settings, whole } from "../../settings/setting.ts";
import { checkWindowSize, type WindowSize } from "../window_size.ts";
import { WindowWait } from "./window_wait.ts";

/** When a batch is full. */
export const windowSettings = {
  windowRecords: whole({
    help: "Records in a batch, 1 to 100000",
    heading: "Concurrency",
    min: 1,
    max: 100_000,
    default: 1000,
  }),
  windowBytes: bytes({
    help: "Size of a batch",
    heading: "Concurrency",
    min: 1024,
    max: 64 * 1024 ** 2,
    default: 1024 ** 2,
  }),
} satisfies Settings;

/** How long a line may be. */
export const lineSettings = {
  maxLineBytes: bytes({
    help: "Reject longer lines",
    min: 1024,
    max: 256 * 1024 ** 2,
    default: 16 * 1024 ** 2,
  }),
} satisfies Settings;

export interface ScanStreamOptions extends WindowSize {
  /** Shared by the streams of a thread. */
  readonly scanner: LineScanner;
  /** The scanner's. */
  readonly recipe: Recipe;
  /** A line with more bytes than this, its line end not counted, is rejected. */
  readonly maxLineBytes: number;
  /** How long the first line of a window waits for others, at most, in milliseconds. Unlimited by default. */
  readonly windowWaitMs?: number;
  /** A key of more UTF-8 bytes than this does not fit a call. */
  readonly maxKeyBytes: number;
  readonly counts: ObjectCounts;
  /**
   * Whether the chunks' buffers are not shared: they are given back once their lines are in batches, rather than when
   * they are collected, which would be rarely, with much memory, or often, with much work.
   */
  readonly ownsChunks?: boolean;
}

/** How much of a chunk is looked at in one call: a larger part only makes the scanner's memory larger. */
const maxPartBytes = 131_072;
/** Stands in a window for a line that was too long to be kept; no JSON, and not blank. */
const PLACEHOLDER = Uint8Array.of(0, LF);

/**
 * Bytes to batches of records, without making strings of lines. What the scanner does not take, `JSON.parse` judges, so
 * that the outcome is what a chain of `TextLineStream` and `JSON.parse` would give; tests hold it against that chain.
 *
 * Buffers a batch; of a line whose end has not come, at most `maxLineBytes`, or the 64 KiB that are kept of a reject;
 * and one chunk. A byte-order mark at the start is dropped; a last line without newline gets one.
 */
export class ScanStream extends TransformStream<Uint8Array<ArrayBuffer>, Batch> {
  constructor(options: ScanStreamOptions) {
    const { scanner, maxLineBytes, ownsChunks, windowRecords, windowBytes, windowWaitMs } = options;
    checkWindowSize(options);
    const judge = new BatchBuilder(options);
    /** The window's whole lines. */
    let whole = new LineFragments(), lines = 0;
    const open = new OpenLine(maxLineBytes);
    /** Lines of the window that were too long to be kept, by their index. */
    let removed = new Map<number, RemovedLine>();
    const mark = new ByteOrderMark();
    const wait = new WindowWait(windowWaitMs);
    /** Chunks of its own that the window and the open line may have parts of; the newest one, last, is still being read. */
    const held: Uint8Array<ArrayBuffer>[] = [];

    const endTooLong = (rest?: Uint8Array) => {
      const line = open.endTooLong(rest);
      removed.set(lines++, line);
      whole.add(PLACEHOLDER);
      whole.length += line.text.length;
    };
    const isFull = () => lines >= windowRecords || whole.length >= windowBytes;
    const enqueue = (controller: TransformStreamDefaultController<Batch>) => {
      wait.end();
      controller.enqueue(judge.batch(scanner.scan(whole.pieces, lines, maxLineBytes), removed));
      whole = new LineFragments();
      lines = 0;
      removed = new Map();
      if (open.bytes > 0) return;
      for (const chunk of held.splice(0, held.length - 1)) chunk.buffer.transfer(0);
    };
    const read = (chunk: Uint8Array, controller: TransformStreamDefaultController<Batch>) => {
      while (chunk.length > 0) {
        if (open.isTooLong) {
          const first = chunk.indexOf(LF);
          if (first < 0) return open.add(chunk);
          endTooLong(chunk.subarray(0, first));
          chunk = chunk.subarray(first + 1);
          if (isFull()) enqueue(controller);
          continue;
        }
        const part = chunk.subarray(0, maxPartBytes);
        const { end, lines: ended } = scanner.windowEnd(part, {
          lines: windowRecords - lines,
          bytes: windowBytes - whole.length - open.bytes,
        });
        lines += ended;
        const cut = end ?? (ended > 0 ? part.lastIndexOf(LF) + 1 : 0);
        if (cut > 0) {
          whole.addAll(open.take());
          whole.add(part.subarray(0, cut));
        }
        if (end === undefined) {
          open.add(part.subarray(cut));
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
        if (ownsChunks && !open.isTooLong) held.push(chunk);
        const content = mark.strip(chunk);
        if (content === undefined) return;
        read(content, controller);
        if (lines > 0) wait.begin(() => enqueue(controller), controller);
      },
      cancel: () => wait.end(),
      flush(controller) {
        wait.end();
        open.add(mark.rest());
        if (open.isTooLong) endTooLong();
        else if (open.bytes > 0) {
          whole.addAll(open.take());
          whole.add(Uint8Array.of(LF));
          lines++;
        }
        if (lines > 0) enqueue(controller);
      },
    });
  }
}

/** Makes batches of scanned lines, an object's in their order. */
class BatchBuilder {
  readonly #options: ScanStreamOptions;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #spans = new JsonSpans();
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
        this.#spans.read(text, i === 0 ? 0 : ends[i - 1]! + 1, ends[i]!);
        spliceStarts[i] = spliceEnds[i] = this.#spans.fieldsEnd;
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
    counts.rejectAll(rejects);
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
    const line = text.subarray(start, contentEnd(text, start, newline));
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
