import type { Recipe } from "../../recipe/recipe.ts";
import { referenceModelName } from "../../seniority/model_names.ts";

/** Whose answers an export holds, as its first line says: `{"sluice":"cache","model":"seniority","version":"1",…}`. */
export interface ExportHeader {
  readonly model: string;
  readonly version: string;
  readonly normalize: string;
  /** Fingerprint of all that the answers depend on. */
  readonly namespace: string;
}

/** The first line of an export, with its LF. */
export function exportHeaderLine({ modelName, modelVersion, normalize }: Recipe, namespace: string): string {
  const header: ExportHeader = { model: modelName, version: modelVersion, normalize, namespace };
  return `${JSON.stringify({ sluice: "cache", ...header })}\n`;
}

/** Whether a line's object is the first line of an export, of this version or a later one. */
export function isExportHeader(object: Readonly<Record<string, unknown>>): boolean {
  return "sluice" in object;
}

/** The header that a line's object is; undefined if it is none that this version knows. */
export function exportHeaderOf(object: Readonly<Record<string, unknown>>): ExportHeader | undefined {
  const { model, namespace, normalize, sluice, version } = object;
  const texts = { model, version, normalize, namespace };
  if (sluice !== "cache" || Object.values(texts).some((text) => typeof text !== "string")) return undefined;
  return texts as unknown as ExportHeader;
}

/** Whose answers an export holds, as text: `model seniority 1, keys exact`. */
export function exportHeaderText({ model, normalize, version }: ExportHeader): string {
  return `model ${model} ${version}, keys ${normalize}`;
}

/** Whether answers of an export may be stored under a recipe because the user says so: the word list's never. */
export function mayBeTrusted({ model }: ExportHeader, { modelName }: Recipe): boolean {
  return model !== referenceModelName || modelName === referenceModelName;
}
