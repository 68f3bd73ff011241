import { RedisCache } from "../../lib/caches/redis/redis.ts";
import { RedisServer } from "../fakes/redis_server.ts";
import { cacheEntries } from "./cache_entries.ts";
import { cacheKey } from "./cache_key.ts";
import { fillCache } from "./fill_cache.ts";
import { lookupRate } from "./lookup_rate.ts";
import { PlainStrings } from "./plain_strings.ts";
import type { Section } from "./section.ts";

const namespace = "0123456789abcdef";
const ttlSeconds = 90 * 86_400, windowKeys = 1_000;

/**
 * What an entry takes in Redis, and how fast a window is found: in buckets, against strings that the same code keeps
 * (MGET, keys hashed alike), each in a server of its own; and beside them MGET by the client with nothing around it.
 */
export const redisSection: Section = {
  name: "redis",
  async run(surroundings) {
    const { options } = surroundings;
    const entries = cacheEntries(options.isLong);
    const servers = [
      await RedisServer.start(),
      await RedisServer.start(),
      await RedisServer.start(),
    ];
    try {
      const [first, second, third] = servers;
      if (
        typeof first !== "object" || typeof second !== "object" ||
        typeof third !== "object"
      ) return [];
      const infos = await Promise.all(
        [first, second].map(({ url }) => PlainStrings.open(url)),
      );
      const bare = await PlainStrings.open(third.url);
      const buckets = new RedisCache(first.url, namespace);
      const strings = new RedisCache(second.url, namespace, {
        layout: "strings",
      });
      options.say(`redis: ${entries.toLocaleString("en-US")} entries`);
      const empty = await Promise.all(infos.map((info) => info.usedMemory()));
      const written = await fillCache(buckets, entries),
        stringsWritten = await fillCache(strings, entries);
      await fillCache(bare, entries);
      const used = await Promise.all(infos.map((info) => info.usedMemory()));
      const rates = await surroundings.rounds("redis", async (round) => ({
        buckets: await lookupRate(buckets, entries, round),
        strings: await lookupRate(strings, entries, round),
        bare: await lookupRate(bare, entries, round),
      }));
      for (const cache of [buckets, strings, bare, ...infos]) {
        await cache.close();
      }
      options.say("redis: with --ttl");
      const kept = await bytesWithTtl(entries);
      const of = `of ${entries.toLocaleString("en-US")}`;
      return [
        {
          name: `Redis, memory for an entry ${of}`,
          unit: "bytes",
          values: [(used[0]! - empty[0]!) / entries],
          bar: { atMost: 14 },
        },
        {
          name: `Redis, memory for an entry ${of}, with --ttl, a third carried forward`,
          unit: "bytes",
          values: [kept],
          bar: { atMost: 20 },
        },
        {
          name: "  as strings",
          unit: "bytes",
          values: [(used[1]! - empty[1]!) / entries],
        },
        {
          name: `Redis, windows of 1,000 keys ${of}, against MGET on strings`,
          unit: "",
          values: rates.map(({ buckets, strings }) => buckets / strings),
          bar: { atLeast: 0.9 },
        },
        {
          name: "  read",
          unit: "keys/s",
          values: rates.map(({ buckets }) => buckets),
        },
        {
          name: "  read, strings",
          unit: "keys/s",
          values: rates.map(({ strings }) => strings),
        },
        {
          name: "  read, bare MGET of ready names",
          unit: "keys/s",
          values: rates.map(({ bare }) => bare),
        },
        {
          name: "  written against strings",
          unit: "",
          values: [written / stringsWritten],
        },
      ];
    } finally {
      for (const server of servers) {
        if (typeof server === "object") await server[Symbol.asyncDispose]();
      }
    }
  },
};

/** Fills a generation, and carries a third of it into the next one; resolves to bytes for an entry. */
async function bytesWithTtl(entries: number): Promise<number> {
  const server = await RedisServer.start();
  if (typeof server === "string") return NaN;
  await using _ = server;
  let now = Date.now();
  const cache = new RedisCache(server.url, namespace, {
    ttlSeconds,
    now: () => now,
  });
  const info = await PlainStrings.open(server.url);
  try {
    const empty = await info.usedMemory();
    await fillCache(cache, entries);
    now += ttlSeconds * 1000;
    const { signal } = new AbortController();
    for (let first = 0; first < entries / 3; first += windowKeys) {
      const answers = await cache.get(
        Array.from({ length: windowKeys }, (_, i) => cacheKey(first + i)),
        signal,
      );
      if (answers.includes(undefined)) {
        throw new Error(
          "Cannot count bytes: an answer was not carried forward",
        );
      }
    }
    return (await info.usedMemory() - empty) / entries;
  } finally {
    await cache.close();
    await info.close();
  }
}
