import { ConfigError } from "../../settings/config_error.ts";
import { defaultConfigPath, readConfigFile } from "../../settings/config_file.ts";
import { lintFile } from "../../settings/resolve_settings.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { print } from "../print.ts";
import { contradictions } from "../settings/contradictions.ts";
import { sections } from "../settings/sections.ts";

/**
 * Checks a file of settings; resolves to the exit status. What the file does not set may be set elsewhere.
 *
 * @throws {ConfigError} Naming every problem with its line; or the file cannot be read.
 */
export async function configCheck(path: string | undefined, io: Io): Promise<number> {
  const file = (await readConfigFile(path ?? defaultConfigPath))!;
  const { problems: wrong, settings, values } = lintFile(file, sections);
  const problems = [
    ...wrong,
    ...contradictions(values).map(({ problem, settings: names }) =>
      `${problem} (${names.flatMap((name) => settings.get(name)?.source ?? []).join(", ")})`
    ),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  print(io, `${file.path} can be used\n`);
  return exitStatus.done;
}
