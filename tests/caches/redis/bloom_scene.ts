import { assert, assertEquals } from "@std/assert/mod.js";
import { BloomCache, type BloomCacheOptions } from "../../../lib/caches/redis/bloom.ts";
import { RedisCache, type RedisCacheOptions } from "../../../lib/caches/redis/redis.ts";
import { FakeRedis } from "../../fakes/redis.ts";
import { RedisServer } from "../../fakes/redis_server.ts";

export const { signal } = new AbortController();
export const kinds = ["the fake", "a real server"] as const;

/** A filter that is always used by default; trouble fails the test. */
export function bloomOf(
  url: string,
  options: Partial<BloomCacheOptions & RedisCacheOptions> = {},
): BloomCache {
  const onTrouble = (message: string) => assert(false, message);
  return new BloomCache(new RedisCache(url, "n", options), {
    rate: 0.001,
    leastRuledOut: 0,
    onTrouble,
    ...options,
  });
}

export async function startServer(
  kind: (typeof kinds)[number],
  ...args: string[]
) {
  if (kind === "the fake") return new FakeRedis();
  const server = await RedisServer.start(...args);
  if (server instanceof RedisServer) return server;
  console.log(`skipped: ${server}`);
}

export const entries = (count: number, from = 0) =>
  Array.from(
    { length: count },
    (_, i): [string, number] => [`key ${from + i}`, (from + i) % 7 + 1],
  );
export const keysOf = (some: readonly (readonly [string, number])[]) => some.map(([key]) => key);
export const answersOf = (some: readonly (readonly [string, number])[]) => some.map(([, answer]) => answer);

/** Half of the entries are written while the filters are made. */
export function testManyAtOnce(
  kind: (typeof kinds)[number],
  known: number,
): void {
  Deno.test(`BloomCache finds what is written while its filter is made and after it, by many at once, on ${kind}`, async () => {
    await using server = await startServer(kind);
    if (server === undefined) return;
    const writers = Array.from(
      { length: 3 },
      () => new RedisCache(server.url, "n"),
    );
    const readers = [bloomOf(server.url), bloomOf(server.url)];
    await writers[0]!.set(entries(known), signal);
    const isMade = Promise.all(readers.map((reader) => reader.made()));
    await Promise.all(
      Array.from({ length: known / 500 }, async (_, i) => {
        const written = entries(500, known + i * 500);
        // Half of them before it is known that they are missing.
        if (i % 2 === 0) await readers[i % 4 / 2]!.get(keysOf(written), signal);
        await writers[i % 3]!.set(written, signal);
        for (const reader of readers) {
          assertEquals(
            await reader.get(keysOf(written), signal),
            answersOf(written),
          );
        }
      }),
    );
    await isMade;
    const all = entries(2 * known);
    for (const reader of readers) {
      assert(reader.size !== undefined);
      assertEquals(await reader.get(keysOf(all), signal), answersOf(all));
    }
    for (const cache of [...writers, ...readers]) await cache.close();
  });
}
