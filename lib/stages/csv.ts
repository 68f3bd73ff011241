import { CsvError, parse } from "csv-parse/sync";
import type { Batch, CsvSplices, ObjectCounts, Reject, RejectReason } from "../batch.ts";
import { type CsvDelimiter, csvDelimiters } from "../csv/csv_delimiters.ts";
import { csvFieldSpans } from "../csv/csv_field_spans.ts";
import { CsvRecordCutter } from "../csv/csv_record_cutter.ts";
import { QuotingError } from "../quoting_error.ts";
import { type Recipe, recipeKey } from "../recipe.ts";
import { cutBytes, maxRejectTextBytes } from "../rejects.ts";
import { WindowWait } from "./window_wait.ts";

export interface CsvStreamOptions {
  /** Its fields are names of columns. */
  readonly recipe: Recipe;
  /** Stands between fields; `,` unless told. */
  readonly delimiter?: CsvDelimiter;
  /** A record with more bytes than this, its line end not counted, is rejected. */
  readonly maxLineBytes: number;
  /** Records and blank lines in a batch: how far deduplication looks before it must answer. */
  readonly windowRecords: number;
  /** A batch ends with the record that brings it to this length, in bytes. */
  readonly windowBytes: number;
  /** How long the first record of a window waits for others, at most; for ever unless told. */
  readonly windowWaitMs?: number;
  /** A key of more UTF-8 bytes than this does not fit a call. */
  readonly maxKeyBytes: number;
  readonly counts: ObjectCounts;
}

const LF = 10, CR = 13, QUOTE = '"';
const BOM = [0xef, 0xbb, 0xbf];
/** What the buffer has at least; a larger one that is mostly empty is given back. */
const leastBufferBytes = 65_536;
/** How many columns an error names. */
const maxNamedColumns = 50;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Bytes of CSV to batches of rows with their keys; what is no record becomes a reject. The rows stay as they are
 * written, newlines inside quotes too; between them, line ends become LF, and the last one gets one. A byte-order mark
 * at the start is dropped.
 *
 * The first line that is not empty is the header row. It is no record, and is not counted; it goes with the first
 * batch, which comes out without records too. Where a key column stands twice, the last one counts; where the output
 * column does, all of them are replaced. An object without any line that is not empty has no header, and gives nothing.
 * An empty line is blank, wherever it stands outside quotes.
 *
 * A quote that does not close takes in all that follows. Of such a record only the first line is rejected, and reading
 * goes on behind it: as `invalid_csv` where the object ends; as `line_too_long` where the record gets too long, be it
 * that its quote would have closed later.
 *
 * Buffers a batch; of a record whose end has not come, at most `maxLineBytes`, or 64 KiB where that is less; and one
 * chunk; all of it up to twice. Behind a record that got too long, all that was held comes out at once.
 *
 * @throws {Error} In the stream: the header row cannot be read, or has no column for a field of the key.
 */
export class CsvStream extends TransformStream<Uint8Array, Batch> {
  constructor(options: CsvStreamOptions) {
    const { delimiter = ",", windowRecords, windowBytes } = options;
    if (!(windowRecords >= 1)) {
      throw new RangeError(`Cannot gather windows: windowRecords is ${windowRecords}, not 1 or more`);
    }
    if (!(windowBytes >= 1)) {
      throw new RangeError(`Cannot gather windows: windowBytes is ${windowBytes}, not 1 or more`);
    }
    if (!csvDelimiters.includes(delimiter)) {
      const known = csvDelimiters.map((known) => JSON.stringify(known)).join(" ");
      throw new RangeError(`Cannot read CSV: delimiter is ${JSON.stringify(delimiter)}, not one of ${known}`);
    }
    const wait = new WindowWait(options.windowWaitMs);
    let reader: CsvReader;
    super({
      start(controller) {
        reader = new CsvReader({ ...options, delimiter }, (batch) => {
          wait.end();
          controller.enqueue(batch);
        });
      },
      transform(chunk, controller) {
        reader.read(chunk);
        if (reader.hasWindow) wait.begin(() => reader.endWindow(), controller);
      },
      cancel: () => wait.end(),
      flush() {
        wait.end();
        reader.end();
      },
    });
  }
}

/** What the header row says. */
interface Header {
  /** Number of columns. */
  readonly columns: number;
  readonly company: number;
  readonly title: number;
  /** The columns that the answer goes to; none where it becomes a new one. */
  readonly outputs: readonly number[];
}

