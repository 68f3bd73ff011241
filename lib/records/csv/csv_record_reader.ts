import type { Reject, RemovedLine } from "../batch.ts";
import { ByteOrderMark, contentEnd, LF, OpenLine, removedLine } from "../lines.ts";
import { maxRejectTextBytes } from "../rejects.ts";
import { SluiceError } from "../../errors/sluice_error.ts";
import { count } from "../../text/format.ts";
import { checkWindowSize, type WindowSize } from "../window_size.ts";
import { csvError } from "./csv_error.ts";
import { type CsvDelimiter, csvDelimiters } from "./csv_delimiters.ts";
import { CsvRecordCutter } from "./csv_record_cutter.ts";

/** A record that was cut; its place is counted from its window's first byte. */
export interface CsvRecord {
  readonly start: number;
  /** Where its line end begins. */
  readonly end: number;
  readonly line: number;
  readonly fields: number;
  readonly hasStrayQuote: boolean;
}

/** Consecutive records, as they are handed on. */
export interface CsvWindow {
  /** The records as they were read, line ends too. Good until the judge returns. */
  readonly bytes: Uint8Array;
  readonly records: readonly CsvRecord[];
  /** What was set aside between them. */
  readonly rejects: Reject[];
  /** How many lines were blank. */
  readonly blank: number;
  /** Where the next record begins. */
  readonly next: CsvPosition;
}

/** A place between two records. */
export interface CsvPosition {
  /** How many bytes come before it. */
  readonly offset: number;
  /** The number of the line that begins there. */
  readonly line: number;
}

/** What a {@linkcode CsvRecordReader} hands its records to. */
export interface CsvWindowHandler {
  /** Whether the header row was read. */
  readonly hasHeader: boolean;
  /** Whether a window is to come even if nothing is in it. */
  readonly holdsHeader: boolean;
  /**
   * Takes the header row.
   *
   * @param bytes Without the line end. Good until it returns.
   * @param next Where the first record begins.
   */
  readHeader(bytes: Uint8Array, record: CsvRecord, next: CsvPosition): void;
  /** Takes the next window. */
  judge(window: CsvWindow): void;
}

export interface CsvRecordReaderOptions extends WindowSize {
  readonly delimiter: CsvDelimiter;
  /** A record with more bytes than this, its line end not counted, is rejected. */
  readonly maxLineBytes: number;
  /** The number of the line behind the header row, where what stands between them is not read. Defaults to the true one. */
  readonly firstLine?: number;
}

/** What the buffer has at least; a larger one that is mostly empty is given back. */
const leastBufferBytes = 65_536;

/**
 * Cuts bytes of CSV into records, and gathers them into windows for a judge. A byte-order mark at the start is dropped.
 * The first line that is not empty is the header row; it is in no window. An empty line is blank, wherever it stands
 * outside quotes.
 *
 * A quote that does not close takes in all that follows. Of such a record only the first line is rejected, and reading
 * continues after it: as `invalid_csv` where the bytes end; as `line_too_long` where the record gets too long, even
 * if its quote would have closed later.
 *
 * Buffers a window; of a record whose end has not come, at most `maxLineBytes`, or 64 KiB where that is less; and one
 * chunk; all of it up to twice.
 */
export class CsvRecordReader {
  readonly #options: CsvRecordReaderOptions;
  readonly #cutter: CsvRecordCutter;
  readonly #judge: CsvWindowHandler;
  /** Holds the window's records, and behind them the one that is being read. */
  #buffer = new Uint8Array(leastBufferBytes);
  #filled = 0;
  #windowStart = 0;
  #recordStart = 0;
  /** How far the cutter has come. */
  #scanned = 0;
  readonly #mark = new ByteOrderMark();
  /** The number of the line that the record begins with. */
  #line = 1;
  /** A line that is too long and is being passed over, up to its LF. */
  #passed: OpenLine | undefined;
  #records: CsvRecord[] = [];
  #rejects: Reject[] = [];
  #blank = 0;
  /** Length of the window's records as they were read, of rejects what is kept. */
  #bytes = 0;
  /** How many bytes came in, and how many were made up to end the last line. */
  #readBytes = 0;
  #addedBytes = 0;

  constructor(judge: CsvWindowHandler, options: CsvRecordReaderOptions) {
    const { delimiter } = options;
    checkWindowSize(options);
    if (!csvDelimiters.includes(delimiter)) {
      const known = csvDelimiters.map((known) => JSON.stringify(known)).join(" ");
      const reason = `delimiter is ${JSON.stringify(delimiter)}, not one of ${known}`;
      throw new SluiceError({ kind: "settings", action: "read CSV", reason });
    }
    this.#options = options;
    this.#judge = judge;
    this.#cutter = new CsvRecordCutter(options);
  }

  /** Takes bytes in, and hands on what windows they fill. */
  read(chunk: Uint8Array): void {
    if (this.#passed !== undefined && chunk.length > 0) {
      const newline = chunk.indexOf(LF);
      const passed = newline < 0 ? chunk : chunk.subarray(0, newline);
      this.#readBytes += passed.length;
      if (newline < 0) return this.#passed.add(passed);
      this.#readBytes++;
      this.#endPassed(passed);
      chunk = chunk.subarray(newline + 1);
    }
    this.#readBytes += chunk.length;
    const content = this.#mark.strip(chunk);
    if (content === undefined) return;
    this.#append(content);
    this.#cut();
  }

