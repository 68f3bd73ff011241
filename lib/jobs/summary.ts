import type { SharingStats } from "../answers/shortcut.ts";
import type { KeyCounts } from "../answers/key_counts.ts";
import type { RejectReason } from "../records/batch.ts";
import { type FirstReject, firstRejectText } from "../records/rejects.ts";
import type { ObjectTotals } from "../telemetry/snapshot.ts";
import { type SkippedSummary, skippedText } from "./skipped_objects.ts";
import { count, duration, plural, share, size, subjectLines, tally } from "../text/format.ts";

/** What a run did, as `--json` prints it. The README says what each figure means. */
export interface Summary {
  readonly objects: Readonly<ObjectTotals>;
  /** What `objects.ignored` counts: by reason, and the first 1,000 names of each. */
  readonly skippedObjects: SkippedSummary;
  readonly records: {
    readonly in: number;
    readonly out: number;
    readonly rejected: number;
    readonly blank: number;
    /** Of those out, how many hold `null` for a rare pair; absent where none do. */
    readonly skipped?: number;
  };
  readonly rejects: Readonly<Partial<Record<RejectReason, number>>>;
  /** An example: of the object whose name comes first, the first one. Absent without rejects, as the next two. */
  readonly firstReject?: FirstReject & { readonly object: string };
  /** Where they are kept. */
  readonly rejectsIn?: string;
  /** Which key fields records lack, and which fields they have instead; absent if no record lacks one. */
  readonly fieldFaults?: string;
  /** Rejects of objects that were processed earlier; absent where these have none. */
  readonly earlierRejects?: { readonly objects: number; readonly records: number };
  readonly keys: Readonly<KeyCounts>;
  /** Only with `--cluster`. */
  readonly nearTitles?: SharingStats;
  readonly model: {
    readonly calls: number;
    readonly questions: number;
    readonly retries: number;
    readonly seconds: number;
    readonly idleSeconds: number;
  };
  readonly cache: {
    readonly reads: number;
    readonly readSeconds: number;
    readonly writes: number;
    readonly writeSeconds: number;
  };
  readonly bytes: { readonly in: number; readonly out: number };
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
  /** Only with `--profile`. */
  readonly profile?: {
    /** Seconds of the main thread, by stage. */
    readonly stages: Readonly<Record<string, number>>;
    /** What the cache's server spent meanwhile; absent if it does not report it. */
    readonly cacheServer?: { readonly cpuSeconds: number; readonly memoryBytes: number };
  };
}

/**
 * The printed summary: one line per subject. Ends in a newline.
 *
 * @param options.canReplay Whether `sluice replay` finds the rejects. Defaults to true.
 * @param options.hasFailed Whether an error ended the run before it had found all objects.
 */
