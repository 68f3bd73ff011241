import type { CacheGeneration } from "../../caches/cache.ts";
import { count, plural, share } from "../../text/format.ts";
import { recipeText } from "../open/recipe_of.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { print } from "../print.ts";
import { type MaintainedCacheConfig, withMaintainedCache } from "./with_maintained_cache.ts";

export interface CacheStatsConfig extends MaintainedCacheConfig {
  readonly flags: { readonly json: boolean };
}

/** Prints on standard output what the cache holds for a recipe. */
export function cacheStats(config: CacheStatsConfig, io: Io): Promise<number> {
  return withMaintainedCache(config, { create: false }, async ({ cache, recipe, namespace }) => {
    const { entries, bytesPerEntry, generations, server } = await cache.stats(io.signal);
    if (config.flags.json) {
      const { modelName, modelVersion, normalize } = recipe;
      const whose = { modelName, modelVersion, normalize, namespace };
      const stats = { cache: cache.url, recipe: whose, entries, bytesPerEntry, generations, server };
      io.stdout(`${JSON.stringify(stats)}\n`);
      return exitStatus.done;
    }
    const lines: [string, string][] = [
      ["cache", cache.url],
      ["recipe", `${recipeText(recipe)}: namespace ${namespace}`],
      [
        "entries",
        `${count(entries)}${bytesPerEntry === undefined ? "" : `, ${bytesText(bytesPerEntry)} each`}`,
      ],
      ...generations.filter(isDistinct).map((
        generation,
      ): [string, string] => ["", generationText(generation)]),
    ];
    if (server !== undefined) {
      const all = server.found + server.missed;
      lines.push([
        "server",
        `hit rate of the whole server since its start: ${share(server.found, all)} of ${
          plural(all, "lookup")
        }` +
        (generations.some(({ buckets }) => buckets !== undefined)
          ? "; a bucket that exists counts as a hit, whether it has the answer or not"
          : ""),
      ]);
    }
    print(io, lines.map(([title, words]) => `${title.padEnd(9)}${words}\n`).join(""));
    return exitStatus.done;
  });
}

/** Entries without a TTL and outside buckets are counted already. */
function isDistinct({ buckets, expiresAt }: CacheGeneration): boolean {
  return buckets !== undefined || expiresAt !== undefined;
}

function generationText({ buckets, entries, expiresAt }: CacheGeneration): string {
  const where = buckets === undefined ? "" : ` in ${plural(buckets, "bucket")}`;
  const until = expiresAt === undefined ? "" : `, expires at ${expiresAt.toISOString()}`;
  return `${count(entries)}${where}${until}`;
}

function bytesText(bytes: number): string {
  return `${bytes.toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 })} bytes`;
}
