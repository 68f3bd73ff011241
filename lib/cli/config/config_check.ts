import { reasonOf } from "../../errors/sluice_error.ts";
import { ConfigError } from "../../settings/config_error.ts";
import { defaultConfigPath, readConfigFile } from "../../settings/config_file.ts";
import { lintFile, type RawSettings } from "../../settings/resolve_settings.ts";
import { isStandardStream, parseObjectUrl } from "../../stores/object_url.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { print } from "../print.ts";
import { refuseNested } from "../open/open_parts.ts";
import { type Contradiction, contradictions, type PartialConfig } from "../settings/contradictions.ts";
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
    ...[...contradictions(values), ...placeProblems(values)].map(withLines(settings)),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  print(io, `${file.path} can be used\n`);
  return exitStatus.done;
}

/** A problem with where the settings in question stand. */
function withLines(settings: RawSettings): (found: Contradiction) => string {
  return ({ problem, settings: names }) =>
    `${problem} (${names.flatMap((name) => settings.get(name)?.source ?? []).join(", ")})`;
}

/** What is wrong with the places that records come from and go to, as far as that is seen without opening them. */
function placeProblems({ destination, source }: PartialConfig): Contradiction[] {
  const { url: from } = source ?? {}, { url: to } = destination ?? {};
  const places = [
    ...from === undefined || isStandardStream(from) ? [] : [["from", from] as const],
    ...to === undefined || isStandardStream(to) ? [] : [["to", to] as const],
  ];
  const unusable = places.flatMap(([name, url]) => problemOf([name], () => parseObjectUrl(url)));
  if (unusable.length > 0 || from === undefined || to === undefined) return unusable;
  return problemOf(["from", "to"], () => refuseNested(from, to));
}

function problemOf(settings: readonly string[], check: () => unknown): Contradiction[] {
  try {
    check();
    return [];
  } catch (error) {
    return [{ settings, problem: reasonOf(error) }];
  }
}
