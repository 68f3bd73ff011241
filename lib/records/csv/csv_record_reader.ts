import type { Reject, RemovedLine } from "../batch.ts";
import { ByteOrderMark, CR, LF, OpenLine, removedLine } from "../lines.ts";
import { maxRejectTextBytes } from "../rejects.ts";
import { SluiceError } from "../../errors/sluice_error.ts";
import { count, plural } from "../../text/format.ts";
import type { ReadNote } from "../read_note.ts";
import { checkWindowSize, type WindowSize } from "../window_size.ts";
import { csvError, csvHeaderError } from "./csv_error.ts";
import { type CsvDelimiter, csvDelimiters } from "./csv_delimiters.ts";
import { type CsvDialect, csvDialect, delimiterNote } from "./csv_dialect.ts";
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

/** What goes with a header row. */
export interface CsvHeaderPlace {
  /** Where the first record begins. */
  readonly next: CsvPosition;
  readonly dialect: CsvDialect;
  /** The line `sep=;` before it, without its line end; absent where there is none. Good as long as the header row. */
  readonly sepLine?: Uint8Array;
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
   * @param place Where the first record begins, and how the table is written.
   */
  readHeader(bytes: Uint8Array, record: CsvRecord, place: CsvHeaderPlace): void;
  /** Takes the next window. */
  judge(window: CsvWindow): void;
}

export interface CsvRecordReaderOptions extends WindowSize {
  /** Counts where the bytes do not say another: see {@linkcode csvDialect}. */
  readonly delimiter: CsvDelimiter;
  /** The flag that sets the delimiter, for messages. Defaults to `--csv-delimiter`. */
  readonly delimiterFlag?: string;
  /** How the table is written, where that is known. By default the first bytes say it. */
  readonly dialect?: CsvDialect;
  /** A record with more bytes than this, its line end not counted, is rejected. */
  readonly maxLineBytes: number;
  /** Called with what is worth knowing, though it is read. */
  readonly onNote?: (note: ReadNote) => void;
  /** The number of the line behind the header row, where what stands between them is not read. Defaults to the true one. */
  readonly firstLine?: number;
}

/** What the buffer has at least; a larger one that is mostly empty is given back. */
const leastBufferBytes = 65_536;

/** A record of more lines than this is told: a quote that was not closed may have made it. */
const usualRecordLines = 1_000;

/**
 * Cuts bytes of CSV into records, and gathers them into windows for a judge. A byte-order mark at the start is dropped, and so
 * is a first line `sep=;`. The first line that is not empty is the header row; it is in no window. An empty line is blank,
 * wherever it stands outside quotes. Lines end as {@linkcode csvDialect} says.
 *
 * A quote that is not meant as one takes in what follows. Of a record of several lines that turns out bad, only the first
 * line is rejected, and reading continues behind it: as `invalid_csv` where a quote is stray, or does not close before the
 * bytes end; as `ragged_row` where it has more or fewer fields than the header; as `line_too_long` where it gets too long,
 * even if its quote would have closed later.
 *
 * Buffers a window; of a record whose end has not come, at most `maxLineBytes`, or 64 KiB where that is less; and one
 * chunk; all of it up to twice. Before the first record, up to 64 KiB until the dialect is clear.
 */
