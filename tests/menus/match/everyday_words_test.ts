import { assertEquals } from "@std/assert/mod.js";
import { everydayWords } from "../../../lib/menus/match/everyday_words.ts";

Deno.test("everydayWords distinguishes everyday words, other words and names", () => {
  const usage = [
    "get",
    "tap",
    "fair",
    "burn",
    "flavour",
    "palate",
    "scruffy",
    "martini",
    "smirnoff",
    "merlot",
  ];
  assertEquals(usage.map((word) => everydayWords.get(word)), [
    "common",
    "common",
    "common",
    "common",
    "common",
    "known",
    "known",
    "known",
    undefined,
    undefined,
  ]);
});
