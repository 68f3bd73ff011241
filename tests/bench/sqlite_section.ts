import { openCache } from "../../lib/caches/open_cache.ts";
import { cacheEntries } from "./cache_entries.ts";
import { fillCache } from "./fill_cache.ts";
import { lookupRate } from "./lookup_rate.ts";
import type { Section } from "./section.ts";

/** How fast a window is found in a SQLite file, and what an entry takes there. */
export const sqliteSection: Section = {
  name: "sqlite",
  async run(surroundings) {
    const { options } = surroundings;
    const entries = cacheEntries(options.isLong);
    const folder = await Deno.makeTempDir({ prefix: "sluice-bench-" });
    try {
      const cache = await openCache(
        { url: `sqlite:${folder}/cache.db` },
        "0123456789abcdef",
      );
      options.say(`sqlite: ${entries.toLocaleString("en-US")} entries`);
      const written = await fillCache(cache, entries);
      const rates = await surroundings.rounds(
        "sqlite",
        (round) => lookupRate(cache, entries, round),
      );
      await cache.close();
      const { size } = await Deno.stat(`${folder}/cache.db`);
      return [
        {
          name: `SQLite, windows of 1,000 keys of ${entries.toLocaleString("en-US")}`,
          unit: "keys/s",
          values: rates,
          bar: { atLeast: 150_000 },
        },
        { name: "  written", unit: "keys/s", values: [written] },
        {
          name: "  an entry in the file",
          unit: "bytes",
          values: [size / entries],
        },
      ];
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
};