export class CsvRecordReader {
  readonly #options: CsvRecordReaderOptions;
  #cutter: CsvRecordCutter;
  #dialect: CsvDialect | undefined;
  #sepLine: Uint8Array | undefined;
  /** Fields of the header row. */
  #columns = 0;
  /** How many bytes did not say the dialect. */
  #unclearBytes = 0;
  #hasToldLongRecord = false;
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
    if (options.dialect !== undefined) this.#begin(options.dialect);
  }

  /** Takes bytes in, and hands on what windows they fill. */
  read(chunk: Uint8Array): void {
    if (this.#passed !== undefined && chunk.length > 0) {
      const newline = chunk.indexOf(this.#lineEnd);
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
    if (this.#dialect === undefined && !this.#decide(content)) return;
    this.#cut();
  }

  /** Says that no more bytes come, and hands on what is left. */
  end(): void {
    this.#append(this.#mark.rest());
    if (this.#dialect === undefined) this.#decide();
    if (this.#passed !== undefined) this.#endPassed();
    if (this.#filled > this.#recordStart && this.#buffer[this.#filled - 1] !== this.#lineEnd) {
      this.#append(Uint8Array.of(this.#lineEnd));
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

  get #lineEnd(): number {
    return this.#dialect?.lineEnd ?? LF;
  }

  /**
   * Finds out how the table is written, from what there is of it.
   *
   * @param added What has come now; absent where no more comes.
   * @returns Whether it is known.
   */
  #decide(added?: Uint8Array): boolean {
    const isWhole = added === undefined, bytes = this.#filled;
    // Small chunks are not looked at each time: that would be quadratic.
    if (!isWhole && bytes < 2 * this.#unclearBytes && !added.includes(LF)) return false;
    const { delimiter, delimiterFlag, onNote } = this.#options;
    const dialect = csvDialect(this.#buffer.subarray(0, bytes), { delimiter, isWhole });
    if (dialect === undefined) {
      this.#unclearBytes = bytes;
      return false;
    }
    this.#begin(dialect);
    if (dialect.isGuessed) onNote?.(delimiterNote(dialect.delimiter, delimiterFlag));
    if (dialect.sepBytes > 0) {
      const line = this.#buffer.slice(0, dialect.sepBytes);
      this.#sepLine = line.subarray(0, line.findIndex((byte) => byte === LF || byte === CR));
      this.#windowStart = this.#recordStart = this.#scanned = dialect.sepBytes;
      this.#line++;
    }
    return true;
  }

  #begin(dialect: CsvDialect): void {
    this.#dialect = dialect;
    this.#cutter = new CsvRecordCutter(dialect);
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
      if (this.#cutter.isSpoilt) {
        const isTooLong = this.#cutter.strayAt - this.#recordStart > this.#options.maxLineBytes;
        this.#rejectFirstLine(isTooLong ? "line_too_long" : "invalid_csv");
        continue;
      }
      this.#scanned = this.#filled;
      if (this.#filled - this.#recordStart <= longest) return;
      if (this.#cutter.lines === 1) return this.#passOver();
      this.#rejectFirstLine("line_too_long");
    }
  }

  #endRecord(next: number): void {
    let start = this.#recordStart;
    // Behind a CR that ends records, an LF can only be the rest of that line end.
    if (this.#lineEnd === CR) { while (this.#buffer[start] === LF) start++; }
    const end = this.#rowEnd(start, next - 1);
    const { lines, fields, hasStrayQuote } = this.#cutter;
    if (end - start > this.#options.maxLineBytes) return this.#rejectFirstLine("line_too_long");
    if (lines > 1 && this.#judge.hasHeader) {
      if (fields !== this.#columns) return this.#rejectFirstLine("ragged_row");
      if (lines > usualRecordLines) this.#tellLongRecord(lines);
    }
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
      this.#columns = fields;
      const place = { next: this.#next, dialect: this.#dialect!, sepLine: this.#sepLine };
      try {
        this.#judge.readHeader(this.#buffer.subarray(start, end), record, place);
      } catch (error) {
        throw csvHeaderError(error, this.#buffer.subarray(0, this.#filled));
      }
      this.#line = this.#options.firstLine ?? this.#line;
      return;
    }
    this.#bytes += next - start;
    this.#endFullWindow();
  }

  /** Where a row's content ends: before its line end. */
  #rowEnd(start: number, lineEnd: number): number {
    let end = lineEnd;
    while (end > start && this.#buffer[end - 1] === CR) end--;
    return end;
  }

  #tellLongRecord(lines: number): void {
    if (this.#hasToldLongRecord) return;
    this.#hasToldLongRecord = true;
    const { onNote } = this.#options;
    onNote?.({
      text: `the record at line ${count(this.#line)} has ${
        plural(lines, "line")
      }: is its quote meant to open there?`,
      isOfFormat: false,
    });
  }

  /** Sets the first line of a record aside, and begins a new one with the next line. */
  #rejectFirstLine(reason: "line_too_long" | "invalid_csv" | "ragged_row"): void {
    const start = this.#recordStart, newline = this.#buffer.indexOf(this.#lineEnd, start);
    const line = this.#buffer.subarray(start, this.#rowEnd(start, newline));
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
      const error = csvError(
        line.reason === "line_too_long"
          ? `its header row is longer than maxLineBytes, ${count(this.#options.maxLineBytes)}`
          : this.#cutter.hasStrayQuote
          ? "its header row has a stray quote"
          : "its header row has a quote that does not close",
      );
      throw csvHeaderError(error, this.#buffer.subarray(0, this.#filled));
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
