import { assertEquals, assertThrows } from "@std/assert/mod.js";
import { SluiceError } from "../../lib/errors/sluice_error.ts";
import { MemoryCache } from "../../lib/caches/memory.ts";
import { cacheConformance } from "./cache_conformance.ts";

const { signal } = new AbortController();

Deno.test("MemoryCache meets the list of every cache", (t) =>
  cacheConformance(t, {
    open: (namespace) => Promise.resolve(new MemoryCache(namespace)),
  }));

Deno.test("MemoryCache forgets the least recently used answers past maxEntries", async () => {
  const cache = new MemoryCache("memory_test: maxEntries", { maxEntries: 3 });
  await cache.set([["a", 1], ["b", 2], ["c", 3]], signal);
  assertEquals(await cache.get(["a"], signal), [1]);
  await cache.set([["b", 4], ["d", 5]], signal);
  assertEquals(await cache.get(["a", "b", "c", "d"], signal), [
    1,
    4,
    undefined,
    5,
  ]);
});

Deno.test("MemoryCache refuses maxEntries below 1", () => {
  for (const maxEntries of [0, -1, 1.5, NaN]) {
    assertThrows(
      () => new MemoryCache("memory_test", { maxEntries }),
      SluiceError,
      `maxEntries must be 1 or more, is ${maxEntries}`,
    );
  }
});
