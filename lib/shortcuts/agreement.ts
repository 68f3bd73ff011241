import type { Tell } from "../text/tell.ts";
import { hashText } from "./hash_text.ts";
import { wilsonLowerBound } from "./wilson_lower_bound.ts";

export interface AgreementOptions {
  /** Share of near titles that must have the same answer, 0 to 1. */
  readonly target: number;
  /** Share of near titles that are asked all the same once the target is shown, 0 to 1. */
  readonly sampleShare: number;
  /** Told when titles begin to share answers, and when they cease to. */
  readonly onChange: Tell;
}

/** How things stand with the sharing of answers. */
export interface AgreementStats {
  /** From which similarity on near titles share an answer; `null` while none do. */
  readonly threshold: number | null;
  /** Near titles in the sample, and how many of these had the same answer. */
  readonly sample: number;
  readonly agreed: number;
  /** The share that the sample shows at least. */
  readonly agreement: number;
  /** How often the sharing has ceased. */
  readonly stops: number;
}

/** Similarities from which on answers may be shared, the least first. Less is not called near. */
const thresholds = [0.5, 0.6, 0.7, 0.8, 0.9];
/** Pairs of the sample that are remembered: older ones are forgotten, so that it is the present that is measured. */
const maxObservations = 2_000;
/** So many more of them, and a lower threshold is looked for. */
const observationsBetweenLooks = 50;

/** Least similarity at which titles are called near. */
export const leastSimilarity = thresholds[0]!;

/**
 * Measures how often near titles have the same answer, on a sample of them that is asked all the same, and says from
 * which similarity on they may share one: the least at which the sample shows the target, by Wilson's lower bound. When
 * it does not show it any more, sharing ceases, the sample is begun anew with all near titles, and sharing begins again
 * once they show it.
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

  get stats(): AgreementStats {
    const [sample, agreed] = this.#sums(this.#threshold ?? 0);
    return {
      threshold: this.#threshold === undefined ? null : thresholds[this.#threshold]!,
      sample,
      agreed,
      agreement: wilsonLowerBound(agreed, sample),
      stops: this.#stops,
    };
  }

  /** Whether two titles that are so near may share an answer. */
  allows(similarity: number): boolean {
    return this.#threshold !== undefined && similarity >= thresholds[this.#threshold]!;
  }

  /** Whether a key belongs to the sample: all do while nothing is shared, then the same ones each time. */
  isSampled(key: string): boolean {
    return this.#threshold === undefined ||
      hashText(key, 0x165667b1) < this.#options.sampleShare * 2 ** 32;
  }

  /** Takes in whether two titles of the sample have the same answer. */
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
    this.#options.onChange(`Near titles share answers: ${this.#told(least)}`, "info");
  }

  #stop(): void {
    const told = this.#told(this.#threshold!);
    this.#threshold = undefined;
    this.#stops++;
    this.#observations = 0;
    this.#all.fill(0);
    this.#agreed.fill(0);
    this.#options.onChange(
      `Stopped sharing answers of near titles: ${told}; each is asked until the agreement is shown again`,
    );
  }

  #told(index: number): string {
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
