import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert/mod.js";
import * as v from "valibot";
import { MemoryCache } from "../../lib/caches/memory.ts";
import { NoCache } from "../../lib/caches/none.ts";
import { cacheSettings, openCache } from "../../lib/caches/open_cache.ts";
import { RedisCache } from "../../lib/caches/redis/redis.ts";
import { SqliteCache } from "../../lib/caches/sqlite.ts";

Deno.test("openCache() opens each form of address, without its secrets", async () => {
  const folder = await Deno.makeTempDir();
  const forms = [
    [
      "redis://somebody:s3cr3t@localhost:1/2",
      RedisCache,
      "redis://localhost:1/2",
    ],
    ["rediss://:s3cr3t@[::1]", RedisCache, "rediss://[::1]:6379"],
    [`sqlite:${folder}/a.db`, SqliteCache, `sqlite:${folder}/a.db`],
    [`sqlite://${folder}/b.db`, SqliteCache, `sqlite:${folder}/b.db`],
    ["memory:", MemoryCache, "memory:"],
    ["none:", NoCache, "none:"],
  ] as const;
  for (const [url, type, shown] of forms) {
    const cache = await openCache({ url }, "open_cache_test");
    assertInstanceOf<new (...args: never[]) => unknown>(cache, type);
    assertEquals(cache.url, shown);
    await cache.close();
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("openCache() names the forms when the address has none of them, without its secrets", async () => {
  const wrong = [
    "",
    "cache.db",
    "sqlite:",
    "memory",
    "reddis://u:s3cr3t@host",
    "http://u:p@s3cr3t@host/",
  ];
  for (const url of wrong) {
    const error = await assertRejects(
      () => openCache({ url }, "open_cache_test"),
      Error,
      "it must be redis://HOST:PORT, rediss://HOST:PORT, redis+cluster://HOST:PORT,…, redis+unix:///PATH, sqlite:PATH, memory: or none:",
    );
    assert(!error.message.includes("s3cr3t"), error.message);
  }
});

Deno.test("openCache() says which certificate authorities it cannot read", async () => {
  await assertRejects(
    () =>
      openCache(
        { url: "rediss://localhost", ca: "tests/caches/absent.pem" },
        "open_cache_test",
      ),
    Error,
    "Cannot read certificate authorities tests/caches/absent.pem: ",
  );
});

Deno.test("openCache() refuses a period for a file, which keeps answers without limit", async () => {
  await assertRejects(
    () => openCache({ url: "sqlite:a.db", ttlSeconds: 3600 }, "open_cache_test"),
    Error,
    "Cannot open cache sqlite:a.db: ttl is for Redis only",
  );
});

Deno.test("openCache() loads no Redis client for the other caches", async () => {
  const module = await Deno.readTextFile(
    new URL("../../lib/caches/open_cache.ts", import.meta.url),
  );
  const imports = [...module.matchAll(/^import (?!type ).*? from "(.+?)";/gms)]
    .map((match) => match[1]);
  assertEquals(imports, [
    "../tls/read_pem.ts",
    "../settings/setting.ts",
    "../text/printable_address.ts",
    "../errors/sluice_error.ts",
    "./cache_address.ts",
  ]);
});

Deno.test("cacheSettings take a time-out from 0.1 to 600 seconds", () => {
  const { schema } = cacheSettings.timeout;
  assertEquals(v.parse(schema, "100ms"), 0.1);
  for (const wrong of ["0s", "601s", "5", "soon", ""]) {
    assert(!v.safeParse(schema, wrong).success, wrong);
  }
});

Deno.test("cacheSettings take a period for ttl, and have none by themselves", () => {
  assertEquals(v.parse(cacheSettings.ttl.schema, "90d"), 90 * 86_400);
  assert(!v.safeParse(cacheSettings.ttl.schema, "90").success);
  assert(!("default" in cacheSettings.ttl));
});
