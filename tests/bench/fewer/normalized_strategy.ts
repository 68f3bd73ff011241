import { decodeKey } from "../../../lib/recipe/key.ts";
import { type Normalization, recipeKey } from "../../../lib/recipe/recipe.ts";
import { benchRecipe } from "./bench_recipe.ts";
import type { Strategy } from "./strategy.ts";

/** A normalisation, with answers kept from run to run: the normalised text is asked. */
export function normalizedStrategy(normalize: Normalization): Strategy {
  const recipe = { ...benchRecipe, normalize };
  return {
    name: `--normalize ${normalize}`,
    setting: `--normalize ${normalize}`,
    canChangeAnswers: true,
    without: "distinct",
    run({ companies, titles }, ask, answers) {
      const known = new Map<string, number>();
      for (let i = 0; i < titles.length; i++) {
        const key = recipeKey(companies[i]!, titles[i]!, recipe);
        let answer = known.get(key);
        if (answer === undefined) {
          const question = decodeKey(key);
          known.set(key, answer = ask(question.company, question.title));
        }
        answers[i] = answer;
      }
      return { held: known };
    },
  };
}
