import { assertEquals, assertThrows } from "@std/assert/mod.js";
import { SluiceError } from "../../lib/errors/sluice_error.ts";
import { checkSums } from "../../lib/records/check_sums.ts";

const counts = { in: 10, out: 7, rejected: 2, blank: 1 };
const keys = { seen: 1_500, local: 900, hits: 300, asked: 200, cluster: 60, rare: 40 };

Deno.test("checkSums() passes where every line and every key is accounted for", () => {
  checkSums(counts, keys);
  checkSums(counts, { seen: 6, local: 3, hits: 2, asked: 1 });
});

Deno.test("checkSums() names the sum that does not hold", () => {
  const lines = assertThrows(() => checkSums({ ...counts, blank: 0 }, keys), SluiceError);
  assertEquals(lines.kind, "internal");
  assertEquals(lines.reason, "the sums do not hold: 10 lines in, but 7 out + 2 rejected + 0 blank");
  assertThrows(
    () => checkSums(counts, { ...keys, rare: 39 }),
    SluiceError,
    "1,500 keys seen, but 900 local + 300 hits + 200 asked + 99 by shortcuts",
  );
});
