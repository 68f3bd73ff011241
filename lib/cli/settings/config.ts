import { parseObjectUrl } from "../../stores/object_url.ts";
import { ConfigError } from "../../settings/config_error.ts";
import { readConfigFile } from "../../settings/config_file.ts";
import { resolveSettings, type SettingSources } from "../../settings/resolve_settings.ts";
import type { Settings, Values } from "../../settings/setting.ts";
import { enqueueTable, table, workTable } from "./table.ts";

/** Everything that a run is told, checked and complete. */
export type Config = Values<typeof table>;

const { from: _from, to: _to, ...withoutStores } = table;

/** Everything that a service is told, which has no stores. */
export type ServeConfig = Values<typeof withoutStores>;

/** Everything that `enqueue` is told. */
export type EnqueueConfig = Values<typeof enqueueTable>;

/** Everything that `work` is told. */
export type WorkConfig = Values<typeof workTable>;

export interface LoadConfigOptions {
  /** The file named on the command line. */
  readonly path?: string;
  /** Default: the process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The configuration of a run: the command line's flags, over the environment's `SLUICE_*` variables, over the file
 * (`path`, else `SLUICE_CONFIG`, else `sluice.jsonc` in the working directory), over the defaults.
 *
 * @throws {ConfigError} As {@linkcode resolveConfig}; or the file cannot be read.
 */
export async function loadConfig(
  flags: Readonly<Record<string, unknown>>,
  { path, env = Deno.env.toObject() }: LoadConfigOptions = {},
): Promise<Config> {
  const file = await readConfigFile(path ?? (env.SLUICE_CONFIG || undefined));
  return resolveConfig({ flags, env, file });
}

/** As {@linkcode loadConfig}, for a service. */
export function loadServeConfig(
  flags: Readonly<Record<string, unknown>>,
  options: LoadConfigOptions = {},
): Promise<ServeConfig> {
  return loadBy(withoutStores, flags, options);
}

/** As {@linkcode loadConfig}, for `enqueue`. */
export function loadEnqueueConfig(
  flags: Readonly<Record<string, unknown>>,
  options: LoadConfigOptions = {},
): Promise<EnqueueConfig> {
  return loadBy(enqueueTable, flags, options);
}

/** As {@linkcode loadConfig}, for `work`. */
export function loadWorkConfig(
  flags: Readonly<Record<string, unknown>>,
  options: LoadConfigOptions = {},
): Promise<WorkConfig> {
  return loadBy(workTable, flags, options);
}

async function loadBy<Table extends typeof withoutStores | typeof enqueueTable | typeof workTable>(
  own: Table,
  flags: Readonly<Record<string, unknown>>,
  { path, env = Deno.env.toObject() }: LoadConfigOptions,
): Promise<Values<Table>> {
  const file = await readConfigFile(path ?? (env.SLUICE_CONFIG || undefined));
  const config = resolveSettings(own, { flags, env, file }, { known: table });
  const isService = (own as Settings) === withoutStores;
  const problems = [
    // A service takes no notice of shortcuts, nor an enqueuer or a worker of fill.
    ...contradictions(isService ? { ...config, cluster: false, provenance: undefined } : config),
    ...unlistable({ ...config, fill: false }),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/**
 * Checks and completes what was set.
 *
 * @throws {ConfigError} As {@linkcode resolveSettings}; or settings contradict each other.
 */
export function resolveConfig(sources: SettingSources): Config {
  const config = resolveSettings(table, sources);
  const problems = [...contradictions(config), ...unlistable(config)];
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

type Checked = Pick<
  ServeConfig,
  | "cache"
  | "cluster"
  | "fleet"
  | "since"
  | "until"
  | "s3Sse"
  | "s3SseKmsKeyId"
  | "modelCert"
  | "modelKey"
  | "companyField"
  | "titleField"
  | "outputField"
  | "provenance"
>;

function contradictions(config: Checked): string[] {
  const { cache, cluster, fleet, since, until, s3Sse, s3SseKmsKeyId, modelCert, modelKey, provenance } =
    config;
  const problems: string[] = [];
  if (fleet !== undefined && /^(?:memory|none):$/.test(cache)) {
    problems.push(
      `Cannot use fleet with cache ${cache}: processes find each other's answers in a cache that they share`,
    );
  }
  if (fleet !== undefined && cluster) {
    problems.push("Cannot use fleet with cluster: each process knows its own near titles only");
  }
  if (since !== undefined && until !== undefined && since >= until) {
    problems.push(
      `Cannot use since and until together: since (${written(since)}) must be before until (${
        written(until)
      })`,
    );
  }
  if (s3SseKmsKeyId !== undefined && s3Sse !== "aws:kms") {
    problems.push(`Cannot use s3SseKmsKeyId: s3Sse must be aws:kms, not ${s3Sse ?? "left out"}`);
  }
  if ((modelCert === undefined) !== (modelKey === undefined)) {
    problems.push(
      `Cannot use ${
        modelCert === undefined ? "modelKey" : "modelCert"
      } alone: a client certificate needs both modelCert and modelKey`,
    );
  }
  const taken = (["companyField", "titleField", "outputField"] as const)
    .find((name) => provenance !== undefined && config[name] === provenance);
  if (taken !== undefined) {
    problems.push(`Cannot use provenance ${provenance}: it is the ${taken} already`);
  }
  return problems;
}

/** What needs a list of what was skipped, and has no place for it. */
function unlistable({ fill, rare, to }: Pick<Config, "fill" | "rare"> & { readonly to?: string }): string[] {
  if (to === undefined || (rare === 1 && !fill) || parseObjectUrl(to).kind !== "postgres") return [];
  const listed = fill ? "fill" : "rare";
  return [`Cannot use ${listed} with a database: it has no place for the list of what was skipped`];
}

/** A point in time as people read it, in UTC. */
function written(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().replace(".000Z", "Z");
}
