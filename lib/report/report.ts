import { compareNames } from "../stores/store.ts";
import { count } from "../text/format.ts";
import { type Figures, figures } from "./figures.ts";
import type { GroupNames, GroupTable } from "./group_table.ts";
import { levelNames } from "../seniority/level_names.ts";

/** How groups can be ordered. */
export const reportOrders = ["count", "average", "name"] as const;

export interface ReportOptions {
  /** Where the records are from, for people. */
  readonly source: string;
  /** `count` and `average` from high to low; equals by name, which goes by code points, without the field last. */
  readonly sort?: typeof reportOrders[number];
  /** The first so many groups of that order have a row each; all of them unless told. */
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
  readonly #table: GroupTable;
  /** The groups' numbers, in order. */
  readonly #order: Uint32Array;

  constructor(table: GroupTable, { source, sort = "count", top = Infinity }: ReportOptions) {
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
    this.notes = notesOf(table);
  }

  /** The groups in order, up to `top`; made anew each time. */
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
  const note = (n: number, one: string, several: string) =>
    n === 0 ? [] : [n === 1 ? `1 ${one} is left out` : `${count(n)} ${several} are left out`];
  return [
    ...note(withoutLevel, "record without a level", "records without a level"),
    ...note(
      otherLevel,
      "record whose level is no whole number from 1 to 7",
      "records whose level is no whole number from 1 to 7",
    ),
    ...note(
      unreadable,
      "line that is no record",
      "lines that are no records",
    ),
  ];
}
