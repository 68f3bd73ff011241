import { dirname, join } from "node:path";
import type { shortcutSettings } from "../../shortcuts/shortcut_settings.ts";
import type { Cache } from "../../caches/cache.ts";
import { skippedPrefix } from "../../records/stages/skipped.ts";
import { openCache } from "../../caches/open_cache.ts";
import type { Model } from "../../models/model.ts";
import type { OpenedCoordinator } from "../../coordination/open_coordinator.ts";
import { defaultModelName } from "./model_defaults.ts";
import { openModel } from "./open_model.ts";
import { answersFingerprint, type Recipe, type recipeSettings } from "../../recipe/recipe.ts";
import type { Config, ServeConfig } from "../settings/config.ts";
import { callsPerSecondOf } from "./open_answers.ts";
import { isNested, openStore, type OpenStoreOptions } from "../../stores/open_store.ts";
import type { Store } from "../../stores/store.ts";
import type { postgresSettings } from "../../stores/store_settings.ts";
import type { Tell } from "../../text/tell.ts";

/** Who answers: the outside parts of a service. */
export interface AnswerParts {
  readonly cache: Cache;
  readonly model: Model;
  readonly coordinator: OpenedCoordinator | undefined;
  close(): Promise<void>;
}

/** The outside parts that a run is made of. */
export interface Parts extends AnswerParts {
  readonly source: Store;
  readonly destination: Store;
}

/** What a recipe is told; of the model's address, only whether it is the word list's. */
export type RecipeConfig =
  & Pick<Config, keyof typeof recipeSettings>
  & Partial<Pick<Config, keyof typeof shortcutSettings>>
  & { readonly model?: string };

/** The recipe that the settings describe. */
export function recipeOf(config: RecipeConfig): Recipe {
  const { companyField, titleField, outputField, provenance, modelVersion, normalize } = config;
  const { cluster, agreement = 0.99, agreementSample: sample = 0.05, rare = 1, rareBelow: below = 2 } =
    config;
  return {
    companyField,
    titleField,
    outputField,
    provenanceField: provenance,
    cluster: cluster ? { agreement, sample } : undefined,
    rare: rare < 1 ? { probability: rare, below } : undefined,
    modelVersion,
    normalize,
    modelName: config.modelName ?? defaultModelName(config.model),
  };
}

/** What a source is told. Outputs are not read as objects: where they go is told too, if it is known. */
export type SourceConfig = Pick<Config, "from" | "s3Ca" | "s3Timeout"> & { readonly to?: string };

/** What a destination is told; encryption is for those that are written to. */
export type DestinationConfig =
  & Pick<Config, "to" | "s3Ca" | "s3Timeout" | keyof typeof postgresSettings>
  & Partial<Pick<Config, "s3Sse" | "s3SseKmsKeyId">>;

export function openSource(config: SourceConfig): Promise<Store> {
  refuseNested(config);
  return openStore(config.from, { role: "source", ca: config.s3Ca, timeoutSeconds: config.s3Timeout });
}

/** What a run gives its destination. */
export type DestinationOptions = Pick<OpenStoreOptions, "journal" | "onTrouble">;

export function openDestination(
  config: DestinationConfig,
  options: DestinationOptions = {},
): Promise<Store> {
  const { s3Ca: ca, s3Timeout: timeoutSeconds, s3Sse: sse, s3SseKmsKeyId: sseKmsKeyId } = config;
  const { table, tableKey: key, postgresCa, postgresConnections, postgresTimeout } = config;
  const postgres = {
    table,
    key,
    ca: postgresCa,
    connections: postgresConnections,
    timeoutSeconds: postgresTimeout,
  };
  return openStore(config.to, {
    role: "destination",
    ca,
    timeoutSeconds,
    sse,
    sseKmsKeyId,
    postgres,
    ...options,
  });
}

/** The destination's lists of what its outputs hold no answers for. */
export function openSkipped(config: Config): Promise<Store> {
  const { s3Ca: ca, s3Timeout: timeoutSeconds, to } = config;
  return openStore(`${to.replace(/\/*$/, "")}/${skippedPrefix}`, { role: "destination", ca, timeoutSeconds });
}

export async function openRecipeCache(config: ServeConfig, recipe: Recipe, onTrouble?: Tell): Promise<Cache> {
  const bloomFolder = join(dirname(config.ledger), "bloom");
  return await openCache(config.cache, await answersFingerprint(recipe), {
    ...config,
    bloomFolder,
    onTrouble,
  });
}

/**
 * Opens them all; what was opened is closed again where one of them cannot be.
 *
 * @throws {Error} As the stores, caches and models do; or source and destination lie in each other.
 */
export function openParts(
  config: Config,
  recipe: Recipe,
  destination: DestinationOptions,
): Promise<Parts> {
  return openAll(async (keep, close) => ({
    source: await keep(openSource(config)),
    destination: await keep(openDestination(config, destination)),
    cache: await keep(openRecipeCache(config, recipe, destination.onTrouble)),
    ...await openModelAndCoordinator(config, recipe, keep),
    close,
  }));
}

/** The same without stores. */
export function openAnswerParts(
  config: ServeConfig,
  recipe: Recipe,
  onTrouble: Tell,
): Promise<AnswerParts> {
  return openAll(async (keep, close) => ({
    cache: await keep(openRecipeCache(config, recipe, onTrouble)),
    ...await openModelAndCoordinator(config, recipe, keep),
    close,
  }));
}

/** The way to the other processes, where the settings name one. */
export async function openConfiguredCoordinator(
  config: ServeConfig,
  recipe: Recipe,
  model: Model,
): Promise<OpenedCoordinator | undefined> {
  if (config.fleet === undefined) return undefined;
  const { openCoordinator } = await import("../../coordination/open_coordinator.ts"); // only where it is wanted: it takes time to load
  return await openCoordinator(config.fleet, {
    // The queue's Redis is reached in the same way for both.
    cacheCa: (config.fleet === config.queue ? config.queueCa : undefined) ?? config.cacheCa,
    cacheTimeoutSeconds: config.cacheTimeoutSeconds,
    namespace: await answersFingerprint(recipe),
    model: model.url,
    callsPerSecond: callsPerSecondOf(config),
  });
}

async function openModelAndCoordinator(
  config: ServeConfig,
  recipe: Recipe,
  keep: Keep,
): Promise<Pick<AnswerParts, "coordinator" | "model">> {
  const model = await keep(openModel(config.model, config));
  const coordinator = await openConfiguredCoordinator(config, recipe, model);
  return { model, coordinator: coordinator && await keep(Promise.resolve(coordinator)) };
}

interface Closeable {
  close(): Promise<void>;
}

type Keep = <T extends Closeable>(opening: Promise<T>) => Promise<T>;

/** Opens several parts; what was opened is closed again where one of them cannot be. */
async function openAll<T>(open: (keep: Keep, close: () => Promise<void>) => Promise<T>): Promise<T> {
  const opened: Closeable[] = [];
  const keep: Keep = async (opening) => {
    const part = await opening;
    opened.push(part);
    return part;
  };
  const close = async () => {
    const ended = await Promise.allSettled(opened.map((part) => part.close()));
    const failure = ended.find((end) => end.status === "rejected");
    if (failure !== undefined) throw failure.reason;
  };
  try {
    return await open(keep, close);
  } catch (error) {
    await close();
    throw error;
  }
}

function refuseNested({ from, to }: SourceConfig): void {
  if (to === undefined || !isNested(from, to)) return;
  throw new Error(
    `Cannot read ${from} and write ${to}: one lies in the other, so outputs would be taken for objects`,
  );
}
