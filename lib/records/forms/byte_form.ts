import { type CsvDelimiter, csvDelimiters } from "../csv/csv_delimiters.ts";
import type { RecordFormat } from "../record_format.ts";
import { isJoined } from "./is_joined.ts";

/** What bytes may be that are not records, or not such as were expected. */
export type ByteForm =
  | "json_lines"
  | "json_array"
  | "pretty_json"
  | "joined_json"
  | "csv"
  | "utf16"
  | "utf16le"
  | "utf16be"
  | "markup"
  | "gzip"
  | "zstd"
  | "zlib"
  | "bzip2"
  | "xz"
  | "zip"
  | "parquet"
  | "avro"
  | "orc";

/** What a form is called, and what a user can do about it. */
interface FormText {
  readonly name: string;
  readonly advice: string;
  /** No line of such bytes is ever a record: reading on would only make rejects. */
  readonly isBinary?: true;
}

const formTexts: Readonly<Record<ByteForm, FormText>> = {
  json_lines: { name: "JSON lines", advice: "--format jsonl reads them" },
  json_array: { name: "a JSON array", advice: "it is read if its elements are objects (--format jsonl)" },
  pretty_json: { name: "JSON over several lines", advice: "put each record on one line (jq -c .)" },
  joined_json: {
    name: "records without line breaks between them",
    advice: "put each record on one line (jq -c .)",
  },
  csv: { name: "CSV", advice: "--format csv reads it" },
  utf16: { name: "UTF-16", advice: "convert it to UTF-8" },
  utf16le: {
    name: "UTF-16 without a byte-order mark",
    advice: "convert it to UTF-8 (iconv -f UTF-16LE -t UTF-8)",
  },
  utf16be: {
    name: "UTF-16 without a byte-order mark",
    advice: "convert it to UTF-8 (iconv -f UTF-16BE -t UTF-8)",
  },
  markup: { name: "HTML or XML", advice: "check what was saved there: a login or an error page?" },
  gzip: {
    name: "gzip within another compression",
    advice: "decompress it once (gunzip or unzstd)",
    isBinary: true,
  },
  zstd: {
    name: "zstd within another compression",
    advice: "decompress it once (gunzip or unzstd)",
    isBinary: true,
  },
  zlib: { name: "a zlib stream", advice: "compress it with gzip or zstd", isBinary: true },
  bzip2: { name: "bzip2", advice: "compress it with gzip or zstd", isBinary: true },
  xz: { name: "xz", advice: "compress it with gzip or zstd", isBinary: true },
  zip: {
    name: "a zip archive or an Excel workbook",
    advice: "unpack it, or save the sheet as CSV",
    isBinary: true,
  },
  parquet: { name: "Parquet", advice: "convert it to JSON lines or CSV", isBinary: true },
  avro: { name: "Avro", advice: "convert it to JSON lines or CSV", isBinary: true },
  orc: { name: "ORC", advice: "convert it to JSON lines or CSV", isBinary: true },
};

/** How many of the first bytes are looked at. */
export const maxFormBytes = 4_096;

/** Whether no line of bytes of that form can be a record. */
export function isBinary(form: ByteForm): boolean {
  return formTexts[form].isBinary === true;
}

/** `it looks like a JSON array: …`, for a message. */
export function formText(form: ByteForm): string {
  const { advice, name } = formTexts[form];
  return `it looks like ${name}: ${advice}`;
}

/**
 * What bytes look like that were read as records of a format, and are none; undefined where nothing better is known.
 *
 * @param head The first ones, decompressed.
 */
export function otherForm(head: Uint8Array, format: RecordFormat): ByteForm | undefined {
  const form = byteForm(head);
  return form === (format === "csv" ? "csv" : "json_lines") ? undefined : form;
}

