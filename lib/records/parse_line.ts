import type { ObjectCounts } from "./batch.ts";
import type { RemovedLine } from "./reject.ts";
import { rejectedText } from "./rejects.ts";
import { type Recipe, recipeKey } from "../recipe/recipe.ts";

export interface ParseLineOptions {
  readonly recipe: Recipe;
  /** A key of more UTF-8 bytes than this does not fit a call. */
  readonly maxKeyBytes: number;
  /** Notes the fields of records that lack one of the key. */
  readonly counts?: Pick<ObjectCounts, "fieldFaults">;
}

const encoder = new TextEncoder();

/**
 * Judges one line with `JSON.parse`: its key, why it is a reject, or undefined for a blank line. Where a key field stands
 * twice in an object, its last value counts.
 */
export function parseLine(
  line: string,
  { counts, recipe, maxKeyBytes }: ParseLineOptions,
): { readonly key: string; readonly hasOutputField: boolean } | RemovedLine | undefined {
  // First, since `JSON.parse` throws at them, which takes long.
  if (/^[ \t\v\f\r]*$/.test(line)) return undefined;
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    return rejectedText("invalid_json", line);
  }
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    return rejectedText("not_an_object", line);
  }
  const company = (record as Record<string, unknown>)[recipe.companyField];
  const title = (record as Record<string, unknown>)[recipe.titleField];
  if (typeof company !== "string" || typeof title !== "string") {
    return fieldFault(record as Record<string, unknown>, line, { recipe, counts });
  }
  if (!company.isWellFormed() || !title.isWellFormed()) return rejectedText("invalid_key", line);
  const key = recipeKey(company, title, recipe);
  // A UTF-16 unit is at most three bytes, so most keys need not be encoded to be known as short enough.
  if (key.length * 3 > maxKeyBytes && encoder.encode(key).length > maxKeyBytes) {
    return rejectedText("invalid_key", line);
  }
  return { key, hasOutputField: Object.hasOwn(record, recipe.outputField) };
}

/** Says which key field is at fault: the first one that is absent, else null, else no text. */
function fieldFault(
  record: Record<string, unknown>,
  line: string,
  { recipe: { companyField, titleField }, counts }: Pick<ParseLineOptions, "recipe" | "counts">,
): RemovedLine {
  const fields = [companyField, titleField];
  const missing = fields.find((field) => !Object.hasOwn(record, field));
  if (missing !== undefined) {
    if (counts?.fieldFaults.wantsFields) counts.fieldFaults.found(Object.keys(record));
    return { ...rejectedText("missing_key_field", line), field: missing };
  }
  const empty = fields.find((field) => record[field] === null);
  if (empty !== undefined) return { ...rejectedText("null_key_field", line), field: empty };
  return {
    ...rejectedText("key_field_not_text", line),
    field: fields.find((field) => typeof record[field] !== "string")!,
  };
}
