import { assertEquals } from "@std/assert/mod.js";
import { everydayWords } from "../../../lib/menus/match/everyday_words.ts";

Deno.test("everydayWords tell words of daily speech, other words and names apart", () => {
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
