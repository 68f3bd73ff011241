import { assertEquals } from "@std/assert/mod.js";
import { fitText, textWidth } from "../../lib/report/text_width.ts";

Deno.test("textWidth() counts a terminal's columns", () => {
  const cases: [string, number][] = [["abc", 3], ["é", 1], ["e\u0301", 1], ["日本", 4], ["👩‍👩‍👧", 2], [
    "שלום",
    4,
  ], ["", 0]];
  for (const [text, width] of cases) assertEquals(textWidth(text), width, text);
});

Deno.test("fitText() cuts and fills to the column", () => {
  assertEquals(fitText("abc", 5), "abc  ");
  assertEquals(fitText("abcde", 5), "abcde");
  assertEquals(fitText("abcdef", 5), "abcd…");
  assertEquals(fitText("日本語", 5), "日本…");
  assertEquals(fitText("日本語", 4), "日… ");
  assertEquals(textWidth(fitText("e\u0301".repeat(100_000), 7)), 7);
});
