import type { SkippedObjects, SkippedSummary } from "../jobs/skipped_objects.ts";
import { compareNames } from "../stores/store.ts";
import { plural } from "../text/format.ts";
import { spelledOut } from "../text/printable.ts";
import type { GroupNames, GroupTable } from "./group_table.ts";
import { levelNames } from "../seniority/level_names.ts";

/** The figures of a group, or of all records. */
export interface Figures {
  readonly records: number;
  /** Mean of the levels, 1 to 7. */
  readonly average: number;
  /** The level in the middle, or the mean of the two in the middle. */
  readonly median: number;
  /** Records at each level, from level 1 on. */
  readonly counts: readonly number[];
}

/** How groups can be ordered. */
export const reportOrders = ["count", "average", "name"] as const;

export interface ReportOptions {
  /** Where the records are from, as text. */
  readonly source: string;
  /** `count` and `average` from high to low; equals by name, which goes by code points, without the field last. */
  readonly sort?: typeof reportOrders[number];
  /** What was not read; defaults to nothing. */
  readonly skipped?: SkippedObjects;
  /** How many groups, the first of that order, have a row each. Defaults to all. */
  readonly top?: number;
}

/** One group's figures. */
export interface ReportRow extends Figures {
  readonly names: GroupNames;
}

/** The groups that have no row of their own, summed up. */
export interface OtherGroups extends Figures {
  readonly groups: number;
}

/** What all the forms of a report are made from. Keeps the table, which must not change any more. */
export class Report {
  readonly by: readonly string[];
  readonly source: string;
  readonly sort: typeof reportOrders[number];
  /** Number of groups, those without a row too. */
  readonly groups: number;
  /** Number of groups that have a row. */
  readonly shown: number;
  readonly total: Figures;
  readonly others: OtherGroups | undefined;
  /** Sentences on what is left out; empty where nothing is. */
  readonly notes: readonly string[];
  /** The objects that were not read; absent of a database. */
  readonly skippedObjects: SkippedSummary | undefined;
  readonly #table: GroupTable;
  /** The groups' numbers, in order. */
  readonly #order: Uint32Array;

  constructor(table: GroupTable, { source, skipped, sort = "count", top = Infinity }: ReportOptions) {
    this.by = table.by;
    this.source = source;
    this.sort = sort;
    this.groups = table.size;
    this.shown = Math.min(top, table.size);
    this.#table = table;
    this.#order = ordered(table, sort);
    const sums = (order: Uint32Array) => {
      const all = new Float64Array(levelNames.length);
      for (const group of order) table.counts(group).forEach((records, level) => all[level]! += records);
      return figures(all);
    };
    this.total = sums(this.#order);
    const rest = this.#order.subarray(this.shown);
    this.others = rest.length === 0 ? undefined : { ...sums(rest), groups: rest.length };
    const text = `${skipped ?? ""}`;
    this.notes = [...notesOf(table), ...(text === "" ? [] : [`Objects: ${text}`])];
    this.skippedObjects = skipped?.summary();
  }

  /** The groups in order, up to `top`; computed on each call. */
  *rows(): Generator<ReportRow> {
    for (const group of this.#order.subarray(0, this.shown)) {
      yield { names: this.#table.names(group), ...figures(this.#table.counts(group)) };
    }
  }
}

function ordered(table: GroupTable, sort: typeof reportOrders[number]): Uint32Array {
  const records = new Float64Array(table.size), averages = new Float64Array(table.size);
  for (let group = 0; group < table.size; group++) {
    const { average, records: all } = figures(table.counts(group));
    records[group] = all;
    averages[group] = average;
  }
  return Uint32Array.from({ length: table.size }, (_, group) => group).sort((a, b) =>
    (sort === "average" ? averages[b]! - averages[a]! : 0) ||
    (sort !== "name" ? records[b]! - records[a]! : 0) ||
    compareGroups(table.names(a), table.names(b))
  );
}

function compareGroups(a: GroupNames, b: GroupNames): number {
  for (let i = 0; i < a.length; i++) {
    const x = a[i], y = b[i];
    if (x === y) continue;
    return x === undefined ? 1 : y === undefined ? -1 : compareNames(x, y);
  }
  return 0;
}

function notesOf({ withoutLevel, otherLevel, unreadable }: GroupTable): string[] {
  return ([
    [withoutLevel, `${plural(withoutLevel, "record")} without a level`],
    [otherLevel, `${plural(otherLevel, "record")} with a level that is not a whole number from 1 to 7`],
    [unreadable, plural(unreadable, "invalid line")],
  ] as const).filter(([n]) => n > 0).map(([, what]) => `Left out: ${what}`);
}

/** The figures of records, from how many there are at each level; without records, average and median are `NaN`. */
export function figures(counts: ArrayLike<number>): Figures {
  let records = 0, sum = 0;
  for (let i = 0; i < counts.length; i++) {
    records += counts[i]!;
    sum += counts[i]! * (i + 1);
  }
  /** The level of a record, by its place among all, from 0 on. */
  const levelAt = (place: number) => {
    let below = 0;
    for (let i = 0; i < counts.length; i++) if ((below += counts[i]!) > place) return i + 1;
    return NaN;
  };
  const median = (levelAt(Math.floor((records - 1) / 2)) + levelAt(Math.floor(records / 2))) / 2;
  return { records, average: sum / records, median, counts: Array.from(counts) };
}

/** A group's name for display: characters that are invisible, or would change the text around them, are spelled out. */
export function groupLabel(name: string | undefined): string {
  if (name === undefined) return "(none)";
  if (name.trim() === "") return name === "" ? "(empty)" : `(blank: ${JSON.stringify(name)})`;
  return name.replace(unseen, (char) => named[char] ?? spelledOut(char));
}

/** Controls, among them those of terminals and of the direction of writing; line ends; lone surrogates. */
const unseen = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
