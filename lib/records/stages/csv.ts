import { concat } from "@std/bytes/concat.js";
import type { Batch, CsvSplices, ObjectCounts } from "../batch.ts";
import type { CsvDelimiter } from "../csv/csv_delimiters.ts";
import { columnName, csvColumns } from "../csv/csv_columns.ts";
import { csvError } from "../csv/csv_error.ts";
import { csvFieldSpans } from "../csv/csv_field_spans.ts";
import { csvHeader } from "../csv/csv_header.ts";
import type {
  CsvHeaderPlace,
  CsvRecord,
  CsvRecordReaderOptions,
  CsvWindow,
  CsvWindowHandler,
} from "../csv/csv_record_reader.ts";
import { csvRows, rejectedRecord } from "../csv/csv_rows.ts";
import { type PackedRows, packRows } from "../csv/pack_rows.ts";
import { LF } from "../lines.ts";
import type { CsvHeaderMatch } from "../record_format.ts";
import { keyFieldFlag } from "../../recipe/key_field_flag.ts";
import { type Recipe, recipeKey } from "../../recipe/recipe.ts";
import type { WindowSize } from "../window_size.ts";
import { csvWindows } from "./csv_windows.ts";

export interface CsvStreamOptions extends WindowSize, Pick<CsvRecordReaderOptions, "dialect" | "onNote"> {
  /** Its fields are names of columns. */
  readonly recipe: Recipe;
  /** What stands between fields, where the bytes do not say it. Defaults to `,`. */
  readonly delimiter?: CsvDelimiter;
  /** How names of columns are compared. Defaults to `exact`. */
  readonly csvHeader?: CsvHeaderMatch;
  /** A record with more bytes than this, its line end not counted, is rejected. */
  readonly maxLineBytes: number;
  /** How long the first record of a window waits for others, at most, in milliseconds. Unlimited by default. */
  readonly windowWaitMs?: number;
  /** A key of more UTF-8 bytes than this does not fit a call. */
  readonly maxKeyBytes: number;
  readonly counts: ObjectCounts;
}

const QUOTE = '"';

const encoder = new TextEncoder();

/**
 * Bytes of CSV to batches of rows with their keys; what is no record becomes a reject. The rows stay as they are
 * written, newlines inside quotes too; between them, line ends become LF, and the last one gets one. A byte-order mark
 * at the start is dropped.
 *
 * The first line that is not empty is the header row. It is no record, and is not counted; it goes with the first
 * batch, which comes out without records too. Where a key column stands twice, the last one counts; where the output
 * column does, all of them are replaced. An object without any line that is not empty has no header, and gives nothing.
 * An empty line is blank, wherever it stands outside quotes. A line `sep=;` before the header row goes out with it.
 *
 * Which bytes end lines and separate fields, and what becomes of rows whose quotes are not in order, is as
 * `CsvRecordReader` has it.
 *
 * Buffers a batch; of a record whose end has not come, at most `maxLineBytes`, or 64 KiB where that is less; and one
 * chunk; all of it up to twice. Behind a record that got too long, all that was held comes out at once.
 *
 * @throws {Error} In the stream: the header row cannot be read, or has no column for a field of the key.
 */
export class CsvStream extends TransformStream<Uint8Array, Batch> {
  constructor(options: CsvStreamOptions) {
    const delimited = { ...options, delimiter: options.delimiter ?? "," };
    super(csvWindows(delimited, (enqueue) => new CsvBatchBuilder(delimited, enqueue)));
  }
}

/** What the header row says. */
interface Header {
  /** Names of the columns. */
  readonly columns: readonly string[];
  readonly company: number;
  readonly title: number;
  /** The columns whose fields are replaced, in their order: those that the answer goes to, and where it came from. */
  readonly replaced: readonly number[];
  /** Of these, which get where the answer came from; absent if that is not recorded. */
  readonly isOrigin?: readonly boolean[];
}

/** Of bytes without a line that is not empty. */
const noHeader: Header = { columns: [], company: 0, title: 0, replaced: [] };

/** Makes batches of rows. */
class CsvBatchBuilder implements CsvWindowHandler {
  readonly #recipe: Recipe;
  readonly #maxKeyBytes: number;
  #delimiter: CsvDelimiter;
  readonly #csvHeader: CsvHeaderMatch | undefined;
  readonly #counts: ObjectCounts;
  readonly #enqueue: (batch: Batch) => void;
  #header: Header | undefined;
  /** The header row as it goes out, until a batch takes it along. */
  #headerRow: Uint8Array<ArrayBuffer> | undefined;

  constructor(
    { counts, csvHeader, recipe, maxKeyBytes, delimiter }: CsvStreamOptions & {
      readonly delimiter: CsvDelimiter;
    },
    enqueue: (batch: Batch) => void,
  ) {
    this.#counts = counts;
    this.#enqueue = enqueue;
    this.#recipe = recipe;
    this.#maxKeyBytes = maxKeyBytes;
    this.#delimiter = delimiter;
    this.#csvHeader = csvHeader;
  }

  get hasHeader(): boolean {
    return this.#header !== undefined;
  }

  /** Whether the header row has still to go out. */
  get holdsHeader(): boolean {
    return this.#headerRow !== undefined;
  }

