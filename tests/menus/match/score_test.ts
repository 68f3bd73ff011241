import { assert, assertEquals } from "@std/assert/mod.js";
import { scoreOf, type ScoreParts } from "../../../lib/menus/match/score.ts";

const exact: ScoreParts = {
  kind: "exact",
  edits: 0,
  letters: 8,
  words: 1,
  regrouped: false,
  alias: false,
  otherInitial: false,
  small: false,
  evidence: 1,
};

Deno.test("scoreOf() is 1 for an exact match and less by each thing that is missing", () => {
  assertEquals(scoreOf(exact), 1);
  const folded: ScoreParts = { ...exact, kind: "folded" };
  assertEquals(scoreOf(folded).toFixed(3), "0.980");
  assert(scoreOf({ ...folded, regrouped: true }) < scoreOf(folded));
  assert(scoreOf({ ...folded, alias: true }) < scoreOf(folded));
  assertEquals(scoreOf({ ...folded, evidence: 0.5 }).toFixed(3), "0.490");
});

Deno.test("scoreOf() is the normalised edit distance, less for another initial and for small letters", () => {
  const fuzzy: ScoreParts = { ...exact, kind: "fuzzy", edits: 1 };
  assertEquals(scoreOf(fuzzy).toFixed(3), "0.875");
  assertEquals(scoreOf({ ...fuzzy, otherInitial: true }).toFixed(3), "0.815");
  assertEquals(scoreOf({ ...fuzzy, small: true }).toFixed(3), "0.675");
  assertEquals(scoreOf({ ...fuzzy, small: true, words: 2 }).toFixed(3), "0.815");
  assertEquals(scoreOf({ ...fuzzy, edits: 8, small: true }), 0);
});
