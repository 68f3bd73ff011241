import type { MatchReject } from "./match_table.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** What is kept of a rejected row, as text: U+FFFD stands for what is not UTF-8. */
export function rejectText({ text }: Pick<MatchReject, "text">): string {
  return typeof text === "string" ? text : decoder.decode(text);
}
