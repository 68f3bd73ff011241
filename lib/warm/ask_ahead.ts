import type { Answers } from "../answers/answers.ts";
import type { ObjectAnswers } from "../answers/object_answers.ts";
import { keyBatch } from "../answers/key_batch.ts";
import type { Batch } from "../records/batch.ts";
import { QuotingError } from "../errors/quoting_error.ts";

export interface AskAheadOptions {
  /** Aborted when nothing more is to be asked: what is in a call is waited for, and kept. */
  readonly stop: AbortSignal;
  /** Told why some pairs have no answer. */
  readonly onFailure: (error: unknown) => void;
}

/** What became of pairs. */
export interface Asked {
  answered: number;
  /** The model does not take the question. */
  refused: number;
  /** Without an answer: a failure, or the end came first. */
  left: number;
}

/**
 * Asks about pairs in full calls, as an object's are asked about: chunk by chunk, as many at once as the answers have
 * room for. A pair whose answers cannot be used is told and passed over; any other failure ends the asking.
 *
 * @param chunks Distinct pairs that nobody knows, a call of them at once. Its error is thrown after what is under way.
 */
export async function askAhead(
  chunks: AsyncIterable<readonly string[]>,
  answers: Answers,
  { onFailure, stop }: AskAheadOptions,
): Promise<Asked> {
  const failed = new AbortController();
  const over = AbortSignal.any([stop, failed.signal]);
  const asked: Asked = { answered: 0, refused: 0, left: 0 };
  const batches = new Set<Batch>();
  const asking = new Set<Promise<void>>();
  const ask = async (objectAnswers: ObjectAnswers, batch: Batch) => {
    const abort = () => objectAnswers.close(over.reason);
    over.addEventListener("abort", abort, { once: true });
    try {
      over.throwIfAborted();
      const claimed = await objectAnswers.claim(batch);
      objectAnswers.end();
      await claimed.settled;
      objectAnswers.release(claimed);
      count(batch, asked);
      batches.delete(batch);
    } catch (error) {
      if (over.aborted) return;
      onFailure(error);
      if (!(error instanceof QuotingError)) return failed.abort(error);
      count(batch, asked);
      batches.delete(batch);
    } finally {
      over.removeEventListener("abort", abort);
      objectAnswers.close(undefined);
    }
  };
  try {
    for await (const keys of chunks) {
      if (over.aborted) break;
      const batch = keyBatch(keys);
      batches.add(batch);
      const objectAnswers = await answers.open(over).catch((error) => {
        if (!over.aborted) throw error;
      });
      if (objectAnswers === undefined) break;
      const ended: Promise<void> = ask(objectAnswers, batch).finally(() => asking.delete(ended));
      asking.add(ended);
    }
  } finally {
    answers.endOfObjects();
    await Promise.all(asking);
    await answers.close();
  }
  // Calls that were under way at the end have been answered meanwhile.
  for (const batch of batches) count(batch, asked);
  return asked;
}

function count({ answers }: Batch, asked: Asked): void {
  for (const answer of answers) {
    if (answer === undefined) asked.left++;
    else if (answer === "refused") asked.refused++;
    else asked.answered++;
  }
}
