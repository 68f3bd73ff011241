import type { Recipe } from "../../lib/recipe/recipe.ts";

/** A recipe for tests: a seniority for `company` and `title`, with keys as they are. */
export const testRecipe: Recipe = {
  companyField: "company",
  titleField: "title",
  outputField: "seniority",
  modelName: "m",
  modelVersion: "1",
  normalize: "exact",
};
