import { closest, distance } from "fastest-levenshtein";
import * as v from "valibot";
import { printableAddress } from "../text/printable_address.ts";
import { ConfigError } from "./config_error.ts";
import type { ConfigFile } from "./config_file.ts";
import { flagOf, variableOf } from "./names.ts";
import { type PlacedSetting, type Sections, type SectionValues, settingsOf } from "./sections.ts";
import { builtKey } from "./setting.ts";

/** What was set, unchecked, by where it was set. */
export interface SettingSources {
  /** By flat name; `undefined` is as good as absent. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** All environment variables; those that are empty count as not set. */
  readonly env?: Readonly<Record<string, string>>;
  readonly file?: ConfigFile;
}

/** A setting as it was typed, and where: `--ttl`, `SLUICE_TTL`, `sluice.jsonc line 4`. */
export interface RawSetting {
  readonly value: unknown;
  readonly source: string;
}

/** What was typed, by the settings' flat names: unchecked, without defaults, of each setting what has precedence. */
export type RawSettings = ReadonlyMap<string, RawSetting>;

export interface ResolveSettingsOptions {
  /** All sections that the environment and the file may name; defaults to `sections`. */
  readonly known?: Sections;
}

/**
 * Checks what was set and fills in the defaults: a flag wins over the environment, the environment over the file.
 *
 * @throws {ConfigError} Naming every value that cannot be used and where it came from, every key of the file and
 * every `SLUICE_*` variable that is no setting, and every required setting that is missing.
 */
export function resolveSettings<S extends Sections>(
  sections: S,
  sources: SettingSources,
  { known = sections }: ResolveSettingsOptions = {},
): SectionValues<S> {
  const raw = gatherSettings(sections, sources, known);
  const built = buildSettings(sections, raw.settings);
  const problems = [...raw.problems, ...built.problems];
  if (problems.length > 0) throw new ConfigError(problems);
  return built.values;
}

/** What was typed for the settings of `sections`; with it, what was typed that is no setting of `known`. */
export function gatherSettings(
  sections: Sections,
  { flags, env = {}, file }: SettingSources,
  known: Sections = sections,
): { readonly settings: RawSettings; readonly problems: readonly string[] } {
  const inFile = file === undefined ? undefined : readEntries(file, known);
  const all = settingsOf(sections);
  const settings = new Map<string, RawSetting>();
  for (const { name, setting: { fallbackVariable = "", noFlag } } of all) {
    const variable = variableOf(name);
    const found = flags[name] !== undefined && noFlag !== true
      ? { value: flags[name], source: flagOf(name) }
      : env[variable]
      ? { value: env[variable], source: variable }
      : inFile?.settings.get(name) ??
        (env[fallbackVariable] ? { value: env[fallbackVariable], source: fallbackVariable } : undefined);
    if (found !== undefined) settings.set(name, found);
  }
  return {
    settings,
    problems: [...oldFlags(all, flags), ...unknownVariables(known, env), ...inFile?.problems ?? []],
  };
}

/** Checks what was typed, and fills in the defaults. `values` is complete if there are no `problems`. */
export function buildSettings<S extends Sections>(
  sections: S,
  raw: RawSettings,
  { requires = true } = {},
): { readonly values: SectionValues<S>; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const values: Record<string, Record<string, unknown>> = Object.fromEntries(
    Object.keys(sections).map((section) => [section, {}]),
  );
  for (const { key, name, section, setting } of settingsOf(sections)) {
    const given = raw.get(name);
    if (given === undefined) {
      values[section]![builtKey(key, setting)] = setting.default;
      if (requires && setting.required !== undefined) {
        problems.push(`Cannot start without ${flagOf(name)}: ${setting.required}`);
      }
      continue;
    }
    const checked = v.safeParse(setting.schema, given.value);
    if (checked.success) values[section]![builtKey(key, setting)] = checked.output;
    else {
      const found = setting.secret ? "" : `, not ${shownValue(given.value)}`;
      problems.push(`Cannot set ${name} by ${given.source}: ${checked.issues[0].message}${found}`);
    }
  }
  return { values: values as SectionValues<S>, problems };
}

/**
 * What a file sets by itself, and all that is wrong with it, each with its line. What it does not set may be set elsewhere:
 * nothing is required.
 */
export function lintFile<S extends Sections>(file: ConfigFile, known: S): {
  readonly settings: RawSettings;
  readonly values: SectionValues<S>;
  readonly problems: readonly string[];
} {
  const raw = readEntries(file, known);
  const { problems, values } = buildSettings(known, raw.settings, { requires: false });
  return { settings: raw.settings, values, problems: [...raw.problems, ...problems] };
}

