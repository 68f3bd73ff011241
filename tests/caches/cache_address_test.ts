import { assertEquals } from "@std/assert/mod.js";
import { cacheAddress } from "../../lib/caches/cache_address.ts";
import { MemoryCache } from "../../lib/caches/memory.ts";
import { NoCache } from "../../lib/caches/none.ts";
import { RedisCache } from "../../lib/caches/redis/redis.ts";
import { SqliteCache } from "../../lib/caches/sqlite.ts";

Deno.test("cacheAddress() says which processes find a cache's answers", () => {
  const reach = (url: string) => cacheAddress(url)?.reach;
  assertEquals(
    ["redis://h", "rediss://h", "redis+cluster://h", "rediss+cluster://h"].map(
      reach,
    ),
    [
      "network",
      "network",
      "network",
      "network",
    ],
  );
  assertEquals(["sqlite:a.db", "memory:", "none:"].map(reach), [
    "machine",
    "process",
    "process",
  ]);
  assertEquals(
    ["redis", "reddis://h", "sqlite:", "memory:x", ""].map(reach),
    Array(5).fill(undefined),
  );
  assertEquals(
    ["sqlite:a.db", "sqlite:///a.db", "memory:"].map((url) => cacheAddress(url)?.path),
    [
      "a.db",
      "/a.db",
      undefined,
    ],
  );
});

Deno.test("Caches that outlive their process can be maintained, others cannot", async () => {
  const caches = [
    new SqliteCache(":memory:", "n"),
    new RedisCache("redis://h", "n"),
    new MemoryCache("n"),
    new NoCache(),
  ];
  assertEquals(
    caches.map((cache) => "maintained" in cache && cache.maintained === cache),
    [
      true,
      true,
      false,
      false,
    ],
  );
  for (const cache of caches) await cache.close();
});
