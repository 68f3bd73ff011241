import { assertEquals } from "@std/assert/mod.js";
import { Growth } from "../../lib/estimate/growth.ts";

Deno.test("Growth() extrapolates with the power of the second half", () => {
  const growth = new Growth();
  for (let records = 1; records <= 4_096; records++) {
    growth.add({ records, distinct: 10 * Math.sqrt(records), questions: records });
  }
  assertEquals(growth.extrapolate("distinct", 16_384), { likely: 1_280, least: 640, most: 2_560 });
  assertEquals(growth.extrapolate("questions", 16_384), { likely: 16_384, least: 4_096, most: 16_384 });
});

Deno.test("Growth() expects no more where nothing new came in the second half", () => {
  const growth = new Growth();
  growth.add({ records: 100, distinct: 7, questions: 7 });
  growth.add({ records: 200, distinct: 7, questions: 7 });
  assertEquals(growth.extrapolate("distinct", 1_000), { likely: 7, least: 7, most: 35 });
});

Deno.test("Growth() knows of nothing where nothing was read, and does not go below what was", () => {
  const growth = new Growth();
  assertEquals(growth.extrapolate("distinct", 1_000), { likely: 0, least: 0, most: 0 });
  growth.add({ records: 10, distinct: 3, questions: 0 });
  assertEquals(growth.extrapolate("distinct", 5), { likely: 3, least: 3, most: 3 });
  assertEquals(growth.extrapolate("questions", 100), { likely: 0, least: 0, most: 0 });
  assertEquals(growth.extrapolate("distinct", 100), { likely: 30, least: 3, most: 30 });
});
