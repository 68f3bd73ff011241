import { openCache } from "../../lib/caches/open_cache.ts";
import { RedisServer } from "../fakes/redis_server.ts";
import { cacheEntries } from "./cache_entries.ts";
import { fillCache } from "./fill_cache.ts";
import { lookupRate } from "./lookup_rate.ts";
import { PlainStrings } from "./plain_strings.ts";
import type { Section } from "./section.ts";

/** What an entry takes in Redis, and how fast a window is found, against plain strings in a server of their own. */
export const redisSection: Section = {
  name: "redis",
  async run(surroundings) {
    const { options } = surroundings;
    const entries = cacheEntries(options.isLong);
    const servers = [await RedisServer.start(), await RedisServer.start()];
    try {
      const [ours, theirs] = servers;
      if (typeof ours !== "object" || typeof theirs !== "object") return [];
      const [oursInfo, plain] = [await PlainStrings.open(ours.url), await PlainStrings.open(theirs.url)];
      const cache = await openCache(ours.url, "0123456789abcdef");
      options.say(`redis: ${entries.toLocaleString("en-US")} entries`);
      const emptyBytes = await oursInfo.usedMemory(), emptyPlainBytes = await plain.usedMemory();
      const written = await fillCache(cache, entries), plainWritten = await fillCache(plain, entries);
      const bytes = await oursInfo.usedMemory() - emptyBytes;
      const plainBytes = await plain.usedMemory() - emptyPlainBytes;
      const rates = await surroundings.rounds("redis", async (round) => ({
        ours: await lookupRate(cache, entries, round),
        plain: await lookupRate(plain, entries, round),
      }));
      await cache.close();
      await plain.close();
      await oursInfo.close();
      const of = `of ${entries.toLocaleString("en-US")}`;
      return [
        { name: `Redis, memory for an entry ${of}`, unit: "bytes", values: [bytes / entries] },
        { name: "  as plain strings", unit: "bytes", values: [plainBytes / entries] },
        {
          name: `Redis, windows of 1,000 keys ${of}, against MGET on plain strings`,
          unit: "",
          values: rates.map(({ ours, plain }) => ours / plain),
        },
        { name: "  read", unit: "keys/s", values: rates.map(({ ours }) => ours) },
        { name: "  read, plain strings", unit: "keys/s", values: rates.map(({ plain }) => plain) },
        { name: "  written against MSET of plain strings", unit: "", values: [written / plainWritten] },
      ];
    } finally {
      for (const server of servers) if (typeof server === "object") await server[Symbol.asyncDispose]();
    }
  },
};
