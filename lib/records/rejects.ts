import type { Reject, RemovedLine } from "./batch.ts";

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

/**
 * A line of a rejects object: `{object, line, reason, text}`, with `base64` in place of `text` where the line is
 * not UTF-8, and `bytes`, its whole length, where only the first 64 KiB are there.
 */
export function rejectLine(object: string, reject: Reject): string {
  const { line, reason, bytes } = reject;
  const text = typeof reject.text === "string" ? reject.text : decodeCut(reject.text, bytes);
  const content = text !== undefined ? { text } : { base64: (reject.text as Uint8Array).toBase64() };
  const isCut = typeof reject.text !== "string" && reject.text.length < bytes;
  return JSON.stringify({ object, line, reason, ...content, ...(isCut ? { bytes } : {}) }) + "\n";
}

/** Text of a line's first bytes, without a character that the cut went through; `undefined` where it is not UTF-8. */
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
