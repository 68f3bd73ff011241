import type { Answer } from "../batch.ts";

/** An answer as it stands in JSON; `null` where there is none. */
export function answerText(answer: Answer): string {
  return typeof answer === "number" ? String(answer) : "null";
}
