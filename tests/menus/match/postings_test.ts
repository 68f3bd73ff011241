import { assertEquals } from "@std/assert/mod.js";
import fc from "fast-check";
import { Postings } from "../../../lib/menus/match/postings.ts";
import { numRuns } from "../../property_runs.ts";

Deno.test("Postings find all numbers of a hash and no other's", () => {
  const pairs = fc.array(fc.tuple(fc.constantFrom(0, 1, -1, 7, 2 ** 31 - 1, -(2 ** 31)), fc.nat(100)), {
    maxLength: 50,
  });
  fc.assert(
    fc.property(pairs, (all) => {
      const postings = new Postings(all.length);
      for (const [hash] of all) postings.count(hash);
      for (const [hash, value] of all) postings.add(hash, value);
      for (const hash of [0, 1, -1, 7, 2 ** 31 - 1, -(2 ** 31), 12345]) {
        const found: number[] = [];
        for (let place = postings.begin(hash); place < postings.end(hash); place++) {
          const value = postings.at(place, hash);
          if (value >= 0) found.push(value);
        }
        const expected = all.filter(([other]) => other === hash).map(([, value]) => value);
        assertEquals(found.sort(), expected.sort());
      }
    }),
    { numRuns },
  );
});
