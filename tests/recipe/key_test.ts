import { assertEquals, assertNotEquals } from "@std/assert/mod.js";
import fc from "fast-check";
import { decodeKey, encodeKey } from "../../lib/recipe/key.ts";
import { numRuns } from "../property_runs.ts";

const field = fc.oneof(
  fc.string({ unit: "binary", maxLength: 5 }),
  fc.constantFrom("", ":", "1:", "12", "\0", "👔", "\ud800"),
);

Deno.test("encodeKey() distinguishes what would be equal if concatenated", () => {
  assertNotEquals(encodeKey("ab", "c"), encodeKey("a", "bc"));
  assertNotEquals(encodeKey("", "a"), encodeKey("a", ""));
  assertNotEquals(encodeKey("1:a", "b"), encodeKey("1", ":ab"));
});

Deno.test("encodeKey() is one string for one pair of fields, and no other", () => {
  fc.assert(
    fc.property(field, field, field, field, (company, title, otherCompany, otherTitle) => {
      const isSame = company === otherCompany && title === otherTitle;
      assertEquals(encodeKey(company, title) === encodeKey(otherCompany, otherTitle), isSame);
    }),
    { numRuns },
  );
});

Deno.test("decodeKey() takes apart what encodeKey() made", () => {
  fc.assert(
    fc.property(field, field, (company, title) => {
      assertEquals(decodeKey(encodeKey(company, title)), { company, title });
    }),
    { numRuns },
  );
});
