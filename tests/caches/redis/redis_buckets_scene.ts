import { assertEquals } from "@std/assert/mod.js";
import * as fc from "fast-check";
import { RedisCache } from "../../../lib/caches/redis/redis.ts";
import { FakeRedis } from "../../fakes/redis.ts";
import { RedisServer } from "../../fakes/redis_server.ts";

export type ServerKind = "the fake" | "a real server";

export const { signal } = new AbortController();
export const ttlSeconds = 86_400;
export const dayMs = ttlSeconds * 1000;
export const entries = (count: number, from = 0) =>
  Array.from(
    { length: count },
    (_, i): [string, number] => [`key ${from + i}`, (from + i) % 7 + 1],
  );

export function testWritesAtOnce(kind: ServerKind, numRuns: number): void {
  Deno.test(`RedisCache with buckets loses nothing where many write at once, on ${kind}`, async () => {
    await using server = kind === "the fake" ? new FakeRedis() : await startServer();
    if (server === undefined) return;
    let namespace = 0;
    const clients = fc.integer({ min: 2, max: 6 });
    const sizes = fc.array(fc.integer({ min: 1, max: 9_000 }), {
      minLength: 2,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(
        clients,
        sizes,
        fc.boolean(),
        async (count, sizes, isMortal) => {
          const options = isMortal ? { ttlSeconds } : {};
          const caches = Array.from(
            { length: count },
            () => new RedisCache(server.url, `${namespace}`, options),
          );
          namespace++;
          let from = 0;
          const writes = sizes.map((size) => entries(size, (from += size) - size));
          // Each is found by another client as soon as its write is acknowledged, and for good.
          await Promise.all(writes.map(async (written, i) => {
            await caches[i % count]!.set(written, signal);
            const found = await caches[(i + 1) % count]!.get(
              written.map(([key]) => key),
              signal,
            );
            assertEquals(found, written.map(([, answer]) => answer));
          }));
          const all = writes.flat();
          assertEquals(
            await caches[0]!.get(all.map(([key]) => key), signal),
            all.map(([, answer]) => answer),
          );
          assertEquals((await caches[0]!.stats(signal)).entries, all.length);
          for (const cache of caches) await cache.close();
        },
      ),
      { numRuns },
    );
  });
}

export async function startServer(
  ...args: string[]
): Promise<RedisServer | undefined> {
  const server = await RedisServer.start(...args);
  if (server instanceof RedisServer) return server;
  console.log(`skipped: ${server}`);
}
