import { skippedText } from "../jobs/skipped_objects.ts";
import { count, duration, plural, share, size, subjectLines, tally } from "../text/format.ts";
import type { Cost, Estimate, StrategyCost } from "./estimate.ts";

export interface EstimateTextOptions {
  /** The recipe in words: `model seniority 2, keys exact`. */
  readonly answers: string;
  /** Where a run would stop. */
  readonly maxQuestions?: number;
}

const money = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const precise = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });

/** An estimate as text: one line per subject, then a table of the strategies. Ends in a newline. */
export function estimateText(
  estimate: Estimate,
  { answers, maxQuestions = Infinity }: EstimateTextOptions,
): string {
  const { cache, callsPerSecond, keys, objects, records, sample, skippedObjects, ways } = estimate;
  const some = (parts: [number, string][]) => tally(parts) && `, ${tally(parts)}`;
  const skipped = skippedText(skippedObjects);
  const about = keys.relativeError > 0 || sample !== undefined ? "about " : "";
  const reasons = tally(Object.entries(records.reasons).map(([reason, n]) => [n, reason]));
  const lines: [string, string][] = [
    [
      "objects",
      `${count(objects.read)} read` + (sample === undefined ? "" : ` of ${count(sample.objects)}`) + some([
        [objects.failed, "NOT READ COMPLETELY"],
        [objects.skipped, "already done"],
        [objects.gone, "deleted before they were read"],
      ]) + (skipped && `, ${skipped}`),
    ],
    [
      "lines",
      count(records.in) +
      some([[records.blank, "blank"], [records.rejected, `to be rejected (${reasons})`]]) +
      (sample === undefined ? "" : `; about ${plural(ways[0]!.questions, "record")} in all`),
    ],
    ["keys", `${about}${count(keys.distinct)} distinct; ${answers}`],
    ["cached", `${about}${count(keys.known)}; ${cacheText(cache)}`],
    ["to ask", `${about}${costText(estimate)}`],
  ];
  if (callsPerSecond !== null) {
    lines.push(["rate", `${precise.format(callsPerSecond)} call${callsPerSecond === 1 ? "" : "s"}/s`]);
  }
  if (estimate.pricePer1000 !== undefined) {
    lines.push(["price", `${money.format(estimate.pricePer1000)} per 1,000 questions`]);
  }
  return [
    subjectLines(lines),
    ...strategyLines(ways),
    ...notes(estimate, maxQuestions),
    "",
  ].join("\n");
}

function notes({ cache, keys, objects, questions, sample }: Estimate, maxQuestions: number): string[] {
  const notes: string[] = [];
  if (keys.relativeError > 0) {
    notes.push(
      `There are too many keys to count exactly: these figures are within ` +
        `${precise.format(keys.relativeError * 100)} % of the truth two times out of three`,
    );
  }
  if (sample !== undefined) {
    const { least, most } = sample.questions;
    notes.push(
      `Read ${count(objects.read)} of ${
        plural(sample.objects, "object")
      }: the number of questions is estimated ` +
        `from how often new keys came towards the end; it is between ${count(least)} and ${count(most)}`,
    );
  }
  if (cache.state === "unreachable") {
    notes.push("The cache did not answer every lookup: some cached keys may be counted as questions");
  }
  if (questions > maxQuestions) {
    notes.push(`A run would stop after ${plural(maxQuestions, "question")} (maxQuestions)`);
  }
  return notes.length > 0 ? ["", ...notes] : notes;
}

interface Column {
  readonly heading: string;
  /** A strategy's cell; empty where the column does not apply to it. */
  readonly text: (strategy: StrategyCost, every: StrategyCost) => string;
  readonly isLeft?: boolean;
}

const columns: readonly Column[] = [
  {
    heading: "strategy",
    text: ({ isChosen, way }) => `${way}${isChosen ? " (this run)" : ""}`,
    isLeft: true,
  },
  { heading: "keys", text: ({ distinct }) => distinct === undefined ? "" : count(distinct) },
  { heading: "cached", text: ({ known }) => known === undefined ? "" : count(known) },
  { heading: "questions", text: ({ questions }) => count(questions) },
  {
    heading: "saved",
    text: ({ questions }, every) =>
      questions === every.questions ? "" : share(every.questions - questions, every.questions),
  },
  { heading: "calls", text: ({ calls }) => count(calls) },
  { heading: "time", text: ({ seconds }) => seconds === null ? "" : duration(seconds) },
  { heading: "price", text: ({ money: amount }) => amount === undefined ? "" : money.format(amount) },
  {
    heading: "answers changed",
    text: ({ answers }) =>
      answers === undefined || answers.compared === 0
        ? ""
        : `${count(answers.changed)} of ${count(answers.compared)}`,
  },
  { heading: "memory", text: ({ heldBytes }) => heldBytes === undefined ? "" : size(heldBytes) },
  { heading: "CPU time", text: ({ workSeconds }) => workSeconds === undefined ? "" : duration(workSeconds) },
];

/** A heading and a line for each strategy, without the columns that are empty for all of them. */
function strategyLines(strategies: readonly StrategyCost[]): string[] {
  const shown = columns.map(({ heading, isLeft, text }) => {
    const cells = strategies.map((strategy) => text(strategy, strategies[0]!));
    const width = Math.max(...[heading, ...cells].map((cell) => cell.length));
    const pad = (cell: string) => isLeft ? cell.padEnd(width) : cell.padStart(width);
    return { cells: [heading, ...cells].map(pad), isEmpty: cells.every((cell) => cell === "") };
  }).filter(({ isEmpty }) => !isEmpty);
  return [-1, ...strategies.keys()].map((row) =>
    shown.map(({ cells }) => cells[row + 1]).join("  ").trimEnd()
  );
}

function cacheText({ state, url }: Estimate["cache"]): string {
  switch (state) {
    case "read":
      return `looked up in ${url}`;
    case "none":
      return "there is no cache";
    case "absent":
      return `${url} does not exist yet`;
    case "unreachable":
      return `COULD NOT REACH ${url}`;
  }
}

/** `1,089 questions in 2 calls, 2 s, price 1.09`. */
function costText({ calls, money: amount, questions, seconds }: Cost): string {
  return `${plural(questions, "question")} in ${plural(calls, "call")}` +
    (seconds === null ? "" : `, ${duration(seconds)}`) +
    (amount === undefined ? "" : `, price ${money.format(amount)}`);
}
