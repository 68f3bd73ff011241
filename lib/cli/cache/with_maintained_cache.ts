import { stat } from "node:fs/promises";
import type { Cache, MaintainedCache } from "../../caches/cache.ts";
import { openCache, sqlitePath } from "../../caches/open_cache.ts";
import { answersFingerprint, type Recipe } from "../../recipe/recipe.ts";
import { ConfigError } from "../../settings/config_error.ts";
import type { CacheCommandConfig } from "./cache_settings.ts";
import { recipeOf } from "../open/open_parts.ts";

export interface WithMaintainedCacheOptions {
  /** Makes the file of a `sqlite:` cache where there is none. */
  readonly create: boolean;
}

/** A cache, and whose answers it was opened for. */
export interface OpenedCache {
  readonly cache: MaintainedCache;
  readonly recipe: Recipe;
  readonly namespace: string;
}

/**
 * Opens the cache for a command that looks after it, does the work, and closes it.
 *
 * @throws {ConfigError} The cache ends with its process.
 * @throws {Error} There is no such file; or as {@linkcode openCache} does, and the work.
 */
export async function withMaintainedCache<T>(
  config: CacheCommandConfig,
  { create }: WithMaintainedCacheOptions,
  work: (opened: OpenedCache) => Promise<T>,
): Promise<T> {
  const path = sqlitePath(config.cache);
  if (path !== undefined && !create && !await exists(path)) {
    throw new Error(`Cannot open cache sqlite:${path}: there is no such file`);
  }
  const recipe = recipeOf({ ...recipeDefaults, ...config });
  const namespace = await answersFingerprint(recipe);
  // A file keeps answers for ever: a period that runs with another cache are told harms nothing here.
  // Nor is a filter of use to one command.
  const options = { ...config, ttl: path === undefined ? config.ttl : undefined, bloom: undefined };
  const cache = await openCache(config.cache, namespace, options);
  try {
    if (!isMaintained(cache)) {
      throw new ConfigError([
        `Cannot use cache ${cache.url} here: nothing of it outlives a run; ` +
        `it must be redis://HOST:PORT, rediss://HOST:PORT, redis+cluster://HOST:PORT,… or sqlite:PATH`,
      ]);
    }
    return await work({ cache, recipe, namespace });
  } finally {
    await cache.close();
  }
}

/** Fields' names are no part of what an answer depends on. */
const recipeDefaults = { companyField: "company", titleField: "title", outputField: "seniority" };

/** Whose answers, in words: `model seniority 1, keys exact`. */
export function recipeWords({ modelName, modelVersion, normalize }: Recipe): string {
  return `model ${modelName} ${modelVersion}, keys ${normalize}`;
}

function isMaintained(cache: Cache): cache is MaintainedCache {
  return "hashBytes" in cache;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return false;
    throw error;
  }
}
