import { assert, assertEquals } from "@std/assert/mod.js";
import fc from "fast-check";
import { fold } from "../../../lib/menus/match/fold.ts";
import { numRuns } from "../../property_runs.ts";

const words = (text: string) => fold(text).map((token) => token.text);

Deno.test("fold() makes case, accents, apostrophes, hyphens and & alike", () => {
  assertEquals(words("Ben & Jerry's"), ["ben", "and", "jerrys"]);
  assertEquals(words("BEN AND JERRYS"), ["ben", "and", "jerrys"]);
  assertEquals(words("Beck`s Beck’s Beck´s"), ["becks", "becks", "becks"]);
  assertEquals(words("Jägermeister, Żubrówka"), ["jagermeister", "zubrowka"]);
  assertEquals(words("Weißbier Ærø Łódź Cœur"), ["weissbier", "aero", "lodz", "coeur"]);
  assertEquals(words("Coca-Cola (Tullamore D.E.W.)"), ["coca", "cola", "tullamore", "d", "e", "w"]);
  assertEquals(words("Moët &amp; Chandon"), ["moet", "and", "chandon"]);
  assertEquals(words("CÎROC® Haig™ ﬁzz Балтика"), ["ciroc", "haig", "fizz", "балтика"]);
});

Deno.test("fold() takes composed and decomposed accents for the same", () => {
  assertEquals(words("Moe\u0308t Rosé"), words("Moët Rose\u0301"));
  const [moet] = fold("Moe\u0308t");
  assertEquals([moet!.start, moet!.end], [0, 5]);
});

Deno.test("fold() gives each word's place in the text as it was", () => {
  const text = "Don Julio®La Primavera, ﬁne & Łódź";
  assertEquals(fold(text).map(({ start, end }) => text.slice(start, end)), [
    "Don",
    "Julio",
    "La",
    "Primavera",
    "ﬁne",
    "&",
    "Łódź",
  ]);
});

Deno.test("fold() knows a possessive's stem, capitals, and where a sentence or a list continues", () => {
  const [captain, morgans, spiced, jura, e] = fold("Captain Morgan's Spiced. JURA, é");
  assertEquals([morgans!.text, morgans!.stemEnd, morgans!.end], ["morgans", 14, 16]);
  assertEquals([captain!.startsSentence, spiced!.startsSentence, jura!.startsSentence], [true, false, true]);
  assertEquals([captain!.capital, captain!.upper, jura!.upper, e!.lower], [true, false, true, true]);
  assertEquals([spiced!.afterBreak, jura!.afterBreak, e!.afterBreak], [false, true, true]);
  assertEquals(fold("Dr. Loosen")[1]!.afterBreak, false, "an abbreviation ends no sentence");
});

Deno.test("fold() takes any text, lone surrogates too: words in order, none empty, each where it says", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.array(fc.constantFrom("\ud800", "'", "&", "é", " a")),
      (
        text,
        odd,
      ) => {
        const all = text + odd.join("");
        let end = 0;
        for (const token of fold(all)) {
          assert(
            token.text !== "" && token.start >= end && token.end > token.start && token.end <= all.length,
          );
          assert(token.stemEnd > token.start && token.stemEnd <= token.end);
          end = token.end;
        }
      },
    ),
    { numRuns },
  );
});

Deno.test("fold() of a word folded is the word", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (text) => {
      for (const word of words(text)) assertEquals(words(word), [word]);
    }),
    { numRuns },
  );
});

Deno.test("fold() parts words where scripts with and without blanks meet, and says which word is attached", () => {
  assertEquals(words("冰镇Coca-Cola一罐330ml"), ["冰镇", "coca", "cola", "一罐", "330ml"]);
  assertEquals(words("CASS맥주 山崎12年 น้ำSingha"), [
    "cass",
    "맥주".normalize("NFKD"),
    "山崎",
    "12",
    "年",
    "น้\u0e4dา",
    "singha",
  ]);
  assertEquals(fold("喝7-UP ok").map(({ attached }) => attached), [false, true, true, false]);
  assertEquals(fold("Tシャツ").map(({ script }) => script), ["spaced", "unspaced"]);
});

Deno.test("fold() keeps vowel signs and voice marks, and full and half width alike", () => {
  assertEquals(words("ｺｶ･ｺｰﾗ ＣＯＣＡ ﾋﾞｰﾙ"), [...words("コカ・コーラ coca"), ...words("ビール")]);
  for (const [one, other] of [["ビール", "ヒール"], ["ม้า", "มา"], ["की", "का"]]) {
    assertEquals(words(one!).join() === words(other!).join(), false, `${one} and ${other}`);
  }
});
