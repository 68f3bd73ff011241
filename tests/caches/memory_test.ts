import { assertEquals, assertThrows } from "@std/assert/mod.js";
import { MemoryCache } from "../../lib/caches/memory.ts";
import { cacheConformance } from "./cache_conformance.ts";

const { signal } = new AbortController();

Deno.test("MemoryCache meets the list of every cache", (t) =>
  cacheConformance(t, { open: (namespace) => Promise.resolve(new MemoryCache(namespace)) }));

Deno.test("MemoryCache forgets the oldest answers past maxEntries", async () => {
  const cache = new MemoryCache("memory_test: maxEntries", { maxEntries: 2 });
  await cache.set([["a", 1], ["b", 2], ["c", 3]], signal);
  await cache.set([["b", 4]], signal);
  assertEquals(await cache.get(["a", "b", "c"], signal), [undefined, 4, 3]);
});

Deno.test("MemoryCache refuses maxEntries below 1", () => {
  for (const maxEntries of [0, -1, 1.5, NaN]) {
    assertThrows(
      () => new MemoryCache("memory_test", { maxEntries }),
      RangeError,
      `maxEntries must be 1 or more, is ${maxEntries}`,
    );
  }
});
