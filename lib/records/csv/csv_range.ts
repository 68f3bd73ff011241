import { byteForm, isBinary } from "../forms/byte_form.ts";
import { csvError } from "./csv_error.ts";
import type { CsvDelimiter } from "./csv_delimiters.ts";
import type { CsvDialect } from "./csv_dialect.ts";
import { type CsvHeader, readCsvHeader } from "./read_csv_header.ts";

/** A stretch of CSV between two borders of records, as `csvChunks` finds them. */
export interface CsvRange {
  readonly start: number;
  /** Where the next record begins. */
  readonly end: number;
  /** The number of the line that it begins with; defaults to what reading the bytes before it gives. */
  readonly firstLine?: number;
}

export interface CsvRangeOptions {
  /** What stands between fields. Defaults to `,`. */
  readonly delimiter?: CsvDelimiter;
  readonly maxLineBytes: number;
}

/** A stretch with the header row in front. */
export interface CsvRangeBody {
  readonly bytes: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** How the whole is written; absent where it has no header row. */
  readonly dialect?: CsvDialect;
  /** The number of the line behind the header row. */
  readonly firstLine: number;
}

/**
 * Reads a stretch of CSV with the header row of the whole in front, so that it can be matched apart from the rest. Reads
 * the bytes up to the end of the header row, those of the stretch and the one before it; those in between only where
 * the number of its first line is not given.
 *
 * @param read The bytes from an offset on.
 * @throws {SluiceError} At once, or in the stream: no record begins or ends there.
 */
export async function csvRange(
  read: (start: number) => ReadableStream<Uint8Array<ArrayBuffer>>,
  range: CsvRange,
  options: CsvRangeOptions,
): Promise<CsvRangeBody> {
  const header = await readCsvHeader(read(0), options);
  if (header === undefined) return { bytes: ReadableStream.from([]), firstLine: 1 };
  const { dialect, next } = header;
  const form = byteForm(header.bytes);
  if (form !== undefined && (form === "utf16" || isBinary(form))) {
    throw csvError("it is compressed, or UTF-16: a range of it cannot be read");
  }
  if (range.start > 0 && range.start < next.offset) {
    throw csvError(`its header row ends at byte ${next.offset}, no record begins at ${range.start}`);
  }
  const start = Math.max(range.start, next.offset);
  const firstLine = start === next.offset
    ? next.line
    : range.firstLine ?? next.line + await lineEnds(read(next.offset), start - next.offset, dialect);
  return { bytes: ReadableStream.from(stretch(header, read, start, range.end)), dialect, firstLine };
}

async function* stretch(
  { bytes, dialect: { lineEnd } }: CsvHeader,
  read: (start: number) => ReadableStream<Uint8Array<ArrayBuffer>>,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield bytes;
  yield Uint8Array.of(lineEnd);
  if (end <= start) return;
  let at = start - 1;
  let last: number = lineEnd;
  for await (const chunk of read(at)) {
    if (chunk.length === 0) continue;
    if (at < start && chunk[0] !== lineEnd) throw csvError(`no record begins at byte ${start}`);
    const part = chunk.subarray(Math.max(0, start - at), end - at);
    last = part.at(-1) ?? last;
    at += chunk.length;
    if (part.length > 0) yield part;
    if (at < end) continue;
    if (at > end && last !== lineEnd) throw csvError(`no record ends at byte ${end}`);
    return;
  }
  if (at < end) throw csvError(`it has ${at} bytes, no record ends at byte ${end}`);
}

/** How many lines end in the first bytes. */
async function lineEnds(
  bytes: ReadableStream<Uint8Array>,
  length: number,
  { lineEnd }: CsvDialect,
): Promise<number> {
  let count = 0, left = length;
  for await (const chunk of bytes) {
    const part = chunk.subarray(0, left);
    for (let at = part.indexOf(lineEnd); at >= 0; at = part.indexOf(lineEnd, at + 1)) count++;
    left -= part.length;
    if (left === 0) break;
  }
  return count;
}