/** A record that was cut, in the window's bytes. */
interface Row {
  readonly start: number;
  /** Where its line end begins. */
  readonly end: number;
  readonly line: number;
  readonly fields: number;
  readonly hasStrayQuote: boolean;
}

/** Cuts records, and gathers them into windows. */
class CsvReader {
  readonly #options: CsvStreamOptions;
  readonly #cutter: CsvRecordCutter;
  readonly #judge: Judge;
  readonly #enqueue: (batch: Batch) => void;
  /** Holds the window's records, and behind them the one that is being read. */
  #buffer = new Uint8Array(leastBufferBytes);
  #filled = 0;
  #windowStart = 0;
  #recordStart = 0;
  /** How far the cutter has come. */
  #scanned = 0;
  /** Whether a byte-order mark at the start was looked for. */
  #isStarted = false;
  /** The number of the line that the record begins with. */
  #line = 1;
  /** A line that is too long and is being passed over, up to its LF. */
  #passed: { readonly text: Uint8Array; bytes: number; lastByte: number } | undefined;
  #rows: Row[] = [];
  #rejects: Reject[] = [];
  #blank = 0;
  /** Length of the window's records as they were read, of rejects what is kept. */
  #bytes = 0;

  constructor(
    options: CsvStreamOptions & { readonly delimiter: CsvDelimiter },
    enqueue: (batch: Batch) => void,
  ) {
    this.#options = options;
    this.#cutter = new CsvRecordCutter(options);
    this.#judge = new Judge(options);
    this.#enqueue = enqueue;
  }

  read(chunk: Uint8Array): void {
    if (this.#passed !== undefined && chunk.length > 0) {
      const newline = chunk.indexOf(LF);
      const passed = newline < 0 ? chunk : chunk.subarray(0, newline);
      this.#passed.bytes += passed.length;
      this.#passed.lastByte = passed[passed.length - 1] ?? this.#passed.lastByte;
      if (newline < 0) return;
      this.#endPassed();
      chunk = chunk.subarray(newline + 1);
    }
    this.#append(chunk);
    if (!this.#isStarted && this.#filled < BOM.length) return;
    this.#start();
    this.#cut();
  }

  end(): void {
    this.#start();
    if (this.#passed !== undefined) this.#endPassed();
    if (this.#filled > this.#recordStart && this.#buffer[this.#filled - 1] !== LF) {
      this.#append(Uint8Array.of(LF));
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
    return this.#rows.length + this.#rejects.length + this.#blank > 0 || this.#judge.holdsHeader;
  }

  #start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    if (this.#filled < BOM.length || BOM.some((byte, i) => byte !== this.#buffer[i])) return;
    this.#windowStart = this.#recordStart = this.#scanned = BOM.length;
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
    const start = this.#recordStart, end = lineEnd(this.#buffer, start, next - 1);
    const { lines, fields, hasStrayQuote } = this.#cutter;
    if (end - start > this.#options.maxLineBytes) return this.#rejectFirstLine("line_too_long");
    const row = {
      start: start - this.#windowStart,
      end: end - this.#windowStart,
      line: this.#line,
      fields,
      hasStrayQuote,
    };
    this.#recordStart = this.#scanned = next;
    this.#line += lines;
    if (end === start) this.#blank++;
    else if (this.#judge.hasHeader) this.#rows.push(row);
    else {
      this.#judge.readHeader(this.#buffer.subarray(start, end), row);
      return;
    }
    this.#bytes += next - start;
    this.#endFullWindow();
  }

  /** Sets the first line of a record aside, and begins a new one with the next line. */
  #rejectFirstLine(reason: "line_too_long" | "invalid_csv"): void {
    const start = this.#recordStart, newline = this.#buffer.indexOf(LF, start);
    const line = this.#buffer.subarray(start, lineEnd(this.#buffer, start, newline));
    this.#recordStart = this.#scanned = newline + 1;
    this.#cutter.reset();
    this.#reject(reason, cutBytes(line).slice(), line.length);
  }

  /** Goes on without the rest of the line that is being read. */
  #passOver(): void {
    const line = this.#buffer.subarray(this.#recordStart, this.#filled);
    this.#passed = { text: cutBytes(line).slice(), bytes: line.length, lastByte: line[line.length - 1]! };
    this.#filled = this.#scanned = this.#recordStart;
    this.#cutter.reset();
  }

  #endPassed(): void {
    const { text, bytes, lastByte } = this.#passed!;
    this.#passed = undefined;
    this.#reject("line_too_long", text, lastByte === CR ? bytes - 1 : bytes);
  }

  #reject(reason: "line_too_long" | "invalid_csv", text: Uint8Array, bytes: number): void {
    if (!this.#judge.hasHeader) {
      throw new Error(
        reason === "line_too_long"
          ? `Cannot read CSV: its header row is longer than maxLineBytes, ${this.#options.maxLineBytes}`
          : "Cannot read CSV: its header row has a quote that does not close",
      );
    }
    this.#rejects.push({ line: this.#line++, reason, text, bytes });
    this.#bytes += text.length;
    this.#endFullWindow();
  }

