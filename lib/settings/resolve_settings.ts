import * as v from "valibot";
import { ConfigError } from "./config_error.ts";
import type { ConfigFile } from "./config_file.ts";
import { flagOf, variableOf } from "./names.ts";
import type { Setting, Settings, Values } from "./setting.ts";
import { suggestion } from "./suggestion.ts";

/** What was set, unchecked, by where it was set. */
export interface SettingSources {
  /** By setting name; `undefined` is as good as absent. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** All environment variables; those that are empty count as not set. */
  readonly env?: Readonly<Record<string, string>>;
  readonly file?: ConfigFile;
}

export interface ResolveSettingsOptions {
  /** All settings that the environment and the file may name, others than `table` has too; `table`'s unless told. */
  readonly known?: Settings;
}

/**
 * Checks what was set and fills in the defaults: a flag wins over the environment, the environment over the file.
 *
 * @throws {ConfigError} Naming every value that cannot be used and where it came from, every key of the file and
 * every `SLUICE_*` variable that is no setting, and every required setting that is missing.
 */
export function resolveSettings<Table extends Settings>(
  table: Table,
  sources: SettingSources,
  { known = table }: ResolveSettingsOptions = {},
): Values<Table> {
  const problems = [...unknownVariables(known, sources.env), ...unknownKeys(known, sources.file)];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(table)) {
    const given = find(name, setting, sources);
    if (given === undefined) {
      values[name] = setting.default;
      if (setting.required !== undefined) {
        problems.push(`Cannot start without ${flagOf(name)}: ${setting.required}`);
      }
      continue;
    }
    const checked = v.safeParse(setting.schema, given.value);
    if (checked.success) values[name] = checked.output;
    else {
      const found = setting.secret ? "" : `, not ${printable(given.value)}`;
      problems.push(`Cannot set ${name} by ${given.source}: ${checked.issues[0].message}${found}`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return values as Values<Table>;
}

function find(
  name: string,
  { fallbackVariable = "" }: Setting<unknown>,
  { flags, env = {}, file }: SettingSources,
) {
  if (flags[name] !== undefined) return { value: flags[name], source: flagOf(name) };
  const variable = variableOf(name);
  if (env[variable]) return { value: env[variable], source: variable };
  if (file && Object.hasOwn(file.values, name)) {
    return { value: file.values[name], source: `${file.path} line ${file.lines.get(name)}` };
  }
  if (env[fallbackVariable]) return { value: env[fallbackVariable], source: fallbackVariable };
}

/** `SLUICE_CONFIG` names the file; Kubernetes sets the others in every pod beside a service called `sluice`. */
const otherVariables = /^SLUICE_(CONFIG$|SERVICE_HOST$|SERVICE_PORT|PORT$|PORT_\d)/;

function unknownVariables(table: Settings, env: Readonly<Record<string, string>> = {}): string[] {
  const known = Object.keys(table).map(variableOf);
  return Object.keys(env)
    .filter((name) => name.startsWith("SLUICE_") && !known.includes(name) && !otherVariables.test(name))
    .map((name) => `Cannot use ${name}: there is no such setting${suggestion(name, known)}`);
}

function unknownKeys(table: Settings, file?: ConfigFile): string[] {
  if (!file) return [];
  const known = Object.keys(table);
  return Object.keys(file.values).filter((key) => key !== "$schema" && !Object.hasOwn(table, key)).map((
    key,
  ) =>
    `Cannot use ${JSON.stringify(key)} of ${file.path} line ${
      file.lines.get(key)
    }: there is no such setting` +
    suggestion(key, known)
  );
}

/** As JSON, cut short, without what stands before an @: a mistyped address may hold a password. */
function printable(value: unknown): string {
  const json = JSON.stringify(value).replace(/("?(?:[a-z+]*:?\/\/|[a-z+]+:)?).*@/i, "$1…@");
  return json.length > 80 ? `${json.slice(0, 80)}…` : json;
}
