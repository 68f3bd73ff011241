import { recipeKey } from "../../recipe/recipe.ts";
import { recipeText } from "../open/recipe_of.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { type MaintainedCacheConfig, withMaintainedCache } from "./with_maintained_cache.ts";

export interface CacheSetConfig extends MaintainedCacheConfig {
  readonly flags: { readonly company: string; readonly title: string; readonly answer: number };
}

/** Stores the answer to one question, replacing a cached one. */
export function cacheSet(config: CacheSetConfig, io: Io): Promise<number> {
  return withMaintainedCache(config, { create: true }, async ({ cache, recipe }) => {
    const { answer, company, title } = config.flags;
    const key = recipeKey(company, title, recipe);
    const [before] = await cache.get([key], io.signal);
    await cache.set([[key, answer]], io.signal);
    const was = before === undefined ? "none was cached" : `it was ${before}`;
    io.stderr(`Stored ${answer} in ${cache.url}, ${recipeText(recipe)}; ${was}\n`);
    return exitStatus.done;
  });
}