  #endFullWindow(): void {
    const { windowRecords, windowBytes } = this.#options;
    const records = this.#rows.length + this.#rejects.length + this.#blank;
    if (records >= windowRecords || this.#bytes >= windowBytes) this.endWindow();
  }

  /** Lets what was gathered go out. */
  endWindow(): void {
    const window = this.#buffer.subarray(this.#windowStart, this.#recordStart);
    const batch = this.#judge.batch(window, this.#rows, this.#rejects);
    const { counts } = this.#options;
    counts.in += this.#blank + batch.ends.length + batch.rejects.length;
    counts.blank += this.#blank;
    for (const { reason } of batch.rejects) counts.reject(reason);
    this.#windowStart = this.#recordStart;
    this.#rows = [];
    this.#rejects = [];
    this.#blank = this.#bytes = 0;
    this.#enqueue(batch);
  }
}

/** Makes batches of rows. */
class Judge {
  readonly #recipe: Recipe;
  readonly #maxKeyBytes: number;
  readonly #delimiter: CsvDelimiter;
  #header: Header | undefined;
  /** The header row as it goes out, until a batch takes it along. */
  #headerRow: Uint8Array<ArrayBuffer> | undefined;

  constructor(
    { recipe, maxKeyBytes, delimiter }: CsvStreamOptions & { readonly delimiter: CsvDelimiter },
  ) {
    this.#recipe = recipe;
    this.#maxKeyBytes = maxKeyBytes;
    this.#delimiter = delimiter;
  }

  get hasHeader(): boolean {
    return this.#header !== undefined;
  }

  /** Whether the header row has still to go out. */
  get holdsHeader(): boolean {
    return this.#headerRow !== undefined;
  }

  /** @param bytes Without the line end. */
  readHeader(bytes: Uint8Array, { fields, hasStrayQuote }: Row): void {
    if (!isUtf8(bytes)) throw new Error("Cannot read CSV: its header row is not UTF-8");
    const names = hasStrayQuote ? undefined : this.#parse(bytes, 1, fields)?.[0];
    if (names === undefined) throw new Error("Cannot read CSV: its header row has a stray quote");
    const { companyField, titleField, outputField } = this.#recipe;
    const company = names.lastIndexOf(companyField), title = names.lastIndexOf(titleField);
    if (company < 0 || title < 0) {
      const missing = [...new Set([companyField, titleField])].filter((name) => !names.includes(name));
      const rest = names.length > maxNamedColumns ? `, and ${names.length - maxNamedColumns} more` : "";
      const lacking = missing.join(" and no column ");
      throw new QuotingError(
        `Cannot read CSV: there is no column ${lacking}; ` +
          `its columns are ${names.slice(0, maxNamedColumns).join(", ")}${rest}`,
        // Without a header row, the first record's fields are taken for the names.
        `Cannot read CSV: there is no column ${lacking}`,
      );
    }
    const outputs = [...names.keys()].filter((column) => names[column] === outputField);
    this.#header = { columns: names.length, company, title, outputs };
    const added = encoder.encode(
      outputs.length > 0 ? "\n" : `${this.#delimiter}${this.#quoted(outputField)}\n`,
    );
    this.#headerRow = new Uint8Array(bytes.length + added.length);
    this.#headerRow.set(bytes);
    this.#headerRow.set(added, bytes.length);
  }

