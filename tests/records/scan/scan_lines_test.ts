import { assertEquals } from "@std/assert/mod.js";
import { encodeKey } from "../../../lib/recipe/key.ts";
import { LineScanner, SLOW_LINE } from "../../../lib/records/scan/scan_lines.ts";
import { sourceHash } from "../../../lib/records/scan/scan_lines.wasm.ts";
import {
  allWords,
  assertSame,
  encoder,
  keysOf,
  recipe,
  testArrangements,
  testNumbers,
  testUtf8,
} from "./scan_lines_cases.ts";

testUtf8(4);

Deno.test("LineScanner() takes every escape, and no other", () => {
  const escapes = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte !== 10).map((byte) =>
    Uint8Array.of(...encoder.encode('{"title":"","company":"\\'), byte, ...encoder.encode('"}'))
  );
  assertSame(escapes);
  const digits = allWords(["0", "9", "a", "F", "g", '"'], 5).map((word) =>
    encoder.encode(`{"title":"","company":"\\u${word}"}`)
  );
  assertSame(digits);
});

Deno.test("LineScanner() unescapes every unit, pairs too, and leaves lone surrogates alone", () => {
  const units = Array.from({ length: 0x10000 }, (_, unit) => `\\u${unit.toString(16).padStart(4, "0")}`);
  const lines = units.map((unit) => encoder.encode(`{"company":"${unit}","title":"\\"x"}`));
  keysOf(lines).forEach((key, unit) => {
    const isLone = unit >= 0xd800 && unit < 0xe000;
    assertEquals(key, isLone ? undefined : encodeKey(String.fromCharCode(unit), '"x'));
  });
  const surrogates = ["\\ud800", "\\uDBFF", "\\udc00", "\\uDFFF", "x", "\\ud83d\\udc54", "\\n"];
  const words = allWords(surrogates, 4);
  keysOf(words.map((word) => encoder.encode(`{"title":"","company":"${word}"}`))).forEach((key, i) => {
    const company = JSON.parse(`"${words[i]}"`);
    assertEquals(key, company.isWellFormed() ? encodeKey(company, "") : undefined);
  });
});

testNumbers(4);

testArrangements(4);

Deno.test("LineScanner() distinguishes objects and lists at any depth, and leaves what is deeper alone", () => {
  for (let depth = 1; depth <= 140; depth++) {
    for (let kinds = 0; kinds < 4; kinds++) {
      // Outermost and all others: list or object. Then each with a wrong end, outermost and innermost.
      const isObject = Array.from({ length: depth }, (_, i) => ((i === 0 ? kinds : kinds >> 1) & 1) === 1);
      const opening = isObject.map((is) => is ? '{"y":' : "[").join("");
      const closing = isObject.toReversed().map((is) => is ? "}" : "]");
      const swap = (at: number) => closing.with(at, closing.at(at) === "}" ? "]" : "}");
      const lines = [closing, swap(-1), swap(0), swap(depth >> 1)].map((closing) =>
        encoder.encode(`{"company":"a","x":${opening}1${closing.join("")},"title":"b"}`)
      );
      keysOf(lines).forEach((key, i) => assertEquals(key, depth <= 64 && i === 0 ? "1:ab" : undefined));
    }
  }
});

Deno.test("LineScanner() finds quotes, escapes and broken characters at any place of a step", () => {
  const lines: Uint8Array[] = [];
  for (const odd of ['"', "\\", "\\u00fc", "ü", "👔", "\x1f", "\0", "\x7f", "\\\\", '\\"', "\u2028"]) {
    for (let before = 0; before < 40; before++) {
      for (const after of [0, 1, 15, 16, 17]) {
        const text = `${"x".repeat(before)}${odd}${"y".repeat(after)}`;
        lines.push(encoder.encode(`{"company":"${text}","title":"b"}`));
        lines.push(encoder.encode(`{"company":"a","${text}":1,"title":"b"}`));
      }
    }
  }
  assertSame(lines);
});

Deno.test("LineScanner() distinguishes keys of any length, across windows, and finds them again", () => {
  const lines: Uint8Array[] = [];
  for (let company = 0; company < 40; company++) {
    for (let title = 0; title < 40; title++) {
      for (const last of ["", "x", "y"]) {
        lines.push(
          encoder.encode(JSON.stringify({ company: "a".repeat(company), title: "a".repeat(title) + last })),
        );
      }
    }
  }
  assertSame(lines);
  assertSame(lines.toReversed());
});

Deno.test("LineScanner() continues with a full table", () => {
  const small = new LineScanner({ recipe, maxKeys: 3, maxKeyTableBytes: 1_000 });
  const window = (from: number) =>
    Array.from({ length: 5 }, (_, i) => encoder.encode(`{"company":"c${(from + i) % 7}","title":"t"}\n`));
  for (let round = 0; round < 20; round++) {
    const { slots, keys } = small.scan(window(round), 5, 1e9);
    assertEquals(
      [...slots].map((slot) => keys[slot]),
      Array.from({ length: 5 }, (_, i) => slots[i] === SLOW_LINE ? undefined : `2:c${(round + i) % 7}t`),
    );
    assertEquals([...slots].filter((slot) => slot === SLOW_LINE).length, 2);
  }
});

Deno.test("The scanner's binary is its source's: deno task scanner --check compiles it to be sure", async () => {
  const source = await Deno.readFile(new URL("../../../lib/records/scan/scan_lines.as.ts", import.meta.url));
  assertEquals(new Uint8Array(await crypto.subtle.digest("SHA-256", source)).toHex(), sourceHash);
});
