import { assertEquals } from "@std/assert/mod.js";
import { volatileCacheWarning } from "../../../lib/cli/run/volatile_cache_warning.ts";

Deno.test("volatileCacheWarning() speaks of SQLite's file only, and only where that goes away", () => {
  const warning = (cache: string, type = 0x794c7630) => volatileCacheWarning(cache, () => type);
  assertEquals(
    warning("sqlite:.sluice/cache.db"),
    "The cache sqlite:.sluice/cache.db is on overlay, ephemeral storage of this machine or container: " +
      "without it, the model is asked everything again; put the file on a persistent volume, or use redis://",
  );
  assertEquals(warning("sqlite:.sluice/cache.db", 0xef53), undefined);
  for (const cache of ["redis://cache:6379", "memory:", "none:"]) {
    assertEquals(warning(cache), undefined);
  }
});
