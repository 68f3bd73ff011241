import type { Answers } from "../answers/answers.ts";
import type { ObjectAnswers } from "../answers/object_answers.ts";
import { keyBatch } from "../answers/key_batch.ts";
import type { Cache } from "../caches/cache.ts";
import type { Batch } from "../records/batch.ts";
import { isLevel } from "../seniority/level_range.ts";
import { QuotingError } from "../errors/quoting_error.ts";

export interface AskAheadOptions {
  /** Stops the asking: answers of calls in flight are waited for, and kept. */
  readonly stop: AbortSignal;
  /** Called when pairs fail to get an answer. */
  readonly onFailure: (error: unknown) => void;
}

/** How many pairs had which outcome. */
export interface Asked {
  answered: number;
  /** The model refuses the question. */
  refused: number;
  /** Without an answer, because of a failure or because the run stopped. */
  left: number;
}

/**
 * Asks the model about pairs in full calls, chunk by chunk, with as many in flight as the budget of `answers` allows. A
 * pair whose answer cannot be used is reported and skipped; any other failure ends the asking.
 *
 * @param chunks Distinct pairs that are not cached, a call's worth each. Its error is thrown after the calls in flight.
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

/** How far pairs have been looked up. */
export interface LookedUpPairs {
  /** Pairs looked up. */
  reached: number;
  /** Of them, in the cache already. */
  known: number;
  /** Of them, not in the cache, and so to be asked about. */
  chosen: number;
}

export interface UnknownPairsOptions {
  readonly cache: Pick<Cache, "get">;
  /** Pairs to choose, at most. */
  readonly most: number;
  /** Pairs of one lookup. */
  readonly windowRecords: number;
  /** Pairs of one call. */
  readonly maxCallQuestions: number;
  readonly signal: AbortSignal;
}

/**
 * Pairs that the cache does not have, a full call of them at a time, in the given order. Ends early when the signal is
 * aborted.
 *
 * @param pairs Counts up as pairs are looked up.
 */
export async function* unknownPairs(
  keys: readonly string[],
  pairs: LookedUpPairs,
  { cache, maxCallQuestions, most, signal, windowRecords }: UnknownPairsOptions,
): AsyncGenerator<string[]> {
  let unknown: string[] = [];
  for (let at = 0; at < keys.length && pairs.chosen < most; at += windowRecords) {
    const window = keys.slice(at, at + windowRecords);
    const answers = await cache.get(window, signal).catch((error) => {
      if (!signal.aborted) throw error;
    });
    if (answers === undefined) return;
    for (let i = 0; i < window.length && pairs.chosen < most; i++) {
      pairs.reached++;
      if (isLevel(answers[i])) {
        pairs.known++;
        continue;
      }
      pairs.chosen++;
      unknown.push(window[i]!);
      if (unknown.length < maxCallQuestions) continue;
      yield unknown;
      unknown = [];
    }
  }
  if (unknown.length > 0) yield unknown;
}
