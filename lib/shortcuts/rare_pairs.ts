import type { CountMinSketch } from "./count_min_sketch.ts";
import { hashText } from "./hash_text.ts";

export interface RarePairsOptions {
  /** A pair is rare as long as fewer records than this had it. */
  readonly below: number;
  /** Share of the rare pairs that are asked all the same, 0 to 1. */
  readonly probability: number;
  /** How many records had which pair. */
  readonly sketch: CountMinSketch;
}

/** Says which questions are too rare to be asked. */
export class RarePairs {
  readonly #options: RarePairsOptions;

  constructor(options: RarePairsOptions) {
    this.#options = options;
  }

  /**
   * Counts the records that have a key, and says whether it is still to be passed over. Of equal keys the same ones are
   * asked at any time, by their hash.
   *
   * @param records How many of them have come now.
   * @param again How many of these have been counted before: their object is read once more.
   */
  isPassedOver(key: string, records: number, again: number): boolean {
    const { below, probability, sketch } = this.#options;
    const fresh = records - again;
    const seen = fresh > 0 ? sketch.add(key, fresh) : sketch.estimate(key);
    return Math.max(seen, records) < below && hashText(key, 0x27d4eb2f) >= probability * 2 ** 32;
  }
}
