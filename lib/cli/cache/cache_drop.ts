import { recipeText } from "../open/recipe_of.ts";
import { plural } from "../../text/format.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { type MaintainedCacheConfig, withMaintainedCache } from "./with_maintained_cache.ts";

export interface CacheDropConfig extends Pick<MaintainedCacheConfig, "cache" | "model"> {
  readonly recipe: Omit<MaintainedCacheConfig["recipe"], "modelVersion">;
  readonly flags: { readonly modelVersion: string };
}

/** Deletes all answers of a model version, in steps between which the cache serves others. */
export function cacheDrop({ flags, ...config }: CacheDropConfig, io: Io): Promise<number> {
  const named = { ...config, recipe: { ...config.recipe, modelVersion: flags.modelVersion } };
  return withMaintainedCache(named, { create: false }, async ({ cache, recipe, namespace }) => {
    const removed = await cache.drop(namespace, io.signal);
    io.stderr(`Removed ${plural(removed, "answer")} from ${cache.url}: ${recipeText(recipe)}\n`);
    return exitStatus.done;
  });
}
