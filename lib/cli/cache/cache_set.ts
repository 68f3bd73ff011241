import { recipeKey } from "../../recipe/recipe.ts";
import type { Values } from "../../settings/setting.ts";
import type { CacheCommandConfig, cacheSetFlags } from "./cache_settings.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { recipeWords, withMaintainedCache } from "./with_maintained_cache.ts";

export type CacheSetOptions = CacheCommandConfig & Values<typeof cacheSetFlags>;

/** Puts one answer in the place of what is known. */
export function cacheSet(options: CacheSetOptions, io: Io): Promise<number> {
  return withMaintainedCache(options, { create: true }, async ({ cache, recipe }) => {
    const key = recipeKey(options.company, options.title, recipe);
    const [before] = await cache.get([key], io.signal);
    await cache.set([[key, options.answer]], io.signal);
    const was = before === undefined ? "none was known" : `it was ${before}`;
    io.stderr(`Stored ${options.answer} in ${cache.url}, ${recipeWords(recipe)}; ${was}\n`);
    return exitStatus.done;
  });
}
