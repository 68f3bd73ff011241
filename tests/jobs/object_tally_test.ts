import { assertEquals } from "@std/assert/mod.js";
import { ObjectTally } from "../../lib/jobs/object_tally.ts";

const none = { found: 0, skipped: 0, done: 0, failed: 0, gone: 0, ignored: 0 };

/** Finds an object and ends it. */
function tryOnce(tally: ObjectTally, name: string, outcome: Parameters<ObjectTally["end"]>[1]): void {
  tally.find(name);
  tally.end(name, outcome);
}

Deno.test("ObjectTally counts an object once that fails several times, and each attempt", () => {
  const tally = new ObjectTally();
  for (let i = 0; i < 3; i++) tryOnce(tally, "a", "failed");
  tryOnce(tally, "b", "done");
  assertEquals(tally.totals, { ...none, found: 2, done: 1, failed: 1 });
  assertEquals([tally.failedAttempts, tally.remaining, tally.hasFailed("a")], [3, 0, true]);
});

for (const outcome of ["done", "skipped", "gone"] as const) {
  Deno.test(`ObjectTally no longer counts an object as failed that is ${outcome}`, () => {
    const tally = new ObjectTally();
    tryOnce(tally, "a", "failed");
    tryOnce(tally, "a", outcome);
    assertEquals(tally.totals, { ...none, found: 1, [outcome]: 1 });
    assertEquals([tally.failedAttempts, tally.remaining, tally.hasFailed("a")], [1, 0, false]);
  });
}

Deno.test("ObjectTally counts a new version of a processed object as another one", () => {
  const tally = new ObjectTally();
  tryOnce(tally, "a", "done");
  tryOnce(tally, "a", "done");
  assertEquals(tally.totals, { ...none, found: 2, done: 2 });
});

Deno.test("ObjectTally keeps an object that was left as remaining, once", () => {
  const tally = new ObjectTally();
  for (let i = 0; i < 3; i++) tryOnce(tally, "a", "left");
  assertEquals([tally.totals, tally.remaining], [{ ...none, found: 1 }, 1]);
  tryOnce(tally, "a", "failed");
  tryOnce(tally, "a", "left");
  assertEquals([tally.totals, tally.remaining], [{ ...none, found: 1, failed: 1 }, 0]);
});

Deno.test("ObjectTally.ignore() counts a skipped object once, and takes it off the failed ones", () => {
  const tally = new ObjectTally();
  const skip = (name: string) => {
    tally.find(name);
    return tally.ignore(name);
  };
  tryOnce(tally, "a", "failed");
  assertEquals([skip("a"), skip("a"), skip("b")], [true, false, true]);
  assertEquals(tally.totals, { ...none, found: 2, ignored: 2 });
  tryOnce(tally, "a", "failed");
  assertEquals([skip("a"), tally.totals], [false, { ...none, found: 2, ignored: 2 }]);
});

Deno.test("ObjectTally remembers 10,000 failed objects, the last ones", () => {
  const tally = new ObjectTally();
  for (let i = 0; i <= 10_000; i++) tryOnce(tally, `${i}`, "failed");
  assertEquals([tally.hasFailed("0"), tally.hasFailed("1"), tally.hasFailed("10000")], [false, true, true]);
  tryOnce(tally, "1", "done");
  assertEquals(tally.totals, { ...none, found: 10_001, done: 1, failed: 10_000 });
});
