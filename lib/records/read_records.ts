/** The one way from stored bytes, compressed or not, to what is in them: records, chosen columns, or lines of text. */
import { questionOverheadBytes } from "../answers/question_queue.ts";
import type { Batch } from "./batch.ts";
import { type CsvDelimiterName, delimiterOf, type RecordFormat } from "./record_format.ts";
import { CandidateStream } from "./stages/candidate.ts";
import { LineScanner } from "./scan/scan_lines.ts";
import { type CsvRowBatch, CsvRowsStream, type CsvRowsStreamOptions } from "./stages/csv_rows.ts";
import { CsvStream } from "./stages/csv.ts";
import { type Codec, DecompressStream } from "./stages/decompress.ts";
import { ScanStream, type ScanStreamOptions } from "./stages/scan.ts";
import { type TextLine, TextLinesStream } from "./stages/text_lines.ts";

export interface StoredBytesOptions {
  /** How many times its size gzip may expand to. */
  readonly maxExpansion: number;
  /** Called with the compression of the bytes, once the first ones have arrived. */
  readonly codec?: Codec;
  /** Whether the first bytes have to decide if these are records at all: see `isCandidate`. Defaults to false. */
  readonly isCandidate?: boolean;
}

export interface ReadRecordsOptions
  extends StoredBytesOptions, Omit<ScanStreamOptions, "scanner" | "maxKeyBytes"> {
  /** What the records are: lines of JSON, or rows of CSV under a header row. Defaults to `jsonl`. */
  readonly format?: RecordFormat;
  /** What stands between the fields of CSV. Defaults to a comma. */
  readonly csvDelimiter?: CsvDelimiterName;
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
  const { csvDelimiter, format, maxCallBytes, recipe, scanner } = options;
  const maxKeyBytes = maxCallBytes - questionOverheadBytes;
  return decompressed(bytes, options).pipeThrough(
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
  return decompressed(bytes, options).pipeThrough(new CsvRowsStream(options));
}

/** Lines of text, a chunk's at a time. Buffers as `TextLinesStream` does. */
export function readTextLines(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  options: StoredBytesOptions & { readonly maxLineBytes: number },
): ReadableStream<TextLine[]> {
  return decompressed(bytes, options).pipeThrough(new TextLinesStream(options));
}

function decompressed(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  { codec = { gzip: false }, isCandidate = false, maxExpansion }: StoredBytesOptions,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const decompressed = bytes.pipeThrough(new DecompressStream({ codec, maxExpansion }));
  return isCandidate ? decompressed.pipeThrough(new CandidateStream()) : decompressed;
}
