/** What had been found when so many records had been read. */
export interface GrowthPoint {
  readonly records: number;
  /** Distinct keys. */
  readonly distinct: number;
  /** Those of them that are not known. */
  readonly questions: number;
}

/** What a part of the records says of all of them. */
export interface Extrapolated {
  readonly likely: number;
  /** No fewer: so many are in the part. */
  readonly least: number;
  /** No more, if the part is like the rest: every record brings on as many new ones as in the part. */
  readonly most: number;
}

/**
 * How fast new pairs come while records are read, to estimate the total from a part. Pairs repeat, so
 * their number grows by a power of the records' below 1 (Heaps' law); the power is taken from the second half of what
 * was read. Holds a point for each doubling of the records.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { Growth } from "./growth.ts";
 *
 * const growth = new Growth();
 * growth.add({ records: 100, distinct: 10, questions: 10 });
 * growth.add({ records: 400, distinct: 20, questions: 10 });
 * assertEquals(growth.extrapolate("distinct", 1_600), { likely: 40, least: 20, most: 80 });
 * assertEquals(growth.extrapolate("questions", 1_600), { likely: 10, least: 10, most: 40 });
 * ```
 */
export class Growth {
  readonly #points: GrowthPoint[] = [];
  #last: GrowthPoint = { records: 0, distinct: 0, questions: 0 };

  /** Points come with growing records. */
  add(point: GrowthPoint): void {
    this.#last = point;
    if (point.records >= 2 * (this.#points.at(-1)?.records ?? 0.5)) this.#points.push(point);
  }

  /** @param records All there are. */
  extrapolate(what: "distinct" | "questions", records: number): Extrapolated {
    const { [what]: least, records: read } = this.#last;
    if (read === 0) return { likely: 0, least: 0, most: 0 };
    const times = Math.max(1, records / read);
    const half = this.#points.findLast((point) => 2 * point.records <= read && point[what] > 0);
    const power = half === undefined ? 1 : Math.log(least / half[what]) / Math.log(read / half.records);
    return {
      likely: Math.round(least * times ** Math.min(1, Math.max(0, power))),
      least,
      most: Math.round(least * times),
    };
  }
}
