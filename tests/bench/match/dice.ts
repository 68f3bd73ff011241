import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Seeded chance. */
export class Dice {
  readonly #random;

  constructor(seed: number) {
    this.#random = xoroshiro128plus(seed);
  }

  /** A whole number from 0 to below `limit`, which is 1 or more. */
  below(limit: number): number {
    return uniformInt(this.#random, 0, limit - 1);
  }

  /** One of several. */
  pick<T>(several: ArrayLike<T>): T {
    return several[this.below(several.length)]!;
  }
}