  readHeader(bytes: Uint8Array, record: CsvRecord, { dialect, sepLine }: CsvHeaderPlace): void {
    const delimiter = this.#delimiter = dialect.delimiter, match = this.#csvHeader;
    const names = csvHeader(bytes, record, delimiter);
    const { companyField, titleField, outputField, provenanceField } = this.#recipe;
    const wanted = [companyField, titleField];
    const flagOf = (column: string) => keyFieldFlag(column, this.#recipe);
    const [company, title] = csvColumns(names, wanted, { delimiter, flagOf, match }) as [number, number];
    const isNamed = (column: number, field: string | undefined) =>
      field !== undefined && columnName(names[column]!, match) === columnName(field, match);
    const replaced = [...names.keys()].filter((column) =>
      isNamed(column, outputField) || isNamed(column, provenanceField)
    );
    // Settings were compared to the letter; loosely, two of them may still be one column.
    for (const column of replaced) {
      const isAnswer = isNamed(column, outputField), isAsked = column === company || column === title;
      if (!isAsked && !(isAnswer && isNamed(column, provenanceField))) continue;
      const field = JSON.stringify(isAnswer ? outputField : provenanceField);
      throw csvError(
        `under --csv-header loose, its column ${JSON.stringify(names[column])} is ${
          isAsked ? "part of the question" : `both ${JSON.stringify(provenanceField)}`
        } and ${field}, which replaces what it holds; choose another ${
          isAnswer ? "--output-field" : "--provenance"
        }`,
      );
    }
    const isOrigin = provenanceField === undefined
      ? undefined
      : replaced.map((column) => isNamed(column, provenanceField));
    this.#header = { columns: names, company, title, replaced, isOrigin };
    const further = [outputField, provenanceField]
      .filter((field) => field !== undefined && !replaced.some((column) => isNamed(column, field)));
    const added = encoder.encode(further.map((field) => delimiter + this.#quoted(field!)).join("") + "\n");
    const before = sepLine === undefined ? [] : [sepLine, Uint8Array.of(LF)];
    this.#headerRow = new Uint8Array(concat([...before, bytes, added]));
  }

  judge(window: CsvWindow): void {
    const batch = this.#batch(window);
    const counts = this.#counts;
    counts.in += window.blank + batch.ends.length + batch.rejects.length;
    counts.blank += window.blank;
    counts.rejectAll(batch.rejects);
    this.#enqueue(batch);
  }

  #batch(window: CsvWindow): Batch {
    const { bytes, rejects } = window;
    const { columns, company, title } = this.#header ?? noHeader;
    const { rows, packed } = csvRows(window, { columns: columns.length, delimiter: this.#delimiter });
    const keys: string[] = [];
    const indexOfKey = new Map<string, number>();
    const keyOf: number[] = [];
    const taken = rows.filter(({ record, fields }) => {
      const key = recipeKey(fields[company]!, fields[title]!, this.#recipe);
      let index = indexOfKey.get(key);
      if (index === undefined) {
        // A UTF-16 unit is at most three bytes, so most keys need not be encoded to be known as short enough.
        if (key.length * 3 > this.#maxKeyBytes && encoder.encode(key).length > this.#maxKeyBytes) {
          rejects.push(rejectedRecord(bytes, record, "invalid_key"));
          return false;
        }
        indexOfKey.set(key, index = keys.push(key) - 1);
      }
      keyOf.push(index);
      return true;
    });
    const records = taken.map(({ record }) => record);
    const kept = taken.length === rows.length && packed !== undefined ? packed : packRows(bytes, records);
    rejects.sort((a, b) => a.line - b.line);
    return {
      ...kept,
      csv: this.#splices(kept),
      bytes: rejects.reduce((sum, { text }) => sum + text.length, kept.text.length),
      lineNumbers: Uint32Array.from(records, ({ line }) => line),
      keyOf,
      keys,
      answers: new Array(keys.length).fill(undefined),
      rejects,
    };
  }

  #splices({ text, ends }: PackedRows): CsvSplices {
    const header = this.#headerRow, delimiter = this.#delimiter;
    const { columns, isOrigin, replaced: places } = this.#header ?? noHeader;
    this.#headerRow = undefined;
    const count = places.length;
    if (count === 0) return { columns, header, delimiter, isOrigin };
    const replaced = {
      count,
      starts: new Uint32Array(ends.length * count),
      ends: new Uint32Array(ends.length * count),
    };
    for (let i = 0; i < ends.length; i++) {
      const start = i === 0 ? 0 : ends[i - 1]! + 1;
      const spans = csvFieldSpans(text, { start, end: ends[i]!, delimiter });
      for (let j = 0; j < count; j++) {
        [replaced.starts[i * count + j], replaced.ends[i * count + j]] = spans[places[j]!]!;
      }
    }
    return { columns, header, delimiter, replaced, isOrigin };
  }

  /** A field as it is written: in quotes where it needs them. */
  #quoted(field: string): string {
    const isPlain = ![QUOTE, "\r", "\n", this.#delimiter].some((special) => field.includes(special));
    return isPlain ? field : QUOTE + field.replaceAll(QUOTE, QUOTE + QUOTE) + QUOTE;
  }
}
