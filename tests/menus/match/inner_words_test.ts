import { assertEquals } from "@std/assert/mod.js";
import { fold } from "../../../lib/menus/match/fold.ts";
import { InnerWords } from "../../../lib/menus/match/inner_words.ts";

/** How a part of a text stands in it. */
function place(text: string, part: string): string | undefined {
  const tokens = fold(text);
  const letters = tokens.map((token) => token.text).join("");
  const offsets = [0];
  for (const token of tokens) offsets.push(offsets.at(-1)! + token.text.length);
  const folded = fold(part).map((token) => token.text).join("");
  const start = letters.indexOf(folded), end = start + folded.length;
  const inner = new InnerWords(tokens, offsets, letters);
  return inner.mayPart(start) && inner.mayPart(end) ? inner.place(start, end) : undefined;
}

Deno.test("InnerWords.place() is clean between scripts, and before a Korean particle", () => {
  for (
    const [text, part] of [
      ["生アサヒを一杯", "アサヒ"],
      ["冰镇Coca-Cola一罐", "Coca-Cola"],
      ["코카콜라를", "코카콜라"],
      ["카스에서는", "카스"],
      ["お抹茶を", "抹茶"],
    ] as const
  ) assertEquals(place(text, part), "clean", text);
});

Deno.test("InnerWords.place() takes what a dictionary parts, and long names anywhere", () => {
  for (
    const [text, part] of [
      ["来一瓶百威啤酒", "百威"],
      ["冰镇可口可乐一罐", "可口可乐"],
      ["เบียร์ช้างสด", "ช้าง"],
      ["กาแฟเนสกาแฟร้อน", "เนสกาแฟ"],
      ["น้ำโค้กเย็น", "โค้ก"],
      ["アサヒビール", "アサヒ"],
      ["ペプシコーラ", "ペプシ"],
      ["新コカコーラゼロ", "コカコーラ"],
      ["시원한코카콜라제로", "코카콜라"],
      ["참이슬후레쉬", "참이슬"],
    ] as const
  ) assertEquals(place(text, part), "rough", text);
});

Deno.test("InnerWords.place() is none within another word", () => {
  for (
    const [text, part] of [
      ["一百威士忌", "百威"],
      ["冰红牛肉汤", "红牛"],
      ["コーラス", "コーラ"],
      ["ラムネ", "ラム"],
      ["ビール", "ビ"],
      ["카스텔라", "카스"],
      ["코카콜라", "카콜"],
      ["ช้าง", "ช้า"],
      ["七喜", "喜"],
    ] as const
  ) assertEquals(place(text, part), undefined, `${part} in ${text}`);
});

Deno.test("InnerWords.mayPart() is false before marks, small kana and the rest of a syllable", () => {
  const parts = (text: string) => {
    const tokens = fold(text);
    const letters = tokens.map((token) => token.text).join("");
    const inner = new InnerWords(tokens, [0, letters.length], letters);
    return Array.from(letters, (_, at) => inner.mayPart(at) ? "|" : "-").join("");
  };
  assertEquals(parts("ガー"), "|--"); // カ, voice mark, long vowel
  assertEquals(parts("각가"), "|--|-");
  assertEquals(parts("น้ำ"), "|--|");
  assertEquals(parts("cola"), "|---");
});
