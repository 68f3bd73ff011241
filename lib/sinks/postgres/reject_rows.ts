import { copyText } from "./copy_rows.ts";

/**
 * Lines of a rejects object to rows of COPY: line, reason, text, base64, bytes. A text with the character U+0000, which
 * PostgreSQL cannot hold, becomes base64. Buffers a line.
 */
export class RejectRows {
  #open = "";
  readonly #decoder = new TextDecoder();

  *write(bytes: Uint8Array): Generator<Uint8Array> {
    const lines = (this.#open + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#open = lines.pop()!;
    const rows = lines.filter((line) => line !== "").map(rejectRow).join("");
    if (rows !== "") yield new TextEncoder().encode(rows);
  }
}

function rejectRow(json: string): string {
  const reject = JSON.parse(json);
  let { text, base64 } = reject;
  if (text?.includes("\0")) {
    base64 = new TextEncoder().encode(text).toBase64();
    text = undefined;
  }
  return [reject.line, reject.reason, text, base64, reject.bytes]
    .map((value) => value === undefined ? "\\N" : copyText(String(value))).join("\t") + "\n";
}
