import type { Recipe } from "./recipe.ts";

/** The flag that names a field of the key, for messages about one that records do not have. */
export function keyFieldFlag(field: string, { companyField }: Pick<Recipe, "companyField">): string {
  return field === companyField ? "--company-field" : "--title-field";
}
