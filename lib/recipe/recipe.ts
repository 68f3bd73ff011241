import { encodeKey } from "./key.ts";
import { foldText } from "./normalize/fold_text.ts";
import { rememberedTitle } from "./normalize/remembered_title.ts";
import { choice, type Settings, text } from "../settings/setting.ts";

/** What the question is made of, who answers it, and where the answer goes: all of it makes an output what it is. */
export const recipeSettings = {
  companyField: text({
    help: "Field of a record that holds the company",
    placeholder: "FIELD",
    default: "company",
  }),
  titleField: text({
    help: "Field of a record that holds the title",
    placeholder: "FIELD",
    default: "title",
  }),
  outputField: text({
    help: "Field to write the answer to",
    placeholder: "FIELD",
    default: "seniority",
  }),
  modelName: text({
    help: "The model's name; answers of other names are not used",
    placeholder: "NAME",
    defaultText: "seniority, or reference for reference:",
  }),
  modelVersion: text({
    help: "The model's version; a new one asks all questions again and reprocesses the objects",
    placeholder: "VERSION",
    default: "1",
  }),
  normalize: choice(["exact", "fold", "titles"], {
    help:
      "How keys are compared: exact; fold ignores Unicode form, case and white space; titles also ignores " +
      "abbreviations, gender markers, job numbers, places and work modes. fold and titles can change answers",
    default: "exact",
  }),
} satisfies Settings;

/** What is asked, of whom, and where the answer goes. Equal recipes give equal outputs. */
export interface Recipe {
  /** Field of the record that is the model's `company`. */
  readonly companyField: string;
  /** Field of the record that is the model's `title`. */
  readonly titleField: string;
  /** Field that the answer is written to. */
  readonly outputField: string;
  /** Field that gets where the answer came from. Absent by default. */
  readonly provenanceField?: string;
  /** How sure titles that share answers must be. By default, titles do not share answers. */
  readonly cluster?: { readonly agreement: number; readonly sample: number };
  /** Which questions are too rare to be asked. By default, all are asked. */
  readonly rare?: { readonly probability: number; readonly below: number };
  readonly modelName: string;
  readonly modelVersion: string;
  readonly normalize: Normalization;
}

/**
 * How a key's fields are changed before they are compared and asked: `exact` not at all; `fold` to Unicode NFC,
 * lower case, and single spaces without any at the ends; `titles` as `fold`, and the title further, to what of it
 * says what the work is ({@linkcode rememberedTitle}). What is asked is what was compared, so that the answer does
 * not depend on which of several spellings came first.
 */
export type Normalization = "exact" | "fold" | "titles";

/** The key of a record's two fields under a recipe. */
export function recipeKey(company: string, title: string, { normalize }: Pick<Recipe, "normalize">): string {
  if (normalize === "exact") return encodeKey(company, title);
  return encodeKey(foldText(company), normalize === "titles" ? rememberedTitle(title) : foldText(title));
}

/** Names the recipe: 16 hexadecimal digits that change with any part of it. Part of what makes an object done. */
export function recipeFingerprint(recipe: Recipe): Promise<string> {
  return digest([
    recipe.companyField,
    recipe.titleField,
    recipe.outputField,
    recipe.modelName,
    recipe.modelVersion,
    recipe.normalize,
    ...extras(recipe),
  ]);
}

/** What makes an output another one and is off by default: nothing of it changes the names of recipes without. */
function extras({ cluster, provenanceField, rare }: Recipe): string[] {
  if (provenanceField === undefined && rare === undefined && cluster === undefined) return [];
  return [JSON.stringify([
    provenanceField ?? null,
    rare === undefined ? null : [rare.probability, rare.below],
    cluster === undefined ? null : [cluster.agreement, cluster.sample],
  ])];
}

/**
 * Names what an answer depends on: 16 hexadecimal digits that change with the model's name and version and with
 * the normalisation. The cache's namespace. The fields' names are no part of it: the same company and title are the
 * same question, whatever the record calls them, and should be paid for only once.
 */
export function answersFingerprint(recipe: Recipe): Promise<string> {
  return digest([recipe.modelName, recipe.modelVersion, recipe.normalize]);
}

/**
 * Names whose answers, to which question, an output's records hold, and where: 16 hexadecimal digits. Changes with all that
 * {@linkcode answersFingerprint} names, with the fields' names, as a record may have several that could be meant, and with
 * whether similar titles share answers: these are not the model's own.
 */
export function outputAnswersFingerprint(recipe: Recipe): Promise<string> {
  const { cluster, companyField, modelName, modelVersion, normalize, outputField, titleField } = recipe;
  const shared = cluster === undefined ? [] : ["cluster"];
  return digest([modelName, modelVersion, normalize, companyField, titleField, outputField, ...shared]);
}

async function digest(parts: readonly string[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(parts));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
