import { assertEquals } from "@std/assert/mod.js";
import fc from "fast-check";
import { LetterHashes } from "../../../lib/menus/match/letter_hashes.ts";
import { numRuns } from "../../property_runs.ts";

function hashOf(letters: string): number {
  const hashes = new LetterHashes();
  hashes.set(letters);
  return hashes.range(0, letters.length);
}

Deno.test("LetterHashes.range() depends on the letters, not on where they stand", () => {
  const hashes = new LetterHashes();
  hashes.set("rumcocacolarum");
  assertEquals(hashes.range(3, 11), hashOf("cocacola"));
  assertEquals(hashes.range(0, 3), hashes.range(11, 14));
});

Deno.test("LetterHashes.deletions() are the hashes of the first ten letters without up to two of them", () => {
  const letters = fc.string({ unit: fc.constantFrom(..."abcé1"), minLength: 1, maxLength: 14 });
  fc.assert(
    fc.property(letters, fc.nat(5), fc.constantFrom(0, 1, 2), (word, before, edits) => {
      const hashes = new LetterHashes();
      hashes.set("x".repeat(before) + word + "yz");
      const count = hashes.deletions(before, before + word.length, edits);
      const expected = new Set([word.slice(0, 10)]);
      for (let edit = 0; edit < edits; edit++) {
        for (const known of [...expected]) {
          for (let at = 0; at < known.length; at++) expected.add(known.slice(0, at) + known.slice(at + 1));
        }
      }
      assertEquals(new Set(hashes.keys.subarray(0, count)), new Set([...expected].map(hashOf)));
    }),
    { numRuns },
  );
});
