import { ConfigError } from "../../settings/config_error.ts";
import { readConfigFile } from "../../settings/config_file.ts";
import { buildSettings, gatherSettings } from "../../settings/resolve_settings.ts";
import type { Sections, SectionValues } from "../../settings/sections.ts";
import type { Settings, Values } from "../../settings/setting.ts";
import { type PartialConfig, refuseContradictions } from "./contradictions.ts";
import { sections } from "./sections.ts";

/** What a command takes. */
export interface CommandSettings<S extends Sections, Flags extends Settings> {
  /** From the command line, the environment and the file, in which the settings of other commands may stand too. */
  readonly settings: S;
  /** From the command line only. */
  readonly flags: Flags;
}

/** A command's built settings; `flags` are those of the command line only. */
export type CommandConfig<S extends Sections, Flags extends Settings> = SectionValues<S> & {
  readonly flags: Values<Flags>;
};

export interface LoadConfigOptions {
  /** The file named on the command line. */
  readonly path?: string;
  /** Default: the process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A command's configuration: the command line's flags, over the environment's `SLUICE_*` variables, over the file
 * (`path`, else `SLUICE_CONFIG`, else `sluice.jsonc` in the working directory), over the defaults. A command without
 * `settings` reads neither the environment nor the file.
 *
 * @param typed What was typed on the command line, by flat name.
 * @throws {ConfigError} Naming all that cannot be used; or the file cannot be read.
 */
export async function loadConfig<S extends Sections, Flags extends Settings>(
  { settings, flags }: CommandSettings<S, Flags>,
  typed: Readonly<Record<string, unknown>>,
  { path, env = Deno.env.toObject() }: LoadConfigOptions = {},
): Promise<CommandConfig<S, Flags>> {
  const isShared = Object.keys(settings).length > 0;
  const file = isShared ? await readConfigFile(path ?? (env.SLUICE_CONFIG || undefined)) : undefined;
  const raw = gatherSettings(settings, { flags: typed, env: isShared ? env : {}, file }, sections);
  const built = buildSettings(settings, raw.settings);
  const own = { flags: nameByKey(flags) };
  const rawOwn = gatherSettings(own, { flags: typed });
  const builtOwn = buildSettings(own, rawOwn.settings);
  const problems = [...raw.problems, ...rawOwn.problems, ...built.problems, ...builtOwn.problems];
  if (problems.length > 0) throw new ConfigError(problems);
  refuseContradictions(built.values as PartialConfig);
  return { ...built.values, ...builtOwn.values } as unknown as CommandConfig<S, Flags>;
}

function nameByKey(flags: Settings): Settings {
  return Object.fromEntries(Object.entries(flags).map(([key, setting]) => [key, { ...setting, name: key }]));
}
