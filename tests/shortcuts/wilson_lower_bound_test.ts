import { assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert/mod.js";
import { wilsonLowerBound } from "../../lib/shortcuts/wilson_lower_bound.ts";

for (
  const [hits, all, bound] of [[0, 0, 0], [0, 10, 0], [10, 10, 0.7225], [95, 100, 0.8882], [
    990,
    1_000,
    0.9817,
  ]] as const
) {
  Deno.test(`wilsonLowerBound() of ${hits} in ${all} is ${bound}`, () => {
    assertLess(Math.abs(wilsonLowerBound(hits, all) - bound), 1e-4);
  });
}

Deno.test("wilsonLowerBound() shows 99 % from 381 hits without a miss on", () => {
  assertLess(wilsonLowerBound(380, 380), 0.99);
  assertGreaterOrEqual(wilsonLowerBound(381, 381), 0.99);
  assertEquals(wilsonLowerBound(1e9, 1e9) < 1, true);
});
