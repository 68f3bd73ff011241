import type { SharingStats } from "../answers/shortcut.ts";
import type { KeyCounts } from "../answers/key_counts.ts";
import type { RejectReason } from "../records/batch.ts";
import type { ObjectTotals } from "../telemetry/snapshot.ts";
import { count, duration, share, size } from "../text/format.ts";

/** What a run did, as `--json` prints it. The README says what each figure means. */
export interface Summary {
  readonly objects: Readonly<ObjectTotals>;
  readonly records: {
    readonly in: number;
    readonly out: number;
    readonly rejected: number;
    readonly blank: number;
    /** Of those out, how many hold `null` for a rare pair; absent where none do. */
    readonly skipped?: number;
  };
  readonly rejects: Readonly<Partial<Record<RejectReason, number>>>;
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
    /** What the cache's server spent meanwhile; absent where it does not tell. */
    readonly cacheServer?: { readonly cpuSeconds: number; readonly memoryBytes: number };
  };
}

/** The summary for people: one line a subject, several with a sentence of what was saved. Ends in a newline. */
export function summaryText(summary: Summary): string {
  const { bytes, cache, cpuSeconds, keys, model, nearTitles, objects, peakRssBytes, records } = summary;
  const { rejects, seconds } = summary;
  const some = (parts: [number, string][]) =>
    parts.filter(([n]) => n > 0).map(([n, what]) => `${count(n)} ${what}`).join(", ");
  const reasons = Object.entries(rejects).map(([reason, n]): [number, string] => [n, reason]);
  const saved = Math.max(0, records.out - (records.skipped ?? 0) - keys.asked);
  const lines: [string, string][] = [
    [
      "objects",
      `${count(objects.done)} done` + after(some([
        [objects.failed, "FAILED"],
        [objects.skipped, "were done already"],
        [objects.gone, "gone before they were read"],
        [objects.ignored, "left alone"],
      ])),
    ],
    [
      "records",
      `${count(records.in)} in, ${count(records.out)} out` +
      after(some([[records.rejected, "rejected"], [records.blank, "blank"]])) +
      (reasons.length > 0 ? ` (${some(reasons)})` : "") +
      after(some([[records.skipped ?? 0, "of those out WITHOUT ANSWER, for rare pairs"]])),
    ],
    [
      "keys",
      `${count(keys.seen)} looked up, window by window: ${count(keys.local)} known or on their way, ` +
      `${count(keys.hits)} in the cache, ${count(keys.asked)} asked` +
      after(some([[keys.cluster ?? 0, "answered as near titles"], [keys.rare ?? 0, "rare and passed over"]])),
    ],
    ...(nearTitles === undefined ? [] : [["near", nearTitlesText(nearTitles)] as [string, string]]),
    [
      "model",
      `${count(model.calls)} calls with ${count(model.questions)} questions, ${
        duration(model.seconds)
      } in calls` +
      after(some([[model.retries, "retries"]])) +
      (model.idleSeconds >= 0.1 ? `, ${duration(model.idleSeconds)} idle while a full call waited` : ""),
    ],
    [
      "saved",
      `${count(saved)} of ${count(records.out)} questions (${share(saved, records.out)})`,
    ],
    [
      "cache",
      `${count(cache.reads)} reads in ${duration(cache.readSeconds)}, ` +
      `${count(cache.writes)} writes in ${duration(cache.writeSeconds)}`,
    ],
    ["bytes", `${size(bytes.in)} in, ${size(bytes.out)} out`],
    [
      "time",
      `${duration(seconds)}, ${count(records.in / Math.max(seconds, 1e-3))} lines a second; ` +
      `${duration(cpuSeconds)} of CPU, ${size(peakRssBytes)} of memory at most`,
    ],
  ];
  // A run that had nothing to do says no more than that.
  const told = objects.done + objects.failed === 0 ? lines.slice(0, 1) : lines;
  return told.map(([subject, text]) => `${subject.padEnd(8)} ${text}\n`).join("");
}

function nearTitlesText({ agreed, agreement, sample, stops, threshold }: SharingStats): string {
  const measured = `${count(agreed)} of ${count(sample)} in the sample had the same answer, so ${
    share(agreement, 1)
  } do at least`;
  const state = threshold === null
    ? "titles do NOT share answers"
    : `titles alike to ${threshold} share answers`;
  return `${state}: ${measured}` + after(stops > 0 ? `STOPPED ${count(stops)} times` : "");
}

function after(text: string): string {
  return text && `, ${text}`;
}
