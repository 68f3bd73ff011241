import { assertEquals } from "@std/assert/mod.js";
import { figures } from "../../lib/report/figures.ts";

Deno.test("figures() has the median between two levels where the middle is", () => {
  assertEquals(figures([1, 0, 0, 1, 0, 0, 0]), {
    records: 2,
    average: 2.5,
    median: 2.5,
    counts: [1, 0, 0, 1, 0, 0, 0],
  });
  assertEquals(figures([1, 0, 0, 2, 0, 0, 0]).median, 4);
  assertEquals(figures([0, 0, 0, 0, 0, 0, 9]).median, 7);
});

Deno.test("figures() of nothing are no numbers", () => {
  const { average, median, records } = figures(new Float64Array(7));
  assertEquals([records, average, median], [0, NaN, NaN]);
});
