import { count, duration, share, size } from "../text/format.ts";
import type { Cost, Estimate, StrategyCost } from "./estimate.ts";

export interface EstimateTextOptions {
  /** Whose answers are meant: `model seniority 2, keys exact`. */
  readonly answers: string;
  /** After so many a run would stop. */
  readonly maxQuestions?: number;
}

const money = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const precise = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });

/** An estimate for people: one line a subject, then a table of the ways to ask. Ends in a newline. */
export function estimateText(
  estimate: Estimate,
  { answers, maxQuestions = Infinity }: EstimateTextOptions,
): string {
  const { cache, callsPerSecond, keys, objects, records, sample, ways } = estimate;
  const some = (parts: [number, string][]) =>
    parts.filter(([n]) => n > 0).map(([n, what]) => `, ${count(n)} ${what}`).join("");
  const about = keys.relativeError > 0 || sample !== undefined ? "about " : "";
  const reasons = Object.entries(records.reasons).map(([reason, n]) => `${count(n)} ${reason}`).join(", ");
  const lines: [string, string][] = [
    [
      "objects",
      `${count(objects.read)} read` + (sample === undefined ? "" : ` of ${count(sample.objects)}`) + some([
        [objects.failed, "NOT READ TO THEIR END"],
        [objects.skipped, "done already"],
        [objects.gone, "gone before they were read"],
        [objects.ignored, "left alone"],
      ]),
    ],
    [
      "lines",
      count(records.in) +
      some([[records.blank, "blank"], [records.rejected, `to be rejected (${reasons})`]]) +
      (sample === undefined ? "" : `; about ${count(ways[0]!.questions)} records in all`),
    ],
    ["keys", `${about}${count(keys.distinct)} distinct; ${answers}`],
    ["known", `${about}${count(keys.known)} in the cache; ${cacheWords[cache.state]}: ${cache.url}`],
    ["to ask", `${about}${costText(estimate)}`],
  ];
  if (callsPerSecond !== null) {
    lines.push(["rate", `${precise.format(callsPerSecond)} call${callsPerSecond === 1 ? "" : "s"} a second`]);
  }
  if (estimate.pricePer1000 !== undefined) {
    lines.push(["price", `${money.format(estimate.pricePer1000)} for 1,000 questions`]);
  }
  return [
    ...lines.map(([subject, text]) => `${subject.padEnd(8)} ${text}`),
    "",
    ...wayLines(ways),
    ...notes(estimate, maxQuestions),
    "",
  ].join("\n");
}

function notes({ cache, keys, objects, questions, sample }: Estimate, maxQuestions: number): string[] {
  const notes: string[] = [];
  if (keys.relativeError > 0) {
    notes.push(
      `Keys are too many to be counted exactly: these figures are off by ` +
        `${precise.format(keys.relativeError * 100)} % or less, two times out of three`,
    );
  }
  if (sample !== undefined) {
    const { least, most } = sample.questions;
    notes.push(
      `Only ${count(objects.read)} of ${
        count(sample.objects)
      } objects were read: the questions are a guess ` +
        `between ${count(least)} and ${count(most)}, by how fast new keys came towards the end`,
    );
  }
  if (cache.state === "unreachable") {
    notes.push("The cache did not answer all along: what it knows may have been counted as questions");
  }
  if (questions > maxQuestions) {
    notes.push(`A run would stop after ${count(maxQuestions)} questions (maxQuestions)`);
  }
  return notes.length > 0 ? ["", ...notes] : notes;
}

interface Column {
  readonly heading: string;
  /** What a way has there; empty where that means nothing for it. */
  readonly text: (way: StrategyCost, every: StrategyCost) => string;
  readonly isLeft?: boolean;
}

const columns: readonly Column[] = [
  {
    heading: "way to ask",
    text: ({ isChosen, way }) => `${way}${isChosen ? " (this run)" : ""}`,
    isLeft: true,
  },
  { heading: "keys", text: ({ distinct }) => distinct === undefined ? "" : count(distinct) },
  { heading: "known", text: ({ known }) => known === undefined ? "" : count(known) },
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
  { heading: "work", text: ({ workSeconds }) => workSeconds === undefined ? "" : duration(workSeconds) },
];

/** A heading and a line for each way; without the columns that all of them leave empty. */
function wayLines(ways: readonly StrategyCost[]): string[] {
  const shown = columns.map(({ heading, isLeft, text }) => {
    const cells = ways.map((way) => text(way, ways[0]!));
    const width = Math.max(...[heading, ...cells].map((cell) => cell.length));
    const pad = (cell: string) => isLeft ? cell.padEnd(width) : cell.padStart(width);
    return { cells: [heading, ...cells].map(pad), isEmpty: cells.every((cell) => cell === "") };
  }).filter(({ isEmpty }) => !isEmpty);
  return [-1, ...ways.keys()].map((row) => shown.map(({ cells }) => cells[row + 1]).join("  ").trimEnd());
}

const cacheWords = {
  read: "looked up",
  none: "nothing to look up",
  absent: "not there yet",
  unreachable: "NOT REACHED",
} as const;

/** `1,089 questions in 2 calls, 2 s, price 1.09`. */
function costText({ calls, money: amount, questions, seconds }: Cost): string {
  return `${count(questions)} question${questions === 1 ? "" : "s"} in ${count(calls)} call${
    calls === 1 ? "" : "s"
  }` +
    (seconds === null ? "" : `, ${duration(seconds)}`) +
    (amount === undefined ? "" : `, price ${money.format(amount)}`);
}
