import { assert, assertEquals, assertLess } from "@std/assert/mod.js";
import * as fc from "fast-check";
import { BloomFilter } from "../../../lib/caches/redis/bloom_filter.ts";
import { keyHash } from "../../../lib/caches/key_hash.ts";

const hashes = (count: number, what: string) =>
  Array.from({ length: count }, (_, i) => keyHash(`${what} ${i}`));

Deno.test("BloomFilter forgets nothing, whatever is added and however far it grows", () => {
  const hash = fc.uint8Array({ minLength: 8, maxLength: 8 });
  const rate = fc.double({ min: 1e-6, max: 0.5, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(hash, { maxLength: 300 }),
      fc.integer({ min: 1, max: 50 }),
      rate,
      (added, capacity, rate) => {
        const filter = new BloomFilter({ rate, capacity });
        for (const hash of added) filter.add(hash);
        for (const hash of added) assert(filter.has(hash));
      },
    ),
  );
});

const added = hashes(100_000, "added"), others = hashes(200_000, "other");

for (const rate of [0.1, 0.001]) {
  for (const capacity of [100_000, 1_000]) {
    Deno.test(`BloomFilter for ${capacity} keys takes fewer than ${rate} of others for its own among 100,000`, () => {
      const filter = new BloomFilter({ rate, capacity });
      for (const hash of added) filter.add(hash);
      const wrong = others.filter((hash) => filter.has(hash)).length;
      assertLess(wrong / 200_000, rate);
      assert(
        wrong > 0,
        "a set with no false positives at all takes too much memory, or was not looked at",
      );
    });
  }
}

Deno.test("BloomFilter takes 16 bits a key at a rate of 0.001", () => {
  const { bytes } = new BloomFilter({ rate: 0.001, capacity: 1_000_000 });
  assert(Math.abs(bytes * 8 / 1_000_000 - 15.8) < 0.1, `${bytes}`);
});

Deno.test("BloomFilter reads a hash at its place among others, and counts each once", () => {
  const [first, second, third] = hashes(3, "a") as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const records = new Uint8Array([
    ...first.subarray(0, 8),
    ...second.subarray(0, 8),
  ]);
  const filter = new BloomFilter({ rate: 0.001, capacity: 10 });
  for (let i = 0; i < 2; i++) for (const at of [0, 8]) filter.add(records, at);
  assertEquals([first, second, third].map((hash) => filter.has(hash)), [
    true,
    true,
    false,
  ]);
  assertEquals(filter.entries, 2);
});
