import { type SkippedSummary, skippedText } from "../jobs/skipped_objects.ts";
import { modelText, type Summary } from "../jobs/summary.ts";
import { count, duration, plural, subjectLines, tally } from "../text/format.ts";

/** What `sluice warm` did, as `--json` prints it. The README says what each figure means. */
export interface WarmSummary {
  /** Only where objects were read. */
  readonly objects?: {
    readonly found: number;
    readonly ignored: number;
    readonly read: number;
    readonly gone: number;
    readonly failed: number;
    /** Only of an earlier output: not read, since the answers are another model's, or it is unknown whose they are. */
    readonly refused?: number;
    /** Only of an earlier output: read because of `--trust-model` alone. */
    readonly trusted?: number;
  };
  /** What `objects.ignored` counts; only where objects were read. */
  readonly skippedObjects?: SkippedSummary;
  readonly records: { readonly in: number; readonly rejected: number; readonly blank: number };
  readonly pairs: {
    /** Held; of all that came, where they are more, the most frequent ones. */
    readonly distinct: number;
    /** Of them, in the cache already. */
    readonly known: number;
    readonly answered: number;
    /** The model does not take the question. */
    readonly refused: number;
    /** Asked about, and without an answer. */
    readonly left: number;
    /** Not asked: beyond `--top` or `--max-questions`, or the run ended before. */
    readonly notReached: number;
  };
  /** How much too low the pairs' counts may be, where they were too many to be held. */
  readonly countError: number;
  /** Only where the model was asked. */
  readonly model?: Pick<Summary["model"], "calls" | "questions" | "retries" | "seconds"> & {
    /** For how long no call was begun because the model was busy with others. */
    readonly gaveWaySeconds: number;
  };
  /** Only of an earlier output. */
  readonly output?: {
    /** Records without a level. */
    readonly withoutLevel: number;
    /** Pairs with different answers, of which the latest object's was taken. */
    readonly conflicts: number;
    /** Pairs that the cache has another answer for, which stays. */
    readonly knownOtherwise: number;
    /** The first objects that were refused, and why. */
    readonly refusals: readonly { readonly object: string; readonly reason: string }[];
  };
  /** Whether all that was to be done is done. */
  readonly isDone: boolean;
  /** Whether there was nothing to read. */
  readonly isEmpty: boolean;
  readonly seconds: number;
}

/**
 * The printed summary: one line per subject. Ends in a newline.
 *
 * @param answers Whose answers: `model seniority 2, keys exact`.
 */
export function warmText(summary: WarmSummary, answers: string): string {
  const { countError, model, objects, output, pairs, records, seconds, skippedObjects } = summary;
  const some = (parts: [number, string][]) => tally(parts) && `, ${tally(parts)}`;
  const lines: [string, string][] = [];
  if (objects !== undefined) {
    const skipped = skippedObjects && skippedText(skippedObjects);
    lines.push([
      "objects",
      `${count(objects.read)} read` + some([
        [objects.failed, "NOT READ COMPLETELY"],
        [objects.refused ?? 0, "REFUSED (not known as answers of this model)"],
        [objects.trusted ?? 0, "taken because of --trust-model"],
        [objects.gone, "deleted before they were read"],
      ]) + (skipped && `, ${skipped}`),
    ]);
  }
  lines.push([
    "records",
    count(records.in) + some([
      [records.rejected, "rejected"],
      [records.blank, "blank"],
      [output?.withoutLevel ?? 0, "without a level"],
    ]),
  ]);
  lines.push([
    "pairs",
    `${count(pairs.distinct)} distinct` + some([
      [pairs.known, "cached already"],
      [pairs.answered, output === undefined ? "answered" : "stored"],
      [pairs.refused, "refused by the model"],
      [pairs.left, "WITHOUT AN ANSWER"],
      [pairs.notReached, "not processed"],
    ]) + `; ${answers}`,
  ]);
  if (model !== undefined) {
    lines.push([
      "model",
      modelText(model) +
      (model.gaveWaySeconds > 0
        ? `, paused for ${duration(model.gaveWaySeconds)} while the model was slow`
        : ""),
    ]);
  }
  lines.push(["time", duration(seconds)]);
  const notes: string[] = [];
  if (countError > 0) {
    notes.push(
      `There were more pairs than fit (maxPairs): pairs that occur ${
        plural(countError, "time")
      } or less may be missing`,
    );
  }
  if (output !== undefined && output.conflicts > 0) {
    notes.push(
      `${pairsHave(output.conflicts)} different answers in the output: the latest object's was stored`,
    );
  }
  if (output !== undefined && output.knownOtherwise > 0) {
    notes.push(`${pairsHave(output.knownOtherwise)} another answer in the cache, which was kept`);
  }
  return subjectLines(lines) + notes.map((note) => `${note}\n`).join("");
}

function pairsHave(pairs: number): string {
  return `${plural(pairs, "pair")} ${pairs === 1 ? "has" : "have"}`;
}
