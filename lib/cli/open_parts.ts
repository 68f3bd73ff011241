import type { Cache } from "../caches/cache.ts";
import { openCache } from "../caches/open_cache.ts";
import type { Model } from "../models/model.ts";
import { openModel } from "../models/open_model.ts";
import { answersFingerprint, type Recipe } from "../recipe.ts";
import type { Config } from "../settings/config.ts";
import { isNested, openStore } from "../stores/open_store.ts";
import type { Store } from "../stores/store.ts";

/** The outside parts that a run is made of. */
export interface Parts {
  readonly source: Store;
  readonly destination: Store;
  readonly cache: Cache;
  readonly model: Model;
  close(): Promise<void>;
}

/** The recipe that the settings describe. */
export function recipeOf(config: Config): Recipe {
  const { companyField, titleField, outputField, modelVersion, normalize } = config;
  return {
    companyField,
    titleField,
    outputField,
    modelVersion,
    normalize,
    modelName: config.modelName ?? (config.model === "reference:" ? "reference" : "seniority"),
  };
}

export function openSource(config: Config): Promise<Store> {
  refuseNested(config);
  return openStore(config.from, { role: "source" });
}

export function openDestination(config: Config): Promise<Store> {
  return openStore(config.to, { role: "destination", sse: config.s3Sse, sseKmsKeyId: config.s3SseKmsKeyId });
}

export async function openRecipeCache(config: Config, recipe: Recipe): Promise<Cache> {
  return await openCache(config.cache, await answersFingerprint(recipe), config);
}

/**
 * Opens them all; what was opened is closed again where one of them cannot be.
 *
 * @throws {Error} As the stores, caches and models do; or source and destination lie in each other.
 */
export async function openParts(config: Config, recipe: Recipe): Promise<Parts> {
  const opened: { close(): Promise<void> }[] = [];
  const keep = async <T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> => {
    const part = await opening;
    opened.push(part);
    return part;
  };
  const close = async () => {
    for (const part of opened.reverse()) await part.close();
  };
  try {
    return {
      source: await keep(openSource(config)),
      destination: await keep(openDestination(config)),
      cache: await keep(openRecipeCache(config, recipe)),
      model: await keep(openModel(config.model, config)),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function refuseNested({ from, to }: Config): void {
  if (!isNested(from, to)) return;
  throw new Error(
    `Cannot read ${from} and write ${to}: one lies in the other, so outputs would be taken for objects`,
  );
}
