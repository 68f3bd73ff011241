import type { Reject } from "../../records/batch.ts";
import { rejectContent } from "../../records/rejects.ts";
import { copyText } from "./copy_rows.ts";

/**
 * Rejects as rows of COPY: line, reason, text, base64, bytes. A text with the character U+0000, which PostgreSQL cannot
 * hold, becomes base64.
 */
export function rejectRows(rejects: readonly Reject[]): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(rejects.map(rejectRow).join(""));
}

function rejectRow(reject: Reject): string {
  let { base64, bytes, text } = rejectContent(reject);
  if (text?.includes("\0")) {
    base64 = new TextEncoder().encode(text).toBase64();
    text = undefined;
  }
  return [reject.line, reject.reason, text, base64, bytes]
    .map((value) => value === undefined ? "\\N" : copyText(String(value))).join("\t") + "\n";
}
