import { assert, assertEquals, assertRejects } from "@std/assert/mod.js";
import { SluiceError } from "../../lib/errors/sluice_error.ts";
import type { HashedEntry, MaintainedCache } from "../../lib/caches/cache.ts";
import { keyHash } from "../../lib/caches/key_hash.ts";

/** What every cache does that lets all that it holds be counted, taken out, put in and removed. */
export async function maintenanceConformance(
  t: Deno.TestContext,
  open: (namespace: string) => MaintainedCache,
): Promise<void> {
  const { signal } = new AbortController();
  const many = Array.from(
    { length: 3_000 },
    (_, i): [string, number] => [`key ${i}`, i % 7 + 1],
  );
  const step = (
    name: string,
    check: (cache: MaintainedCache, namespace: string) => Promise<void>,
  ) =>
    t.step(name, async () => {
      const namespace = crypto.randomUUID();
      const cache = open(namespace);
      await check(cache, namespace).finally(() => cache.close());
    });
  const all = async (cache: MaintainedCache) => {
    const entries = new Map<string, number>();
    for await (const batch of cache.entries(signal)) {
      for (const [hash, answer] of batch) {
        assertEquals(hash.length, cache.hashBytes);
        entries.set(hash.toHex(), answer);
      }
    }
    return entries;
  };

  await step(
    "stats() counts the entries of the namespace",
    async (cache, namespace) => {
      assertEquals((await cache.stats(signal)).entries, 0);
      await cache.set(many, signal);
      const other = open(`${namespace}:x`);
      await other.set([["a", 1]], signal);
      await other.close();
      const stats = await cache.stats(signal);
      assertEquals(stats.entries, many.length);
      assert(
        stats.bytesPerEntry! > 1 && stats.bytesPerEntry! < 2_000,
        `${stats.bytesPerEntry}`,
      );
      assertEquals(stats.generations.map(({ entries }) => entries), [
        many.length,
      ]);
    },
  );

  await step(
    "entries() gives each entry, under the first bytes of the key's hash",
    async (cache) => {
      assertEquals(await all(cache), new Map());
      await cache.set(many, signal);
      const expected = many.map(([key, answer]) =>
        [keyHash(key).subarray(0, cache.hashBytes).toHex(), answer] as const
      );
      assertEquals(await all(cache), new Map(expected));
    },
  );

  await step(
    "setHashed() takes what entries() gave, and whole hashes",
    async (cache, namespace) => {
      await cache.set([["a", 1], ["b", -2]], signal);
      const copy = open(`${namespace}:copy`);
      for await (const batch of cache.entries(signal)) {
        await copy.setHashed(
          batch,
          signal,
        );
      }
      await copy.setHashed([[keyHash("c"), 3]], signal);
      assertEquals(await copy.get(["a", "b", "c"], signal), [1, -2, 3]);
      const short: HashedEntry = [
        keyHash("d").subarray(0, cache.hashBytes - 1),
        1,
      ];
      await assertRejects(
        () => copy.setHashed([short], signal),
        SluiceError,
        "hashes must have",
      );
      await copy.close();
    },
  );

  await step(
    "drop() removes a namespace and no other",
    async (cache, namespace) => {
      const names = [
        `${namespace}:x`,
        `${namespace}x`,
        `x${namespace}`,
        `${namespace.slice(0, -1)}*`,
      ];
      const others = names.map(open);
      for (const other of others) await other.set([["a", 1]], signal);
      await cache.set(many, signal);
      assertEquals(await cache.drop(namespace, signal), many.length);
      assertEquals(await cache.drop(namespace, signal), 0);
      assertEquals((await cache.stats(signal)).entries, 0);
      assertEquals(await cache.get(["key 1"], signal), [undefined]);
      await cache.set([["key 1", 5]], signal);
      assertEquals(await cache.get(["key 1"], signal), [5]);
      await others[3]!.drop(names[3]!, signal); // no pattern
      assertEquals(await cache.get(["key 1"], signal), [5]);
      for (const other of others.slice(0, 3)) {
        assertEquals(await other.get(["a"], signal), [1]);
        await other.close();
      }
      await others[3]!.close();
    },
  );

  await step(
    "stats(), entries() and drop() reject with the reason of an aborted signal",
    async (cache, name) => {
      const reason = new Error("enough");
      const aborted = AbortSignal.abort(reason);
      const calls = [
        () => cache.stats(aborted),
        () => Array.fromAsync(cache.entries(aborted)),
        () => cache.drop(name, aborted),
        () => cache.setHashed([[keyHash("a"), 1]], aborted),
      ];
      for (const call of calls) assertEquals(await assertRejects(call), reason);
    },
  );
}
