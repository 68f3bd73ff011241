/** What is said of a group, or of all records. */
export interface Figures {
  readonly records: number;
  /** Mean of the levels, 1 to 7. */
  readonly average: number;
  /** The level in the middle, or the mean of the two there. */
  readonly median: number;
  /** Records at each level, from level 1 on. */
  readonly counts: readonly number[];
}

/** The figures of records, by how many there are at each level; of none, average and median are `NaN`. */
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
