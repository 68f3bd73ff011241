import * as v from "valibot";
import { cacheSettings } from "../../caches/open_cache.ts";
import { levelRange } from "../../seniority/level_range.ts";
import { modelSettings } from "../../models/model_settings.ts";
import { recipeSettings } from "../../recipe/recipe.ts";
import { ConfigError } from "../../settings/config_error.ts";
import { readConfigFile } from "../../settings/config_file.ts";
import { resolveSettings } from "../../settings/resolve_settings.ts";
import { type Settings, text, toggle, type Values, whole } from "../../settings/setting.ts";
import { table } from "../settings/table.ts";

const { required: _, ...model } = modelSettings.model;
const { modelName, modelVersion, normalize, companyField, titleField } = recipeSettings;

/** What every `sluice cache` command is told of the run's settings: the cache, and whose answers are meant. */
export const cacheCommandSettings = {
  ...cacheSettings,
  model: {
    ...model,
    help: "Who was asked; it matters only whether that was reference:, and is not connected to",
  },
  modelName,
  modelVersion,
  normalize,
} satisfies Settings;

/** The same for `sluice cache export`, which reads records. */
export const cacheExportSettings = { ...cacheCommandSettings, companyField, titleField } satisfies Settings;

export type CacheCommandConfig = Values<typeof cacheCommandSettings>;
export type CacheExportConfig = Values<typeof cacheExportSettings>;

export const cacheStatsFlags = {
  json: toggle({ help: "One JSON object in place of text" }),
} satisfies Settings;

const mayBeEmpty = { schema: v.string("must be text") };

/** The question of `sluice cache get`. */
export const cacheGetFlags = {
  company: {
    ...text({ help: "The question's company", required: "an answer belongs to a company and a title" }),
    ...mayBeEmpty,
  },
  title: {
    ...text({ help: "The question's title", required: "an answer belongs to a company and a title" }),
    ...mayBeEmpty,
  },
} satisfies Settings;

/** The question of `sluice cache set` and its answer. */
export const cacheSetFlags = {
  ...cacheGetFlags,
  answer: whole({
    help: `The answer, ${levelRange.min} to ${levelRange.max}`,
    ...levelRange,
    required: `a level from ${levelRange.min} to ${levelRange.max}`,
  }),
} satisfies Settings;

const { default: __, ...version } = modelVersion;

/** What `sluice cache drop` does not take from the environment, a file or a default. */
export const cacheDropFlags = {
  modelVersion: {
    ...version,
    help: "The version whose answers go",
    required: "what is dropped is named on the command line, whatever the environment and the file say",
  },
} satisfies Settings;

export const cacheExportFlags = {
  keys: text({
    help: "JSON lines, plain or gzip, whose company and title the answers are told by",
    placeholder: "PATH",
  }),
} satisfies Settings;

export interface LoadCacheSettingsOptions {
  /** Default: the process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * What a `sluice cache` command is told: `own` by flags only, `shared` from all sources, in which the other settings
 * of runs may stand too, unchecked.
 *
 * @throws {ConfigError} As {@linkcode resolveSettings}, for both; or the file cannot be read.
 */
export async function loadCacheSettings<Shared extends Settings, Own extends Settings>(
  shared: Shared,
  own: Own,
  { config: path, ...flags }: Readonly<Record<string, unknown>>,
  { env = Deno.env.toObject() }: LoadCacheSettingsOptions = {},
): Promise<Values<Shared> & Values<Own>> {
  const file = await readConfigFile(path as string | undefined ?? (env.SLUICE_CONFIG || undefined));
  const problems: string[] = [];
  const resolve = <T extends Settings>(resolved: () => Values<T>) => {
    try {
      return resolved();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  };
  const values = {
    ...resolve(() => resolveSettings(shared, { flags, env, file }, { known: table })),
    ...resolve(() => resolveSettings(own, { flags })),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return values as Values<Shared> & Values<Own>;
}
