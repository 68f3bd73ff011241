import type { Values } from "../../settings/setting.ts";
import type { CacheCommandConfig, cacheDropFlags } from "./cache_settings.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { plural } from "../../text/format.ts";
import { recipeWords, withMaintainedCache } from "./with_maintained_cache.ts";

export type CacheDropOptions = CacheCommandConfig & Values<typeof cacheDropFlags>;

/** Removes all answers of a model's version, in steps between which the cache serves others. */
export function cacheDrop(options: CacheDropOptions, io: Io): Promise<number> {
  return withMaintainedCache(options, { create: false }, async ({ cache, recipe, namespace }) => {
    const removed = await cache.drop(namespace, io.signal);
    io.stderr(`Removed ${plural(removed, "answer")} from ${cache.url}: ${recipeWords(recipe)}\n`);
    return exitStatus.done;
  });
}
