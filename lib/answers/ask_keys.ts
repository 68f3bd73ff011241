import type { Span } from "@opentelemetry/api";
import { SluiceError } from "../errors/sluice_error.ts";
import { keyAttributes } from "../telemetry/tracing.ts";
import type { Answers } from "./answers.ts";
import { keyBatch } from "./key_batch.ts";

/**
 * The answers to distinct keys, in their order; `refused` where the model does not take the question.
 *
 * @param span The parent of their batch's span; gets attributes that say where the answers came from.
 * @throws The signal's reason; or why a key has no answer.
 */
export async function askKeys(
  answers: Answers,
  keys: readonly string[],
  signal: AbortSignal,
  { span }: { readonly span?: Span } = {},
): Promise<readonly (number | "refused")[]> {
  const objectAnswers = await answers.open(signal);
  objectAnswers.span = span;
  const abort = () => objectAnswers.close(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    signal.throwIfAborted();
    const claimed = await objectAnswers.claim(keyBatch(keys));
    objectAnswers.end();
    await claimed.settled;
    objectAnswers.release(claimed);
    return claimed.batch.answers as (number | "refused")[];
  } finally {
    signal.removeEventListener("abort", abort);
    span?.setAttributes(keyAttributes(objectAnswers.counts));
    objectAnswers.close(
      new SluiceError({
        kind: "internal",
        action: "answer",
        subject: "some keys",
        reason: "they were given up",
      }),
    );
  }
}
