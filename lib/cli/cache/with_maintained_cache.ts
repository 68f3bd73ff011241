import type { MaintainedCache } from "../../caches/cache.ts";
import { cacheAddress } from "../../caches/cache_address.ts";
import { openCache } from "../../caches/open_cache.ts";
import { answersFingerprint, type Recipe } from "../../recipe/recipe.ts";
import { SluiceError } from "../../errors/sluice_error.ts";
import { ConfigError } from "../../settings/config_error.ts";
import { fileExists } from "../open/file_exists.ts";
import { type RecipeConfig, recipeOf } from "../open/recipe_of.ts";
import type { Taking } from "../settings/sections.ts";

/** The settings of a cache, and of whose answers are meant. */
export interface MaintainedCacheConfig extends Omit<RecipeConfig, "shortcuts"> {
  readonly cache: Taking<"cache", "url">;
}

export interface WithMaintainedCacheOptions {
  /** Creates the file of a `sqlite:` cache if it is missing. */
  readonly create: boolean;
}

/** A cache, and whose answers it was opened for. */
export interface OpenedCache {
  readonly cache: MaintainedCache;
  readonly recipe: Recipe;
  readonly namespace: string;
}

/**
 * Opens the cache for a command that inspects or edits it, does the work, and closes it.
 *
 * @throws {ConfigError} The cache ends with its process.
 * @throws {Error} There is no such file; or as {@linkcode openCache} does, and the work.
 */
export async function withMaintainedCache<T>(
  config: MaintainedCacheConfig,
  { create }: WithMaintainedCacheOptions,
  work: (opened: OpenedCache) => Promise<T>,
): Promise<T> {
  const path = cacheAddress(config.cache.url)?.path;
  if (path !== undefined && !create && !await fileExists(path)) {
    throw new SluiceError({
      kind: "input",
      action: "open",
      subject: `cache sqlite:${path}`,
      reason: "there is no such file",
    });
  }
  const recipe = recipeOf(config);
  const namespace = await answersFingerprint(recipe);
  // A TTL for runs with another cache does no harm here: a file keeps answers without a limit.
  // A Bloom filter is of no use to one command.
  const { url, ca, timeoutSeconds, layout, ttlSeconds } = config.cache;
  const settings = {
    url,
    ca,
    timeoutSeconds,
    layout,
    ttlSeconds: path === undefined ? ttlSeconds : undefined,
  };
  const cache = await openCache(settings, namespace);
  try {
    const { maintained } = cache;
    if (maintained === undefined) {
      throw new ConfigError([
        `Cannot use cache ${cache.url} here: it does not persist between runs; ` +
        `it must be redis://HOST:PORT, rediss://HOST:PORT, redis+cluster://HOST:PORT,…, redis+unix:///PATH or sqlite:PATH`,
      ]);
    }
    return await work({ cache: maintained, recipe, namespace });
  } finally {
    await cache.close();
  }
}
