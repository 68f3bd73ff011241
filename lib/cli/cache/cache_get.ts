import { recipeKey } from "../../recipe/recipe.ts";
import { recipeText } from "../open/recipe_of.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { print } from "../print.ts";
import { type MaintainedCacheConfig, withMaintainedCache } from "./with_maintained_cache.ts";

export interface CacheGetConfig extends MaintainedCacheConfig {
  readonly flags: { readonly company: string; readonly title: string };
}

/** Prints the answer to one question; resolves to 1 if it is not cached. Renews the answer's TTL. */
export function cacheGet(config: CacheGetConfig, io: Io): Promise<number> {
  return withMaintainedCache(config, { create: false }, async ({ cache, recipe }) => {
    const { company, title } = config.flags;
    const [answer] = await cache.get([recipeKey(company, title, recipe)], io.signal);
    if (answer === undefined) {
      io.stderr(`No answer is cached in ${cache.url}, ${recipeText(recipe)}\n`);
      return exitStatus.undone;
    }
    if (io.stdoutIsTerminal) print(io, `${answer}\n`);
    else io.stdout(`${answer}\n`);
    return exitStatus.done;
  });
}
