import type { SharingStats } from "../answers/shortcut.ts";
import type { Tell } from "../text/tell.ts";
import { hashText } from "./hash_text.ts";
import { wilsonLowerBound } from "./wilson_lower_bound.ts";

export interface AgreementOptions {
  /** Share of near titles that must have the same answer, 0 to 1. */
  readonly target: number;
  /** Share of near titles that are still asked once the target is shown, 0 to 1. */
  readonly sampleShare: number;
  /** Called when titles begin to share answers, and when they stop. */
  readonly onChange: Tell;
}

/** Similarities from which on answers may be shared, lowest first. Titles below the first are not near. */
const thresholds = [0.5, 0.6, 0.7, 0.8, 0.9];
/** Pairs kept in the sample: older ones are dropped, so that it measures the present. */
const maxObservations = 2_000;
/** After so many more of them, a lower threshold is looked for. */
const observationsBetweenLooks = 50;

/** Lowest similarity at which titles are near. */
export const leastSimilarity = thresholds[0]!;

/**
 * Measures how often near titles have the same answer, on a sample of them that is still asked, and decides from which
 * similarity on they may share one: the lowest at which the sample shows the target, by Wilson's lower bound. When the
 * sample no longer shows the target, sharing stops, a new sample is taken of all near titles, and sharing resumes once it
 * shows the target.
 */
export class Agreement {
  readonly #options: AgreementOptions;
  /** Each with its threshold's index, doubled, and 1 more where the answers were the same. */
  #ring = new Uint8Array(maxObservations);
  #observations = 0;
  /** By threshold's index: pairs as similar as that and less than the next. */
  #all = new Uint32Array(thresholds.length);
  #agreed = new Uint32Array(thresholds.length);
  #threshold: number | undefined;
  #stops = 0;

  constructor(options: AgreementOptions) {
    this.#options = options;
  }

  /** Whether near titles share answers at all. */
  get isOn(): boolean {
    return this.#threshold !== undefined;
  }

  get stats(): SharingStats {
    const [sample, agreed] = this.#sums(this.#threshold ?? 0);
    return {
      threshold: this.#threshold === undefined ? null : thresholds[this.#threshold]!,
      sample,
      agreed,
      agreement: wilsonLowerBound(agreed, sample),
      stops: this.#stops,
    };
  }

  /** Whether two titles of this similarity may share an answer. */
  allows(similarity: number): boolean {
    return this.#threshold !== undefined && similarity >= thresholds[this.#threshold]!;
  }

  /** Whether a key belongs to the sample: all do while no answers are shared, later the same ones each time. */
  isSampled(key: string): boolean {
    return this.#threshold === undefined ||
      hashText(key, 0x165667b1) < this.#options.sampleShare * 2 ** 32;
  }

  /** Adds to the sample whether two titles have the same answer. */
  observe(similarity: number, agrees: boolean): void {
    const index = thresholds.findLastIndex((threshold) => similarity >= threshold);
    if (index < 0) return;
    const at = this.#observations % maxObservations;
    if (this.#observations >= maxObservations) {
      const oldest = this.#ring[at]!;
      this.#all[oldest >> 1]!--;
      this.#agreed[oldest >> 1]! -= oldest & 1;
    }
    this.#ring[at] = index * 2 + Number(agrees);
    this.#all[index]!++;
    this.#agreed[index]! += Number(agrees);
    this.#observations++;
    if (this.#threshold !== undefined && !this.#isShown(this.#threshold)) this.#stop();
    else if (this.#observations % observationsBetweenLooks === 0) this.#look();
  }

  #look(): void {
    const least = thresholds.findIndex((_, index) => this.#isShown(index));
    if (least < 0 || least >= (this.#threshold ?? Infinity)) return;
    this.#threshold = least;
    this.#options.onChange(`Near titles share answers: ${this.#evidence(least)}`, "info");
  }

  #stop(): void {
    const evidence = this.#evidence(this.#threshold!);
    this.#threshold = undefined;
    this.#stops++;
    this.#observations = 0;
    this.#all.fill(0);
    this.#agreed.fill(0);
    this.#options.onChange(
      `Stopped sharing answers of near titles: ${evidence}; each is asked until the agreement is shown again`,
    );
  }

  #evidence(index: number): string {
    const [all, agreed] = this.#sums(index);
    const least = Math.floor(wilsonLowerBound(agreed, all) * 10_000) / 100;
    return `${agreed} of ${all} that are alike to ${thresholds[index]} had the same one, so at least ${
      least.toFixed(2)
    } % do; the agreement wanted is ${this.#options.target}`;
  }

  #isShown(index: number): boolean {
    const [all, agreed] = this.#sums(index);
    return wilsonLowerBound(agreed, all) >= this.#options.target;
  }

  #sums(index: number): [all: number, agreed: number] {
    let all = 0, agreed = 0;
    for (let i = index; i < thresholds.length; i++) {
      all += this.#all[i]!;
      agreed += this.#agreed[i]!;
    }
    return [all, agreed];
  }
}
