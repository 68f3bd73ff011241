import type { Claim } from "../answers/claim.ts";
import type { Shortcut, Taken } from "../answers/shortcut.ts";
import type { CountMinSketch } from "./count_min_sketch.ts";
import { hashText } from "./hash_text.ts";

export interface RarePairsOptions {
  /** A pair is rare while fewer records than this had it. */
  readonly below: number;
  /** Share of the rare pairs that are asked nevertheless, 0 to 1. */
  readonly probability: number;
  /** How many records had which pair. */
  readonly sketch: CountMinSketch;
}

/** Skips questions that few records have. */
export class RarePairs implements Shortcut {
  readonly #options: RarePairsOptions;

  constructor(options: RarePairsOptions) {
    this.#options = options;
  }

  /**
   * Counts the records that wait for the key, and skips it if it is still rare. Which of the rare keys are asked depends
   * on their hash alone, so that it is the same ones each time.
   */
  take({ key, records: { all, again } }: Pick<Claim, "key" | "records">): Taken | undefined {
    const { below, probability, sketch } = this.#options;
    const fresh = all - again;
    const seen = fresh > 0 ? sketch.add(key, fresh) : sketch.estimate(key);
    const isSkipped = Math.max(seen, all) < below && hashText(key, 0x27d4eb2f) >= probability * 2 ** 32;
    return isSkipped ? { origin: "rare", answer: "skipped" } : undefined;
  }
}