/**
 * What bytes look like; undefined where they look like nothing known. A guess, but of binary forms: these are told by
 * bytes that text does not begin with.
 *
 * @param head The first ones, decompressed; {@linkcode maxFormBytes} of them are looked at.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { byteForm } from "./byte_form.ts";
 *
 * const form = (text: string) => byteForm(new TextEncoder().encode(text));
 * assertEquals(form('{"id":1}\n{"id":2}\n'), "json_lines");
 * assertEquals(form('[{"id":1},\n{"id":2}]'), "json_array");
 * assertEquals(form('{\n  "id": 1\n}\n'), "pretty_json");
 * assertEquals(form("id,name\n1,Tea\n"), "csv");
 * assertEquals(form("<!DOCTYPE html>"), "markup");
 * assertEquals(form("Tea"), undefined);
 * ```
 */
export function byteForm(head: Uint8Array): ByteForm | undefined {
  head = head.subarray(0, maxFormBytes);
  return binaryForm(head) ?? utf16Form(head) ?? textForm(new TextDecoder().decode(head));
}

/** The endianness that a byte-order mark of UTF-16 says; undefined where there is no such mark. */
export function utf16Mark(head: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  return undefined;
}

/** Bytes that binary forms begin with; those of the second list are text too, and need more to be told by. */
const signatures: readonly (readonly [form: ByteForm, bytes: readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
  ["avro", [0x4f, 0x62, 0x6a, 0x01]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["bzip2", [0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59]],
];
const textSignatures: typeof signatures = [
  ["parquet", [0x50, 0x41, 0x52, 0x31]],
  ["orc", [0x4f, 0x52, 0x43]],
];

function binaryForm(head: Uint8Array): ByteForm | undefined {
  const found = signatures.find(([, bytes]) => beginsWith(head, bytes));
  if (found !== undefined) return found[0];
  if (!hasControls(head.subarray(0, 128))) return undefined;
  const isZlib = head[0] === 0x78 && (head[0] * 256 + head[1]!) % 31 === 0;
  return isZlib ? "zlib" : textSignatures.find(([, bytes]) => beginsWith(head, bytes))?.[0];
}

function beginsWith(head: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, i) => head[i] === byte);
}

/** Whether there are control characters that no text has. */
function hasControls(head: Uint8Array): boolean {
  return head.some((byte) => byte < 9 || (byte > 13 && byte < 32));
}

function utf16Form(head: Uint8Array): ByteForm | undefined {
  if (utf16Mark(head) !== undefined) return "utf16";
  const pairs = Math.min(8, head.length >> 1);
  if (pairs < 2) return undefined;
  let even = 0, odd = 0;
  for (let i = 0; i < pairs; i++) {
    if (head[2 * i] === 0) even++;
    if (head[2 * i + 1] === 0) odd++;
  }
  // Names and punctuation are of ASCII nearly everywhere.
  if (odd * 4 >= pairs * 3 && even === 0) return "utf16le";
  return even * 4 >= pairs * 3 && odd === 0 ? "utf16be" : undefined;
}

function textForm(head: string): ByteForm | undefined {
  const text = head.replace(/^\ufeff/, "").trimStart();
  if (text.startsWith("[")) return "json_array";
  if (/^<[!?a-z]/i.test(text)) return "markup";
  const end = text.search(/[\r\n]/);
  const line = end < 0 ? text : text.slice(0, end);
  if (text.startsWith("{")) {
    if (isJoined(line)) return "joined_json";
    if (end < 0 || isJson(line)) return /^\{\s*(?:"|\}|$)/.test(line) ? "json_lines" : undefined;
    return /^\{\s*(?:"(?:[^"\\]|\\.)*"\s*:|$)/.test(line) ? "pretty_json" : undefined;
  }
  if (line.includes('{"')) return undefined; // JSON behind something else: its commas make no columns
  const second = /^[^\r\n]*[\r\n]+([^\r\n]+)/.exec(text)?.[1] ?? "";
  return csvDelimiters.some((delimiter) => isTable(line, second, delimiter)) ? "csv" : undefined;
}

/** Whether two lines have the same number of fields, and several: prose has that rarely. */
function isTable(first: string, second: string, delimiter: CsvDelimiter): boolean {
  const fields = (line: string) => line.replace(/"[^"]*"/g, "").split(delimiter).length;
  return fields(first) > 1 && fields(first) === fields(second);
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
