import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { BloomCache } from "../../lib/caches/redis/bloom.ts";
import type { Cache } from "../../lib/caches/cache.ts";
import { RedisCache } from "../../lib/caches/redis/redis.ts";
import { RedisServer } from "../fakes/redis_server.ts";
import { cacheEntries } from "./cache_entries.ts";
import { cacheKey } from "./cache_key.ts";
import type { Figure } from "./figure.ts";
import { fillCache } from "./fill_cache.ts";
import type { Section } from "./section.ts";

const namespace = "0123456789abcdef", rate = 0.001;
/** Of 100 keys, how many the cache has. */
const hitShares = [0, 10, 50, 90, 99];
const windows = 100, windowKeys = 1_000;
const { signal } = new AbortController();

/**
 * What a Bloom filter before Redis gains, by the share of keys that Redis has: windows of 1,000 keys with it and
 * without, alternating, and what the server spends on them. Once with the filter always used, and once as it is set.
 */
export const bloomSection: Section = {
  name: "bloom",
  async run(surroundings) {
    const { options } = surroundings;
    const entries = cacheEntries(options.isLong);
    const server = await RedisServer.start();
    if (typeof server === "string") return [];
    await using _ = server;
    const plain = new RedisCache(server.url, namespace);
    const open = (leastRuledOut?: number) => {
      const onTrouble = (message: string) => {
        throw new Error(message);
      };
      return new BloomCache(new RedisCache(server.url, namespace), {
        rate,
        leastRuledOut,
        onTrouble,
      });
    };
    const always = open(0), asSet = open();
    try {
      options.say(`bloom: ${entries.toLocaleString("en-US")} entries`);
      await fillCache(plain, entries);
      const started = performance.now();
      await always.made();
      const madeSeconds = (performance.now() - started) / 1000;
      await asSet.made();
      const figures: Figure[] = [
        {
          name: `Bloom filter at ${rate}, memory for a key of ${entries.toLocaleString("en-US")}`,
          unit: "bytes",
          values: [always.size!.bytes / always.size!.entries],
        },
        {
          name: "  made in the background",
          unit: "keys/s",
          values: [entries / madeSeconds],
        },
      ];
      let next = entries;
      for (const hits of hitShares) {
        const measure = async (cache: Cache, round: number) => {
          const before = await plain.usage(signal);
          const keysPerSecond = await mixedRate(cache, {
            entries,
            hits,
            seed: round,
            first: next,
          });
          next += windows * windowKeys;
          return {
            keysPerSecond,
            cpu: (await plain.usage(signal)).cpuSeconds - before.cpuSeconds,
          };
        };
        const rounds = await surroundings.rounds(
          `bloom, ${hits}% known`,
          async (round) => ({
            plain: await measure(plain, round),
            always: await measure(always, round),
            asSet: await measure(asSet, round),
          }),
        );
        figures.push(
          {
            name: `Redis with a Bloom filter, ${hits}% of keys known, against without`,
            unit: "",
            values: rounds.map(({ asSet, plain }) => asSet.keysPerSecond / plain.keysPerSecond),
          },
          {
            name: "  with the filter always used",
            unit: "",
            values: rounds.map(({ always, plain }) => always.keysPerSecond / plain.keysPerSecond),
          },
          {
            name: "  the server's CPU time against without",
            unit: "",
            values: rounds.map(({ asSet, plain }) => asSet.cpu / plain.cpu),
          },
          {
            name: "  without",
            unit: "keys/s",
            values: rounds.map(({ plain }) => plain.keysPerSecond),
          },
        );
      }
      return figures;
    } finally {
      for (const cache of [plain, always, asSet]) await cache.close();
    }
  },
};

interface Mix {
  readonly entries: number;
  readonly hits: number;
  readonly seed: number;
  /** The first of the numbers that no entry has. */
  readonly first: number;
}

/**
 * Looks up windows of which a share is known, drawn evenly from the entries; resolves to keys per second.
 *
 * @throws {Error} A key was not found that is known, or the other way round.
 */
async function mixedRate(
  cache: Cache,
  { entries, hits, seed, first }: Mix,
): Promise<number> {
  const random = xoroshiro128plus(seed);
  const draw = (below: number) => (random.next() >>> 0) % below;
  let seconds = 0, next = first;
  for (let window = 0; window < windows; window++) {
    const numbers = Array.from(
      { length: windowKeys },
      () => draw(100) < hits ? draw(entries) : next++,
    );
    const keys = numbers.map(cacheKey);
    const started = performance.now();
    const answers = await cache.get(keys, signal);
    seconds += (performance.now() - started) / 1000;
    const wrong = numbers.findIndex((n, i) => answers[i] !== (n < entries ? n % 7 + 1 : undefined));
    if (wrong >= 0) {
      throw new Error(
        `Cannot count lookups: ${keys[wrong]} has the answer ${answers[wrong]}`,
      );
    }
  }
  return windows * windowKeys / seconds;
}
