import { assertEquals } from "@std/assert/mod.js";
import { LookedUpKeys } from "../../lib/estimate/looked_up_keys.ts";

Deno.test("LookedUpKeys.add() looks up each key once, a window's in one round trip", async () => {
  const reads: string[][] = [];
  const keys = new LookedUpKeys({
    read(keys) {
      reads.push([...keys]);
      return Promise.resolve(keys.map((key) => key === "b" ? 4 : undefined));
    },
  });
  assertEquals(await keys.add(["a", "b"]), [{ isNew: true, answer: undefined }, { isNew: true, answer: 4 }]);
  assertEquals(await keys.add(["b", "ccc"]), [{ isNew: false, answer: undefined }, {
    isNew: true,
    answer: undefined,
  }]);
  assertEquals(await keys.add(["a"]), [{ isNew: false, answer: undefined }]);
  assertEquals(reads, [["a", "b"], ["ccc"]]);
  // Two questions of 1 and 3 bytes, with what each takes beside.
  assertEquals(keys.count(), { distinct: 3, known: 1, relativeError: 0, questionBytes: 34 });
});

Deno.test("LookedUpKeys.count() is of nothing where nothing came", () => {
  const keys = new LookedUpKeys({ read: () => Promise.reject(new Error("not asked")) });
  assertEquals(keys.count(), { distinct: 0, known: 0, relativeError: 0, questionBytes: 0 });
});
