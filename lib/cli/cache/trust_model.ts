import type { Recipe } from "../../recipe/recipe.ts";
import { ConfigError } from "../../settings/config_error.ts";
import { type Settings, text } from "../../settings/setting.ts";

/** Whose answers are stored that do not say it themselves. */
export const trustModelSettings = {
  trustModel: text({
    help: "These are answers of this model and version, although they do not say so, or say otherwise",
    placeholder: "NAME:VERSION",
  }),
} satisfies Settings;

/**
 * Checks that answers are stored for the model that the user says they are of.
 *
 * @param trustModel `NAME:VERSION`.
 * @throws {ConfigError} It is another one.
 */
export function refuseOtherTrust(trustModel: string | undefined, { modelName, modelVersion }: Recipe): void {
  const model = `${modelName}:${modelVersion}`;
  if (trustModel === undefined || trustModel === model) return;
  throw new ConfigError([
    `Cannot use --trust-model ${trustModel}: the answers would be stored as those of ${model}; ` +
    `set --model-name and --model-version to the model that they are of`,
  ]);
}
