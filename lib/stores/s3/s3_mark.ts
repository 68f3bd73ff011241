import type { Mark } from "../store.ts";

/** How much of a model's name stands in an object's metadata, in characters. */
const maxModelUnits = 512;

/** A mark as metadata of its object. */
export function metadataOf(mark: Mark | undefined): Record<string, string> {
  if (mark === undefined) return {};
  return {
    "sluice-source-etag": mark.sourceEtag,
    "sluice-recipe": mark.recipe,
    "sluice-rejects": String(mark.rejects),
    ...(mark.answers && {
      "sluice-answers": mark.answers.fingerprint,
      // A header takes ASCII only, and what is there in all is limited to 2 KB.
      "sluice-model": encodeURI(mark.answers.model.toWellFormed()).slice(0, maxModelUnits),
    }),
  };
}

/** The mark that an object's metadata holds; undefined where Sluice did not write it. */
export function markOf(metadata: Readonly<Record<string, string>>): Mark | undefined {
  const { "sluice-source-etag": sourceEtag, "sluice-recipe": recipe, "sluice-rejects": rejects = "" } =
    metadata;
  if (sourceEtag === undefined || recipe === undefined || !/^\d{1,15}$/.test(rejects)) return undefined;
  const { "sluice-answers": fingerprint, "sluice-model": model = "" } = metadata;
  const answers = fingerprint === undefined ? {} : { answers: { fingerprint, model: decodedModel(model) } };
  return { sourceEtag, recipe, rejects: Number(rejects), ...answers };
}

/** A model's name as it was written; one that was cut inside a character as it stands. */
function decodedModel(text: string): string {
  try {
    return decodeURI(text);
  } catch {
    return text;
  }
}
