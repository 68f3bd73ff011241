/** The one way from stored bytes, compressed or not, to what is in them: records, chosen columns, or lines of text. */
import { questionOverheadBytes } from "../answers/question_queue.ts";
import type { Batch } from "./batch.ts";
import { TextReader, type TextReaderOptions } from "./forms/text_reader.ts";
import type { ReadNote } from "./read_note.ts";
import {
  type CsvDelimiterName,
  type CsvHeaderMatch,
  delimiterOf,
  type RecordFormat,
} from "./record_format.ts";
import { CandidateStream } from "./stages/candidate.ts";
import { LineScanner } from "./scan/scan_lines.ts";
import { type CsvRowBatch, CsvRowsStream, type CsvRowsStreamOptions } from "./stages/csv_rows.ts";
import { CsvStream } from "./stages/csv.ts";
import { type Codec, DecompressStream, type Zstd } from "./stages/decompress.ts";
import { PacedStream } from "./stages/paced_stream.ts";
import { ScanStream, type ScanStreamOptions } from "./stages/scan.ts";
import { type TextLine, TextLinesStream } from "./stages/text_lines.ts";

export interface StoredBytesOptions {
  /** How many times its size gzip or zstd may expand to. */
  readonly maxExpansion: number;
  /** Gets the compression of the bytes, once the first ones have arrived. */
  readonly codec?: Codec;
  /** Whether the first bytes have to decide if these are records at all: see `isCandidate`. Defaults to false. */
  readonly isCandidate?: boolean;
  /** Undoes zstd. Without it, zstd is an error. */
  readonly zstd?: Zstd;
  /** Called with the first bytes, decompressed, once they have arrived. */
  readonly onHead?: TextReaderOptions["onHead"];
  /** Called with what is worth knowing about the bytes, though they are read. */
  readonly onNote?: (note: ReadNote) => void;
}

export interface ReadRecordsOptions
  extends StoredBytesOptions, Omit<ScanStreamOptions, "scanner" | "maxKeyBytes"> {
  /** What the records are: lines of JSON, or rows of CSV under a header row. Defaults to `jsonl`. */
  readonly format?: RecordFormat;
  /** What stands between the fields of CSV, where the bytes do not say it. Defaults to a comma. */
  readonly csvDelimiter?: CsvDelimiterName;
  /** How names of columns are compared. Defaults to `exact`. */
  readonly csvHeader?: CsvHeaderMatch;
  /** The recipe's scanner, shared by the streams of a thread. Defaults to one of its own. */
  readonly scanner?: LineScanner;
  /** A record whose key does not fit a call of this size is rejected. */
  readonly maxCallBytes: number;
}

/** Records with their keys, in batches. Buffers what its stages buffer: a chunk and a batch. */
export function readRecords(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  options: ReadRecordsOptions,
): ReadableStream<Batch> {
  const { csvDelimiter, format = "jsonl", maxCallBytes, recipe, scanner } = options;
  const maxKeyBytes = maxCallBytes - questionOverheadBytes;
  return text(bytes, format, options).pipeThrough(
    format === "csv"
      ? new CsvStream({ ...options, maxKeyBytes, delimiter: delimiterOf[csvDelimiter ?? "comma"] })
      : new ScanStream({ ...options, maxKeyBytes, scanner: scanner ?? new LineScanner({ recipe }) }),
  );
}

/** Rows of CSV with the fields of the chosen columns, in batches. Buffers as `CsvRowsStream` does. */
export function readCsvRows(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  options: StoredBytesOptions & CsvRowsStreamOptions,
): ReadableStream<CsvRowBatch> {
  return text(bytes, "csv", options).pipeThrough(new CsvRowsStream(options));
}

/** Lines of text, a chunk's at a time. Buffers as `TextLinesStream` does. */
export function readTextLines(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  options: StoredBytesOptions & { readonly maxLineBytes: number },
): ReadableStream<TextLine[]> {
  return text(bytes, "jsonl", options).pipeThrough(new TextLinesStream(options));
}

/** Decompressed, in UTF-8, and in lines, whatever the bytes came as. */
function text(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  format: RecordFormat,
  { codec = { gzip: false }, isCandidate = false, maxExpansion, onHead, zstd }: StoredBytesOptions,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = new TextReader({ format, onHead });
  if (!isCandidate) return bytes.pipeThrough(new DecompressStream({ codec, maxExpansion, reader, zstd }));
  return bytes.pipeThrough(new DecompressStream({ codec, maxExpansion, zstd }))
    .pipeThrough(new CandidateStream())
    .pipeThrough(
      new PacedStream({
        transform: (chunk, output) => reader.read(chunk, (chunk) => output.enqueue(chunk)),
        flush: (output) => reader.end((chunk) => output.enqueue(chunk)),
      }),
    );
}
