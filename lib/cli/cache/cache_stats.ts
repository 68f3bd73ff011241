import type { CacheGeneration } from "../../caches/cache.ts";
import type { Values } from "../../settings/setting.ts";
import { count, plural, share } from "../../text/format.ts";
import type { CacheCommandConfig, cacheStatsFlags } from "./cache_settings.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { recipeWords, withMaintainedCache } from "./with_maintained_cache.ts";

export type CacheStatsOptions = CacheCommandConfig & Values<typeof cacheStatsFlags>;

/** Says on standard output what the cache holds for a recipe. */
export function cacheStats(options: CacheStatsOptions, io: Io): Promise<number> {
  return withMaintainedCache(options, { create: false }, async ({ cache, recipe, namespace }) => {
    const { entries, bytesPerEntry, generations, server } = await cache.stats(io.signal);
    if (options.json) {
      const { modelName, modelVersion, normalize } = recipe;
      const whose = { modelName, modelVersion, normalize, namespace };
      const stats = { cache: cache.url, recipe: whose, entries, bytesPerEntry, generations, server };
      io.stdout(`${JSON.stringify(stats)}\n`);
      return exitStatus.done;
    }
    const lines: [string, string][] = [
      ["cache", cache.url],
      ["recipe", `${recipeWords(recipe)}: namespace ${namespace}`],
      [
        "entries",
        `${count(entries)}${bytesPerEntry === undefined ? "" : `, ${bytesText(bytesPerEntry)} each`}`,
      ],
      ...generations.filter(isToldApart).map((
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
    io.stdout(lines.map(([title, words]) => `${title.padEnd(9)}${words}\n`).join(""));
    return exitStatus.done;
  });
}

/** Single entries that never expire have been counted already. */
function isToldApart({ buckets, expiresAt }: CacheGeneration): boolean {
  return buckets !== undefined || expiresAt !== undefined;
}

function generationText({ buckets, entries, expiresAt }: CacheGeneration): string {
  const where = buckets === undefined ? "" : ` in ${plural(buckets, "bucket")}`;
  const until = expiresAt === undefined ? "" : `, expires at ${expiresAt.toISOString()}`;
  return `${count(entries)}${where}${until}`;
}

function bytesText(bytes: number): string {
  return `${bytes.toFixed(1)} bytes`;
}
