import { recipeKey } from "../../recipe/recipe.ts";
import type { Values } from "../../settings/setting.ts";
import type { CacheCommandConfig, cacheGetFlags } from "./cache_settings.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { recipeWords, withMaintainedCache } from "./with_maintained_cache.ts";

export type CacheGetOptions = CacheCommandConfig & Values<typeof cacheGetFlags>;

/** Prints the answer to one question; resolves to 1 where none is known. Counts as asking, where answers expire. */
export function cacheGet(options: CacheGetOptions, io: Io): Promise<number> {
  return withMaintainedCache(options, { create: false }, async ({ cache, recipe }) => {
    const [answer] = await cache.get([recipeKey(options.company, options.title, recipe)], io.signal);
    if (answer === undefined) {
      io.stderr(`No answer is known in ${cache.url}, ${recipeWords(recipe)}\n`);
      return exitStatus.undone;
    }
    io.stdout(`${answer}\n`);
    return exitStatus.done;
  });
}