/** The settings of a file, whose keys may be flat (`cacheTimeout`) or nested in their section (`cache`, `timeout`). */
function readEntries(
  file: ConfigFile,
  known: Sections,
): { readonly settings: RawSettings; readonly problems: readonly string[] } {
  const all = settingsOf(known);
  const byName = new Map(all.map((placed) => [placed.name, placed]));
  const old = new Map(all.flatMap((placed) => placed.setting.was ? [[placed.setting.was.name, placed]] : []));
  const lineOf = (path: string) => `${file.path} line ${file.lines.get(path)}`;
  const settings = new Map<string, RawSetting>();
  const problems: string[] = [];
  const set = (name: string, path: string, value: unknown) => {
    const before = settings.get(name);
    if (before === undefined) settings.set(name, { value, source: lineOf(path) });
    else problems.push(`Cannot use "${path}" of ${lineOf(path)}: ${name} is set by ${before.source} already`);
  };
  const refuse = (path: string, reason: string) =>
    problems.push(`Cannot use ${JSON.stringify(path)} of ${lineOf(path)}: ${reason}`);

  for (const [key, value] of Object.entries(file.values)) {
    if (key === "$schema") continue;
    const section = Object.hasOwn(known, key) ? known[key] : undefined;
    if (section !== undefined && isObject(value)) {
      for (const [inner, innerValue] of Object.entries(value)) {
        const path = `${key}.${inner}`;
        const placed = all.find((placed) => placed.section === key && placed.key === inner);
        if (placed !== undefined) set(placed.name, path, innerValue);
        else {
          const near = suggestion(inner, Object.keys(section));
          refuse(path, `there is no such setting${near.replace("mean ", `mean ${key}.`)}`);
        }
      }
    } else if (byName.has(key)) set(key, key, value);
    else if (old.has(key)) {
      const placed = old.get(key)!;
      refuse(key, `it is now ${JSON.stringify(placed.name)}, ${newForm(placed, value)}`);
    } else if (section !== undefined) {
      refuse(key, `it must hold the settings of its section, { … }, not ${shownValue(value)}`);
    } else refuse(key, `there is no such setting${suggestion(key, [...byName.keys()])}`);
  }
  return { settings, problems };
}

/** `SLUICE_CONFIG` names the file; Kubernetes sets the others in every pod beside a service called `sluice`. */
const otherVariables = /^SLUICE_(CONFIG$|SERVICE_HOST$|SERVICE_PORT|PORT$|PORT_\d)/;

function unknownVariables(sections: Sections, env: Readonly<Record<string, string>>): string[] {
  const all = settingsOf(sections);
  const known = all.map(({ name }) => variableOf(name));
  return Object.keys(env)
    .filter((variable) =>
      variable.startsWith("SLUICE_") && !known.includes(variable) && !otherVariables.test(variable)
    )
    .map((variable) => {
      const old = all.find(({ setting: { was } }) => was !== undefined && variableOf(was.name) === variable);
      return old === undefined
        ? `Cannot use ${variable}: there is no such setting${suggestion(variable, known)}`
        : `Cannot use ${variable}: it is now ${variableOf(old.name)}, ${newForm(old, env[variable])}`;
    });
}

function oldFlags(settings: readonly PlacedSetting[], flags: SettingSources["flags"]): string[] {
  return settings.flatMap((placed) => {
    const { name, setting: { was } } = placed;
    const given = was && flags[was.name];
    return given === undefined
      ? []
      : [`Cannot use ${flagOf(was!.name)}: it is now ${flagOf(name)}, ${newForm(placed, given)}`];
  });
}

/** How a bare number is written today: `with a unit, as in 60s`. */
function newForm({ setting: { defaultText, was } }: PlacedSetting, given: unknown): string {
  const number = String(given).trim();
  const example = /^\d+(?:\.\d+)?$/.test(number) ? number + was!.unit : defaultText;
  return `with a unit, as in ${example}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** As JSON, cut short, without secrets: a mistyped address may hold a password. */
function shownValue(value: unknown): string {
  const json = JSON.stringify(value, (_, part) => typeof part === "string" ? printableAddress(part) : part);
  return json.length > 80 ? `${json.slice(0, 80)}…` : json;
}

/** What somebody who wrote `word` most likely meant, in a form for the end of a message; "" if nothing is near. */
function suggestion(word: string, candidates: readonly string[]): string {
  const guess = closest(word, candidates);
  return distance(word, guess) <= Math.max(2, word.length * 0.4) ? `; did you mean ${guess}?` : "";
}
