import type { Reject, RemovedLine } from "./reject.ts";
import { excerpt } from "../text/excerpt.ts";
import { wordsOf } from "./reject_words.ts";

/** How much of a rejected line is kept, in bytes. */
export const maxRejectTextBytes = 65_536;

const encoder = new TextEncoder();

/** The bytes of a rejected line that are kept. */
export function cutBytes(line: Uint8Array): Uint8Array {
  return line.subarray(0, maxRejectTextBytes);
}

/** A line of text as a rejected one. */
export function rejectedText(reason: RemovedLine["reason"], line: string): RemovedLine {
  // A UTF-16 unit is at most three bytes, so most lines need not be encoded to be known as short enough.
  if (line.length * 3 <= maxRejectTextBytes) return { reason, text: line, bytes: utf8Length(line) };
  const bytes = encoder.encode(line);
  return {
    reason,
    text: bytes.length > maxRejectTextBytes ? cutBytes(bytes).slice() : line,
    bytes: bytes.length,
  };
}

function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

/** What is kept of a rejected line: its text, or `base64` where it is not UTF-8; `bytes` where only the first 64 KiB are kept. */
export interface RejectContent {
  readonly text?: string;
  readonly base64?: string;
  /** Length of the whole line. */
  readonly bytes?: number;
}

export function rejectContent({ bytes, text: kept }: Reject): RejectContent {
  const text = typeof kept === "string" ? kept : decodeCut(kept, bytes);
  const content = text !== undefined ? { text } : { base64: (kept as Uint8Array).toBase64() };
  const isCut = typeof kept !== "string" && kept.length < bytes;
  return isCut ? { ...content, bytes } : content;
}

/** A line of a rejects object: `{object, line, reason}` and what {@linkcode rejectContent} keeps. */
export function rejectLine(object: string, reject: Reject): string {
  const { line, reason } = reject;
  return JSON.stringify({ object, line, reason, ...rejectContent(reject) }) + "\n";
}

/** A reject as an example of an object's. */
export interface FirstReject extends Pick<Reject, "line" | "reason" | "field" | "bytes"> {
  /** The beginning of the line; what is not UTF-8 is replaced. */
  readonly text: string;
}

/** UTF-16 units of a line that an example keeps. */
const maxExampleLength = 120;

export function firstReject({ bytes, field, line, reason, text }: Reject): FirstReject {
  // Of a text of so many units at most, UTF-8 has at most three bytes each.
  const whole = typeof text === "string"
    ? text
    : new TextDecoder().decode(text.subarray(0, 3 * maxExampleLength));
  return {
    line,
    reason,
    ...(field === undefined ? {} : { field }),
    bytes,
    text: whole.slice(0, maxExampleLength),
  };
}

/** Why it was set aside, and what it is, for people: `not JSON (invalid_json): {"a"`, fit for terminals. */
export function firstRejectText({ bytes, text, ...reject }: FirstReject): string {
  return `${wordsOf(reject)} (${reject.reason}): ${excerpt(text, bytes)}`;
}

/** Text of a line's first bytes, without a character that the cut went through; undefined if it is not UTF-8. */
function decodeCut(bytes: Uint8Array, wholeBytes: number): string | undefined {
  let end = bytes.length;
  if (end < wholeBytes) {
    let back = 1;
    while (back < 4 && (bytes[end - back]! & 0xc0) === 0x80) back++;
    const lead = bytes[end - back]!;
    const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (length > back) end -= back;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, end));
  } catch {
    return undefined;
  }
}
