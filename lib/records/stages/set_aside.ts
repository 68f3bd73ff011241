import type { Batch, ObjectCounts, Reject } from "../batch.ts";
import { cutBytes } from "../rejects.ts";

export interface SetAsideStreamOptions {
  readonly counts: ObjectCounts;
  /** Takes a batch's rejects, in the order of the records. */
  readonly reject: (rejects: readonly Reject[]) => Promise<void> | void;
  /** Takes the keys of a batch that were not asked, each with the number of its records; needed where there may be such. */
  readonly skip?: (keys: ReadonlyMap<string, number>) => Promise<void> | void;
  /** Called when all batches have come. What it throws fails the stream, before the last bytes of the output. */
  readonly onEnd?: () => void;
}

/**
 * Sets aside what has no answer: a batch's rejects, with the records whose question the model refused, and the keys that
 * were skipped. Counts them, and lets the batch on when they are taken.
 */
export class SetAsideStream extends TransformStream<Batch, Batch> {
  constructor({ counts, onEnd, reject, skip }: SetAsideStreamOptions) {
    super({
      async transform(batch, controller) {
        const skipped = skippedKeys(batch);
        for (const records of skipped.values()) counts.skipped += records;
        if (skipped.size > 0) await skip?.(skipped);
        const refused = refusedRecords(batch);
        counts.rejectAll(refused);
        const rejects = [...batch.rejects, ...refused].sort((a, b) => a.line - b.line);
        if (rejects.length > 0) await reject(rejects);
        controller.enqueue(batch);
      },
      flush: () => onEnd?.(),
    });
  }
}

function skippedKeys({ answers, keyOf, keys }: Batch): Map<string, number> {
  const records = new Map<string, number>();
  if (!answers.includes("skipped")) return records;
  for (let i = 0; i < keyOf.length; i++) {
    const slot = keyOf[i]!;
    if (answers[slot] === "skipped") records.set(keys[slot]!, (records.get(keys[slot]!) ?? 0) + 1);
  }
  return records;
}

function refusedRecords({ answers, ends, keyOf, lineNumbers, text }: Batch): Reject[] {
  if (!answers.includes("refused")) return [];
  const refused: Reject[] = [];
  ends.forEach((end, i) => {
    if (answers[keyOf[i]!] !== "refused") return;
    const line = text.slice(i === 0 ? 0 : ends[i - 1]! + 1, end);
    refused.push({
      line: lineNumbers[i]!,
      reason: "model_refused",
      text: cutBytes(line),
      bytes: line.length,
    });
  });
  return refused;
}