  /**
   * @param bytes The window's records as they were read.
   * @param rejects What was set aside of the window before.
   */
  batch(bytes: Uint8Array, rows: readonly Row[], rejects: Reject[]): Batch {
    const { columns, company, title } = this.#header ?? { columns: 0, company: 0, title: 0 };
    const reject = ({ line, start, end }: Row, reason: RejectReason) => {
      rejects.push({ line, reason, text: cutBytes(bytes.subarray(start, end)).slice(), bytes: end - start });
    };
    const isAllUtf8 = isUtf8(bytes);
    const candidates = rows.filter((row) => {
      const isRowUtf8 = isAllUtf8 || isUtf8(bytes.subarray(row.start, row.end));
      if (isRowUtf8 && !row.hasStrayQuote && row.fields === columns) return true;
      reject(row, !isRowUtf8 ? "invalid_utf8" : row.hasStrayQuote ? "invalid_csv" : "ragged_row");
      return false;
    });
    let packed = packRows(bytes, candidates);
    const parsed = this.#parse(packed.text, candidates.length, columns);

    const keys: string[] = [];
    const indexOfKey = new Map<string, number>();
    const keyOf: number[] = [];
    const taken = candidates.filter((row, i) => {
      // Where the parser sees other records than the cutter does, each has to be one by itself.
      const fields = parsed?.[i] ?? this.#parse(bytes.subarray(row.start, row.end), 1, columns)?.[0];
      if (fields === undefined) {
        reject(row, "invalid_csv");
        return false;
      }
      const key = recipeKey(fields[company]!, fields[title]!, this.#recipe);
      let index = indexOfKey.get(key);
      if (index === undefined) {
        // A UTF-16 unit is at most three bytes, so most keys need not be encoded to be known as short enough.
        if (key.length * 3 > this.#maxKeyBytes && encoder.encode(key).length > this.#maxKeyBytes) {
          reject(row, "invalid_key");
          return false;
        }
        indexOfKey.set(key, index = keys.push(key) - 1);
      }
      keyOf.push(index);
      return true;
    });
    if (taken.length < candidates.length) packed = packRows(bytes, taken);
    rejects.sort((a, b) => a.line - b.line);
    return {
      ...packed,
      csv: this.#splices(packed),
      bytes: rejects.reduce((sum, { text }) => sum + text.length, packed.text.length),
      lineNumbers: Uint32Array.from(taken, ({ line }) => line),
      keyOf,
      keys,
      answers: new Array(keys.length).fill(undefined),
      rejects,
    };
  }

  #splices({ text, ends }: Pick<Batch, "text" | "ends">): CsvSplices {
    const header = this.#headerRow, outputs = this.#header?.outputs ?? [], delimiter = this.#delimiter;
    this.#headerRow = undefined;
    if (outputs.length === 0) return { header, delimiter };
    const count = outputs.length;
    const replaced = {
      count,
      starts: new Uint32Array(ends.length * count),
      ends: new Uint32Array(ends.length * count),
    };
    for (let i = 0; i < ends.length; i++) {
      const start = i === 0 ? 0 : ends[i - 1]! + 1;
      const spans = csvFieldSpans(text, { start, end: ends[i]!, delimiter });
      for (let j = 0; j < count; j++) {
        [replaced.starts[i * count + j], replaced.ends[i * count + j]] = spans[outputs[j]!]!;
      }
    }
    return { header, delimiter, replaced };
  }

  /** The fields of records; `undefined` where the parser does not see so many records, or fields of them. */
  #parse(text: Uint8Array, records: number, columns: number): string[][] | undefined {
    if (records === 0) return [];
    try {
      const parsed = parse(text, {
        delimiter: this.#delimiter,
        quote: QUOTE,
        escape: QUOTE,
        record_delimiter: "\n",
        relax_column_count: true,
      });
      const isAsCut = parsed.length === records && parsed.every((fields) => fields.length === columns);
      return isAsCut ? parsed : undefined;
    } catch (error) {
      if (error instanceof CsvError) return undefined;
      throw error;
    }
  }

  /** A field as it is written: in quotes where it needs them. */
  #quoted(field: string): string {
    const isPlain = ![QUOTE, "\r", "\n", this.#delimiter].some((special) => field.includes(special));
    return isPlain ? field : QUOTE + field.replaceAll(QUOTE, QUOTE + QUOTE) + QUOTE;
  }
}

/** Rows one after the other, each ending in LF, and where those are. */
function packRows(bytes: Uint8Array, rows: readonly Row[]): Pick<Batch, "text" | "ends"> {
  const text = new Uint8Array(rows.reduce((sum, { start, end }) => sum + end - start + 1, 0));
  const ends = new Uint32Array(rows.length);
  let filled = 0;
  for (const [i, { start, end }] of rows.entries()) {
    text.set(bytes.subarray(start, end), filled);
    ends[i] = filled += end - start;
    text[filled++] = LF;
  }
  return { text, ends };
}

/** Where the line end begins: before the LF, and before a CR that it comes behind. */
function lineEnd(bytes: Uint8Array, start: number, newline: number): number {
  return newline > start && bytes[newline - 1] === CR ? newline - 1 : newline;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
