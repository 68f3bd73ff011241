import { count } from "../../text/format.ts";
import { CR, LF } from "../lines.ts";
import { type CsvDelimiter, csvDelimiters } from "./csv_delimiters.ts";
import type { ReadNote } from "../read_note.ts";
import { csvError } from "./csv_error.ts";
import { CsvRecordCutter } from "./csv_record_cutter.ts";

/** How a table of CSV is written. */
export interface CsvDialect {
  /** What ends a record: LF, CRs before it included; or CR, where no LF does. */
  readonly lineEnd: typeof LF | typeof CR;
  readonly delimiter: CsvDelimiter;
  /** Length of a first line `sep=;`, its line end included; 0 where there is none. */
  readonly sepBytes: number;
  /** Whether the delimiter is another than was set, since the header row would have one column. */
  readonly isGuessed: boolean;
}

/** What the delimiters are called, in messages and as values of `csvDelimiter`. */
const delimiterNames: Readonly<Record<CsvDelimiter, readonly [several: string, value: string]>> = {
  ",": ["commas", "comma"],
  ";": ["semicolons", "semicolon"],
  "\t": ["tabs", "tab"],
  "|": ["pipes", "pipe"],
};

/** A delimiter as a value of `csvDelimiter`. */
export function delimiterValue(delimiter: CsvDelimiter): string {
  return delimiterNames[delimiter][1];
}

/** Says that another delimiter is read than was set, and the flag that sets it. */
export function delimiterNote(delimiter: CsvDelimiter, flag = "--csv-delimiter"): ReadNote {
  const [several, value] = delimiterNames[delimiter];
  const text = `its columns are taken to be separated by ${several}: set ${flag} ${value} to say so`;
  return { text, isOfFormat: true };
}

/** How many of the first bytes are looked at. */
const maxHeadBytes = 65_536;
/** What `"sep=;"` takes with its line end. */
const maxSepBytes = 10;

const QUOTE = 0x22;
const decoder = new TextDecoder("latin1");

/**
 * How CSV is written, by its first bytes; undefined while these do not say it.
 *
 * - Records end in LF; or in CR, where a CR outside quotes comes first and no LF outside quotes follows.
 * - A first line `sep=;` says the delimiter, as spreadsheet programs write and read it.
 * - Where the header row has one column, or quotes that are not in order, and another delimiter makes several columns of it,
 *   that one is taken.
 *
 * @param head Without a byte-order mark.
 * @param delimiter Counts where the bytes do not say another.
 * @param isWhole Whether nothing comes behind these bytes.
 * @throws {SluiceError} A CR stands in the header row, outside quotes, though LFs end lines; or `sep=` names no delimiter.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { csvDialect } from "./csv_dialect.ts";
 *
 * const head = new TextEncoder().encode("id;name\r1;Tea\r");
 * assertEquals(csvDialect(head, { delimiter: ",", isWhole: false }), undefined);
 * assertEquals(csvDialect(head, { delimiter: ",", isWhole: true }), {
 *   lineEnd: 13,
 *   delimiter: ";",
 *   sepBytes: 0,
 *   isGuessed: true,
 * });
 * ```
 */
export function csvDialect(
  head: Uint8Array,
  { delimiter, isWhole }: { readonly delimiter: CsvDelimiter; readonly isWhole: boolean },
): CsvDialect | undefined {
  if (head.length < maxSepBytes && !isWhole) return undefined;
  const sep = sepLine(head);
  const mustDecide = isWhole || head.length >= maxHeadBytes;
  const lines = lineEnds(head.subarray(0, maxHeadBytes), sep?.sepBytes ?? 0, mustDecide);
  if (lines === undefined) return undefined;
  const { lineEnd, start, end } = lines;
  if (sep !== undefined) return { lineEnd, ...sep, isGuessed: false };
  const guessed = otherDelimiter(head.subarray(start, end), delimiter);
  return { lineEnd, delimiter: guessed ?? delimiter, sepBytes: 0, isGuessed: guessed !== undefined };
}

/** What a first line `sep=;` says; undefined where the first line is another. */
function sepLine(head: Uint8Array): { sepBytes: number; delimiter: CsvDelimiter } | undefined {
  const text = decoder.decode(head.subarray(0, maxSepBytes));
  const found = /^(?:sep=(.)|"sep=(.)")(?:\r*\n|\r)/is.exec(text);
  if (found === null) return undefined;
  const named = found[1] ?? found[2];
  const delimiter = csvDelimiters.find((known) => known === named);
  if (delimiter !== undefined) return { sepBytes: found[0].length, delimiter };
  const known = csvDelimiters.map((known) => JSON.stringify(known)).join(" ");
  throw csvError(`its first line says that ${JSON.stringify(named)} separates fields, not one of ${known}`);
}

/** What ends lines, and where the first line that is not empty stands; undefined while that is not clear. */
function lineEnds(
  head: Uint8Array,
  from: number,
  mustDecide: boolean,
): { lineEnd: typeof LF | typeof CR; start: number; end: number } | undefined {
  let start = from;
  while (head[start] === LF || head[start] === CR) start++;
  /** Where a CR ends the first line, if no LF does. */
  let cr: number | undefined;
  let isQuoted = false, isFieldStart = true;
  for (let i = start; i < head.length; i++) {
    const byte = head[i]!;
    if (isQuoted) {
      if (byte === QUOTE) isQuoted = false;
    } else if (byte === LF) {
      if (cr === undefined) return { lineEnd: LF, start, end: i };
      // CRs directly before it belong to it.
      let first = i;
      while (head[first - 1] === CR) first--;
      if (first === cr) return { lineEnd: LF, start, end: cr };
      throw csvError(
        `its header row holds a line end (CR) outside quotes, at byte ${
          count(cr)
        }, and other lines end in LF`,
      );
    } else if (byte === CR) {
      cr ??= i;
      isFieldStart = true;
    } else if (byte === QUOTE && (isFieldStart || head[i - 1] === QUOTE)) {
      isQuoted = true; // or it was doubled
    } else {
      isFieldStart = isDelimiter(byte);
    }
  }
  if (!mustDecide) return undefined;
  return { lineEnd: cr === undefined ? LF : CR, start, end: cr ?? head.length };
}

function isDelimiter(byte: number): boolean {
  return csvDelimiters.some((delimiter) => delimiter.charCodeAt(0) === byte);
}

/**
 * The delimiter that makes the most columns of a header row, where the given one makes one, or its quotes are in order
 * with another one only: `"id";"name"`.
 */
function otherDelimiter(row: Uint8Array, delimiter: CsvDelimiter): CsvDelimiter | undefined {
  if ((columns(row, delimiter) ?? 1) !== 1) return undefined;
  let best: CsvDelimiter | undefined, most = 1;
  for (const other of csvDelimiters) {
    const count = other === delimiter ? undefined : columns(row, other);
    if (count === undefined || count <= most) continue;
    most = count;
    best = other;
  }
  return best;
}

/** How many columns a header row has; undefined where its quotes are not in order. */
function columns(row: Uint8Array, delimiter: CsvDelimiter): number | undefined {
  const cutter = new CsvRecordCutter({ delimiter });
  const line = new Uint8Array(row.length + 1);
  line.set(row);
  line[row.length] = LF;
  if (cutter.cut(line, 0) !== line.length || cutter.hasStrayQuote) return undefined;
  return cutter.fields;
}