export function summaryText(summary: Summary, { hasFailed = false, canReplay = true } = {}): string {
  const { bytes, cache, cpuSeconds, keys, model, nearTitles, objects, peakRssBytes, records } = summary;
  const { rejects, seconds, skippedObjects } = summary;
  const reasons = Object.entries(rejects).map(([reason, n]) => [n, reason] as const);
  const saved = Math.max(0, records.out - (records.skipped ?? 0) - keys.asked);
  const lines: [string, string][] = [
    [
      "objects",
      `${count(objects.done)} processed` + after(tally([
        [objects.failed, "FAILED"],
        [objects.skipped, "already done"],
        [objects.gone, "deleted before they were read"],
      ])) + after(skippedText(skippedObjects)) + (hasFailed ? ", FAILED before all were found" : ""),
    ],
    [
      "records",
      `${count(records.in)} in, ${count(records.out)} out` +
      after(tally([[records.rejected, "rejected"], [records.blank, "blank"]])) +
      (reasons.length > 0 ? ` (${tally(reasons)})` : "") +
      after(tally([[records.skipped ?? 0, "of them out WITHOUT AN ANSWER (rare pairs)"]])),
    ],
    ...rejectLines(summary, canReplay),
    [
      "keys",
      `${plural(keys.seen, "lookup")} — ${count(keys.local)} in memory or in flight, ` +
      `${plural(keys.hits, "cache hit")}, ${count(keys.asked)} sent to the model` +
      after(tally([[keys.cluster ?? 0, "answered by a similar title"], [keys.rare ?? 0, "skipped as rare"]])),
    ],
    ...(nearTitles === undefined ? [] : [["near", nearTitlesText(nearTitles)] as [string, string]]),
    [
      "model",
      modelText(model) +
      (model.idleSeconds >= 0.1 ? `, ${duration(model.idleSeconds)} idle with a full call waiting` : ""),
    ],
    ["saved", `${count(saved)} of ${plural(records.out, "question")} (${share(saved, records.out)})`],
    [
      "cache",
      `${plural(cache.reads, "read")} (${duration(cache.readSeconds)}), ` +
      `${plural(cache.writes, "write")} (${duration(cache.writeSeconds)}), in parallel, added up`,
    ],
    ["bytes", `${size(bytes.in)} in, ${size(bytes.out)} out`],
    [
      "time",
      `${duration(seconds)}, ${count(records.in / Math.max(seconds, 1e-3))} lines/s; ` +
      `${duration(cpuSeconds)} of CPU time, ${size(peakRssBytes)} of memory at most`,
    ],
  ];
  // A run that had nothing to do says no more than that.
  return subjectLines([
    ...objects.done + objects.failed === 0 ? lines.slice(0, 1) : lines,
    ...earlierLines(summary),
  ]);
}

function rejectLines(
  { fieldFaults, firstReject, records, rejectsIn }: Summary,
  canReplay: boolean,
): [string, string][] {
  if (firstReject === undefined) return [];
  const { line, object } = firstReject;
  return [
    [
      "rejects",
      `${records.rejected > 1 ? "the first is " : ""}line ${count(line)} of ${object}: ` +
      firstRejectText(firstReject),
    ],
    ...fieldFaults === undefined ? [] : [["fields", fieldFaults] as [string, string]],
    [
      "kept",
      [
        ...rejectsIn === undefined ? [] : [`in ${rejectsIn}`],
        ...canReplay ? ["once the cause is fixed, sluice replay processes their objects again"] : [],
      ].join("; "),
    ],
  ];
}

function earlierLines({ earlierRejects }: Summary): [string, string][] {
  if (earlierRejects === undefined) return [];
  const { objects, records } = earlierRejects;
  return [[
    "earlier",
    `${plural(objects, "object")} processed earlier ${objects === 1 ? "has" : "have"} ` +
    `${plural(records, "reject")}: sluice replay processes ${objects === 1 ? "it" : "them"} again`,
  ]];
}

/** `2 calls with 1,100 questions, 4 s in calls (in parallel, added up), 1 retry`. */
export function modelText(
  { calls, questions, retries, seconds }: Pick<
    Summary["model"],
    "calls" | "questions" | "retries" | "seconds"
  >,
): string {
  if (calls === 0) return "no calls";
  return `${plural(calls, "call")} with ${plural(questions, "question")}, ` +
    `${duration(seconds)} in calls (in parallel, added up)` +
    (retries > 0 ? `, ${plural(retries, "retry", "retries")}` : "");
}

function nearTitlesText({ agreed, agreement, sample, stops, threshold }: SharingStats): string {
  const measured = `${count(agreed)} of ${plural(sample, "sampled pair")} had the same answer, so at least ${
    share(agreement, 1)
  } do`;
  const state = threshold === null
    ? "titles do NOT share answers"
    : `titles at least ${threshold} alike share answers`;
  return `${state}: ${measured}` + (stops > 0 ? `, STOPPED ${plural(stops, "time")}` : "");
}

function after(text: string): string {
  return text && `, ${text}`;
}
