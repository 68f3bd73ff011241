import { referenceModelName } from "../../../lib/models/reference.ts";
import type { Recipe } from "../../../lib/recipe.ts";

/** What is asked where nothing else is measured. */
export const benchRecipe: Recipe = {
  companyField: "company",
  titleField: "title",
  outputField: "seniority",
  modelName: referenceModelName,
  modelVersion: "1",
  normalize: "exact",
};
