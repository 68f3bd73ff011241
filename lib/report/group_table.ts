import { isLevel, levelRange } from "../seniority/level_range.ts";
import { plural } from "../text/format.ts";
import { SluiceError } from "../errors/sluice_error.ts";
import { levelNames } from "../seniority/level_names.ts";

/** A group's value of each field, as exact text; `undefined` where its records do not have the field. */
export type GroupNames = readonly (string | undefined)[];

export interface GroupTableOptions {
  /** Groups at most; with more, `add` throws. Defaults to 1,000,000. */
  readonly maxGroups?: number;
  /** Length of all group names together, in UTF-16 units. Defaults to 128 Mi. */
  readonly maxNameUnits?: number;
}

const levels = levelNames.length;

/** The last field's values lead to a group's number, those before it to the next field's values. */
type Branch = Map<string | undefined, Branch | number>;

/**
 * Counts records by group and level. Groups are equal where all their names are, unit by unit. Keeps each group's
 * names and seven numbers, and nothing of the records.
 */
export class GroupTable {
  /** The fields that make the groups, one at least. */
  readonly by: readonly string[];
  /** Records that were counted. */
  records = 0;
  /** Records without a level. */
  withoutLevel = 0;
  /** Records whose level is not a whole number from 1 to 7. */
  otherLevel = 0;
  /** Lines that are not records; counted by the source. */
  unreadable = 0;
  readonly #names: GroupNames[] = [];
  readonly #root: Branch = new Map();
  readonly #maxGroups: number;
  readonly #maxNameUnits: number;
  /** Records of each group at each level. */
  #counts = new Float64Array(64 * levels);
  #nameUnits = 0;

  constructor(by: readonly string[], options: GroupTableOptions = {}) {
    this.by = by;
    this.#maxGroups = options.maxGroups ?? 1_000_000;
    this.#maxNameUnits = options.maxNameUnits ?? 128 * 1024 ** 2;
  }

  /** Number of groups. */
  get size(): number {
    return this.#names.length;
  }

  /**
   * Counts records of a group at a level. Records without a valid level are counted separately, and make no group.
   *
   * @param names As many as `by` has fields; may be reused by the caller.
   * @param level As it was found.
   * @throws {SluiceError} `limit`: there are too many groups, or their names are too long.
   */
  add(names: GroupNames, level: unknown, records = 1): void {
    if (level === undefined || level === null) {
      this.withoutLevel += records;
      return;
    }
    if (!isLevel(level)) {
      this.otherLevel += records;
      return;
    }
    const last = names.length - 1;
    let branch = this.#root;
    for (let i = 0; i < last; i++) {
      let next = branch.get(names[i]) as Branch | undefined;
      if (next === undefined) branch.set(names[i], next = new Map());
      branch = next;
    }
    let group = branch.get(names[last]) as number | undefined;
    if (group === undefined) branch.set(names[last], group = this.#begin(names));
    this.#counts[group * levels + level - levelRange.min]! += records;
    this.records += records;
  }

  /** A group's names, by its number: from 0, in the order of their first records. */
  names(group: number): GroupNames {
    return this.#names[group]!;
  }

  /** A group's records at each level, from level 1 on: a view, good until the next call of `add`. */
  counts(group: number): Float64Array {
    return this.#counts.subarray(group * levels, (group + 1) * levels);
  }

  /** Makes room for a group; its number. */
  #begin(names: GroupNames): number {
    const group = this.#names.length;
    if (group >= this.#maxGroups) {
      this.#refuse(`there are more than ${plural(this.#maxGroups, "group")} (maxGroups)`);
    }
    for (const name of names) this.#nameUnits += name?.length ?? 0;
    if (this.#nameUnits > this.#maxNameUnits) {
      this.#refuse(
        `the group names have more than ${plural(this.#maxNameUnits, "character")} (maxNameUnits)`,
      );
    }
    this.#names.push(names.slice());
    if ((group + 1) * levels > this.#counts.length) {
      const counts = new Float64Array(this.#counts.length * 2);
      counts.set(this.#counts);
      this.#counts = counts;
    }
    return group;
  }

  #refuse(why: string): never {
    throw new SluiceError({
      kind: "limit",
      action: "report by",
      subject: this.by.join(", "),
      reason:
        `${why}; choose a field with fewer values, or fewer objects with --include, --exclude, --since or --until`,
    });
  }
}
