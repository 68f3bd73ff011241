import type { RejectReason } from "../records/batch.ts";
import { type FirstReject, firstRejectText } from "../records/rejects.ts";
import { type SkippedSummary, skippedText } from "../jobs/skipped_objects.ts";
import type { MatchKinds } from "./match_stream.ts";
import { count, duration, size, subjectLines, tally } from "../text/format.ts";

/** What a run of `sluice match` did, as `--json` prints it. */
export interface MatchSummary {
  /** Of a queue: jobs, each a chunk or a whole object. */
  readonly objects: {
    found: number;
    done: number;
    failed: number;
    /** No CSV files, or not selected. */
    ignored: number;
  };
  /** What `objects.ignored` counts. */
  readonly skippedObjects: SkippedSummary;
  readonly terms: {
    read: number;
    /** Of all terms. */
    spellings: number;
    rejected: number;
    /** Spellings without a letter or digit, or too long: they cannot be found. */
    unusable: number;
  };
  /** in = matched + rejected + blank, where all objects are done. */
  readonly rows: {
    readonly in: number;
    readonly matched: number;
    readonly rejected: number;
    readonly blank: number;
  };
  /** Of menus and of terms. */
  readonly rejects: Readonly<Partial<Record<RejectReason, number>>>;
  /** An example; absent without rejects. */
  readonly firstReject?: FirstReject & { readonly object: string };
  /** Where they are kept; absent without rejects. */
  readonly rejectsIn?: string;
  readonly pairs: MatchKinds & {
    /** Matches in rows; a menu may have a term in several. */
    readonly found: number;
    /** Pairs of menu and term that were not in the table before. */
    readonly new: number;
  };
  readonly bytes: number;
  readonly seconds: number;
  readonly rowsPerSecond: number;
}

/**
 * The printed summary, a line per subject. Ends in a newline.
 *
 * @param table Where the pairs are.
 * @param unit What was processed: "objects", or "jobs" of a queue.
 */
export function matchSummaryText(summary: MatchSummary, table: string, unit = "objects"): string {
  const {
    bytes,
    firstReject,
    objects,
    pairs,
    rejects,
    rejectsIn,
    rows,
    rowsPerSecond,
    seconds,
    skippedObjects,
    terms,
  } = summary;
  const skipped = skippedText(skippedObjects, { what: "CSV file", flag: "--format csv" });
  const some = (parts: [number, string][]) => tally(parts) && `, ${tally(parts)}`;
  const reasons = tally(Object.entries(rejects).map(([reason, n]) => [n, reason]));
  return subjectLines([
    [
      unit,
      `${count(objects.done)} processed` + some([
        [objects.failed, "FAILED"],
      ]) + (skipped && `, ${skipped}`),
    ],
    [
      "terms",
      count(terms.read) + (terms.spellings > terms.read ? ` in ${count(terms.spellings)} spellings` : "") +
      some([[terms.unusable, "unusable"], [terms.rejected, "rejected"]]),
    ],
    [
      "rows",
      `${count(rows.in)} in, ${count(rows.matched)} matched` +
      some([[rows.rejected, "rejected"], [rows.blank, "blank"]]) + (reasons && ` (${reasons})`),
    ],
    ...firstReject === undefined ? [] : [
      [
        "rejects",
        `the first is line ${count(firstReject.line)} of ${firstReject.object}: ${
          firstRejectText(firstReject)
        }`,
      ] as const,
      ["kept", `in ${rejectsIn}`] as const,
    ],
    [
      "pairs",
      `${count(pairs.found)} found in rows: ${count(pairs.exact)} exact, ${count(pairs.folded)} folded, ` +
      `${count(pairs.fuzzy)} fuzzy; ${count(pairs.new)} new in ${table}`,
    ],
    ["time", `${duration(seconds)}, ${count(rowsPerSecond)} rows/s, ${size(bytes)} read`],
  ]);
}
