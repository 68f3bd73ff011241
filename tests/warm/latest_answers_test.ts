import { assertEquals, assertThrows } from "@std/assert/mod.js";
import { LatestAnswers } from "../../lib/warm/latest_answers.ts";
import type { StoredObject } from "../../lib/stores/store.ts";

const object = (name: string, modifiedMs = 0): StoredObject => ({ name, etag: "1", bytes: 1, modifiedMs });
const early = object("1700000000.jsonl", 9e12), late = object("1700000060.jsonl");

Deno.test("LatestAnswers() takes the latest object's answer, in whatever order they are read", () => {
  for (const order of [[early, late], [late, early]]) {
    const latest = new LatestAnswers({ maxPairs: 10 });
    for (const from of order) {
      latest.add("a", from === late ? 5 : 3, from);
      latest.add("b", 2, from);
    }
    assertEquals([...latest.entries()], [["a", 5], ["b", 2]]);
    assertEquals([latest.size, latest.conflicts], [2, 1]);
  }
});

Deno.test("LatestAnswers() takes the last line of an object, and the later date or name where names have no time", () => {
  const latest = new LatestAnswers({ maxPairs: 10 });
  for (const answer of [1, 2, 3]) latest.add("a", answer, early);
  latest.add("b", 4, object("x.jsonl", 2_000));
  latest.add("b", 5, object("a.jsonl", 3_000));
  latest.add("b", 6, object("z.jsonl", 1_000));
  latest.add("c", 1, object("b.jsonl", 1_000));
  latest.add("c", 2, object("a.jsonl", 1_000));
  assertEquals([...latest.entries()], [["a", 3], ["b", 5], ["c", 1]]);
  assertEquals(latest.conflicts, 3);
});

Deno.test("LatestAnswers() holds no more than it may", () => {
  const latest = new LatestAnswers({ maxPairs: 1 });
  latest.add("a", 1, early);
  latest.add("a", 1, late);
  assertThrows(() => latest.add("b", 1, early), Error, "Cannot hold more than 1 pair: ");
});
