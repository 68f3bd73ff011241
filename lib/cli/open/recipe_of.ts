import { outputAnswersFingerprint, type Recipe, recipeSettings } from "../../recipe/recipe.ts";
import { shortcutSettings } from "../../shortcuts/shortcut_settings.ts";
import type { AnswersOrigin } from "../../stores/store.ts";
import { defaultModelName } from "./model_defaults.ts";
import type { Config, Taking } from "../settings/sections.ts";

/** The settings that make a recipe; of the model's address, only whether it is the word list's matters. */
export interface RecipeConfig {
  /** Fields of records default to those of the settings, for commands that read no records. */
  readonly recipe: Taking<"recipe", "modelName" | "modelVersion" | "normalize">;
  /** No shortcuts by default. */
  readonly shortcuts?: Partial<Config["shortcuts"]>;
  readonly model: { readonly url: string | undefined };
}

/** The recipe that the settings describe. */
export function recipeOf({ model, recipe, shortcuts = {} }: RecipeConfig): Recipe {
  const { companyField, titleField, outputField } = recipeSettings;
  const {
    agreement = shortcutSettings.agreement.default,
    agreementSample: sample = shortcutSettings.agreementSample.default,
    rare: probability = shortcutSettings.rare.default,
    rareBelow: below = shortcutSettings.rareBelow.default,
  } = shortcuts;
  return {
    companyField: recipe.companyField ?? companyField.default,
    titleField: recipe.titleField ?? titleField.default,
    outputField: recipe.outputField ?? outputField.default,
    provenanceField: shortcuts.provenance,
    cluster: shortcuts.cluster ? { agreement, sample } : undefined,
    rare: probability < 1 ? { probability, below } : undefined,
    modelVersion: recipe.modelVersion,
    normalize: recipe.normalize,
    modelName: recipe.modelName ?? defaultModelName(model.url),
  };
}

/** Whose answers are meant, as text: `model seniority 1, keys exact`. */
export function recipeText({ modelName, modelVersion, normalize }: Recipe): string {
  return `model ${modelName} ${modelVersion}, keys ${normalize}`;
}

/** Whose answers a recipe's outputs hold, for their marks. */
export async function answersOriginOf(recipe: Recipe): Promise<AnswersOrigin> {
  const { cluster, companyField, modelName, modelVersion, normalize, outputField, titleField } = recipe;
  const fields = [companyField, titleField, outputField],
    usual = [recipeSettings.companyField, recipeSettings.titleField, recipeSettings.outputField];
  const hasUsualFields = fields.every((field, i) => field === usual[i]!.default);
  return {
    fingerprint: await outputAnswersFingerprint(recipe),
    model: [
      `${modelName}:${modelVersion}`,
      `keys ${normalize}`,
      ...(hasUsualFields ? [] : [`${companyField} and ${titleField} to ${outputField}`]),
      ...(cluster === undefined ? [] : ["shared by similar titles"]),
    ].join(", "),
  };
}