  /** Says that no more bytes come, and hands on what is left. */
  end(): void {
    this.#append(this.#mark.rest());
    if (this.#passed !== undefined) this.#endPassed();
    if (this.#filled > this.#recordStart && this.#buffer[this.#filled - 1] !== LF) {
      this.#append(Uint8Array.of(LF));
      this.#addedBytes = 1;
    }
    this.#cut();
    while (this.#filled > this.#recordStart) {
      const isTooLong = this.#filled - this.#recordStart > this.#options.maxLineBytes;
      this.#rejectFirstLine(isTooLong ? "line_too_long" : "invalid_csv");
      this.#cut();
    }
    if (this.hasWindow) this.endWindow();
  }

  /** Whether there is anything to go out. */
  get hasWindow(): boolean {
    return this.#records.length + this.#rejects.length + this.#blank > 0 || this.#judge.holdsHeader;
  }

  #append(chunk: Uint8Array): void {
    const held = this.#buffer.subarray(this.#windowStart, this.#filled);
    const needed = held.length + chunk.length;
    const size = this.#buffer.length;
    if (needed > size || (size > leastBufferBytes && needed * 4 < size)) {
      this.#buffer = new Uint8Array(Math.max(leastBufferBytes, needed * 2));
      this.#buffer.set(held);
    } else if (this.#windowStart > 0) {
      this.#buffer.copyWithin(0, this.#windowStart, this.#filled);
    }
    this.#buffer.set(chunk, held.length);
    this.#filled = needed;
    this.#recordStart -= this.#windowStart;
    this.#scanned -= this.#windowStart;
    this.#windowStart = 0;
  }

  /** Cuts what there is, up to a record whose end has not come. */
  #cut(): void {
    const longest = Math.max(this.#options.maxLineBytes, maxRejectTextBytes) + 1; // it may end in a CR
    for (;;) {
      const end = this.#cutter.cut(this.#buffer, this.#scanned, this.#filled);
      if (end !== undefined) {
        this.#endRecord(end);
        continue;
      }
      this.#scanned = this.#filled;
      if (this.#filled - this.#recordStart <= longest) return;
      if (this.#cutter.lines === 1) return this.#passOver();
      this.#rejectFirstLine("line_too_long");
    }
  }

  #endRecord(next: number): void {
    const start = this.#recordStart, end = contentEnd(this.#buffer, start, next - 1);
    const { lines, fields, hasStrayQuote } = this.#cutter;
    if (end - start > this.#options.maxLineBytes) return this.#rejectFirstLine("line_too_long");
    const record = {
      start: start - this.#windowStart,
      end: end - this.#windowStart,
      line: this.#line,
      fields,
      hasStrayQuote,
    };
    this.#recordStart = this.#scanned = next;
    this.#line += lines;
    if (end === start) this.#blank++;
    else if (this.#judge.hasHeader) this.#records.push(record);
    else {
      this.#judge.readHeader(this.#buffer.subarray(start, end), record, this.#next);
      this.#line = this.#options.firstLine ?? this.#line;
      return;
    }
    this.#bytes += next - start;
    this.#endFullWindow();
  }

  /** Sets the first line of a record aside, and begins a new one with the next line. */
  #rejectFirstLine(reason: "line_too_long" | "invalid_csv"): void {
    const start = this.#recordStart, newline = this.#buffer.indexOf(LF, start);
    const line = this.#buffer.subarray(start, contentEnd(this.#buffer, start, newline));
    this.#recordStart = this.#scanned = newline + 1;
    this.#cutter.reset();
    this.#reject(removedLine(reason, line));
  }

  /** Reads on without the rest of the line that is being read. */
  #passOver(): void {
    this.#passed = new OpenLine(this.#options.maxLineBytes);
    this.#passed.add(this.#buffer.slice(this.#recordStart, this.#filled));
    this.#filled = this.#scanned = this.#recordStart;
    this.#cutter.reset();
  }

  #endPassed(rest?: Uint8Array): void {
    const line = this.#passed!.endTooLong(rest);
    this.#passed = undefined;
    this.#reject(line);
  }

  #reject(line: RemovedLine): void {
    if (!this.#judge.hasHeader) {
      throw csvError(
        line.reason === "line_too_long"
          ? `its header row is longer than maxLineBytes, ${count(this.#options.maxLineBytes)}`
          : "its header row has a quote that does not close",
      );
    }
    this.#rejects.push({ line: this.#line++, ...line });
    this.#bytes += line.text.length;
    this.#endFullWindow();
  }

  /** Where the record that is being read begins. */
  get #next(): CsvPosition {
    const unread = this.#filled - this.#recordStart - this.#addedBytes;
    return { offset: this.#readBytes - Math.max(0, unread), line: this.#line };
  }

  #endFullWindow(): void {
    const { windowRecords, windowBytes } = this.#options;
    const records = this.#records.length + this.#rejects.length + this.#blank;
    if (records >= windowRecords || this.#bytes >= windowBytes) this.endWindow();
  }

  /** Lets what was gathered go out. */
  endWindow(): void {
    const window: CsvWindow = {
      bytes: this.#buffer.subarray(this.#windowStart, this.#recordStart),
      records: this.#records,
      rejects: this.#rejects,
      blank: this.#blank,
      next: this.#next,
    };
    this.#windowStart = this.#recordStart;
    this.#records = [];
    this.#rejects = [];
    this.#blank = this.#bytes = 0;
    this.#judge.judge(window);
  }
}
