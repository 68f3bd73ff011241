import { foldText } from "../../../lib/recipe/normalize/fold_text.ts";
import { normalizeTitle } from "../../../lib/recipe/normalize/normalize_title.ts";
import { rememberedTitle } from "../../../lib/recipe/normalize/remembered_title.ts";
import { spreadOf } from "../spread.ts";

/** Titles a second on one thread, the median of the rounds. */
export interface NormalizingRates {
  readonly fold: number;
  readonly titles: number;
  /** As runs do it, with what was normalised lately remembered. */
  readonly titlesRemembered: number;
}

/** How fast titles are normalised, in the order in which records have them. */
export function normalizingRates(
  titles: readonly string[],
  rounds: number,
): NormalizingRates {
  const rate = (normalize: (title: string) => string) =>
    spreadOf(Array.from({ length: rounds }, () => {
      const started = performance.now();
      let units = 0;
      for (const title of titles) units += normalize(title).length;
      if (units === 0) {
        throw new Error("Cannot measure normalising: all titles are empty");
      }
      return titles.length / (performance.now() - started) * 1000;
    })).median;
  return {
    fold: rate(foldText),
    titles: rate(normalizeTitle),
    titlesRemembered: rate(rememberedTitle),
  };
}
