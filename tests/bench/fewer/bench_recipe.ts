import { referenceModelName } from "../../../lib/seniority/model_names.ts";
import type { Recipe } from "../../../lib/recipe/recipe.ts";

/** What is asked where nothing else is measured. */
export const benchRecipe: Recipe = {
  companyField: "company",
  titleField: "title",
  outputField: "seniority",
  modelName: referenceModelName,
  modelVersion: "1",
  normalize: "exact",
};
