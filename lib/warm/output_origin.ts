import { type Recipe, recipeFingerprint } from "../recipe/recipe.ts";
import { referenceModelName } from "../seniority/model_names.ts";
import type { AnswersOrigin, Mark } from "../stores/store.ts";

export interface OutputOriginOptions {
  /** What the answers are stored under. */
  readonly recipe: Recipe;
  readonly origin: AnswersOrigin;
  /** Whether the user says that outputs hold answers of that origin, whatever their marks say. */
  readonly isTrusted: boolean;
}

/** Whether the answers of an output may be stored; `trusted`: only because the user says so. */
export type OriginVerdict =
  | { readonly take: "known" | "trusted" }
  /** With why, for a message; `isFinal`: whatever the user says. */
  | { readonly take: "refused"; readonly reason: string; readonly isFinal: boolean };

/**
 * Decides by their marks of which outputs the answers may be stored for a model. The word list's are never another
 * model's, whatever the user says: they are made up.
 */
export class OutputOrigin {
  readonly #options: OutputOriginOptions;
  /** Fingerprints of recipes, for marks that do not say whose answers they are. */
  readonly #recipe: Promise<string>;
  readonly #reference: Promise<readonly string[]>;

  constructor(options: OutputOriginOptions) {
    const { recipe } = options;
    this.#options = options;
    this.#recipe = recipeFingerprint(recipe);
    this.#reference = Promise.all(
      [recipe.modelVersion, "1"].map((modelVersion) =>
        recipeFingerprint({ ...recipe, modelName: referenceModelName, modelVersion })
      ),
    );
  }

  async judge(mark: Mark | undefined): Promise<OriginVerdict> {
    const { isTrusted, origin, recipe } = this.#options;
    const { answers } = mark ?? {};
    const isKnown = answers === undefined
      ? mark?.recipe === await this.#recipe
      : answers.fingerprint === origin.fingerprint;
    if (isKnown) return { take: "known" };
    const isReference = answers === undefined
      ? mark !== undefined && (await this.#reference).includes(mark.recipe)
      : answers.model.startsWith(`${referenceModelName}:`);
    const isFinal = isReference && recipe.modelName !== referenceModelName;
    if (isTrusted && !isFinal) return { take: "trusted" };
    return { take: "refused", reason: reasonOf(mark, isReference, origin), isFinal };
  }
}

function reasonOf(mark: Mark | undefined, isReference: boolean, { model }: AnswersOrigin): string {
  if (mark === undefined) return "it has no mark of Sluice, so whose answers it holds is unknown";
  const { answers, recipe } = mark;
  const list = isReference ? " (the word list)" : "";
  if (answers !== undefined) return `its answers are of ${answers.model}${list}, not of ${model}`;
  return isReference
    ? `its answers are the word list's, not of ${model}`
    : `its mark is of another recipe (${recipe}), so its answers may not be of ${model}`;
}
