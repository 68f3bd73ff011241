import { assertEquals } from "@std/assert/mod.js";
import { encodeKey } from "../../../lib/recipe/key.ts";
import type { Recipe } from "../../../lib/recipe/recipe.ts";
import { BLANK_LINE, LineScanner, SLOW_LINE } from "../../../lib/records/scan/scan_lines.ts";
import { sourceHash } from "../../../lib/records/scan/scan_lines.wasm.ts";

const recipe: Recipe = {
  companyField: "company",
  titleField: "title",
  outputField: "seniority",
  modelName: "m",
  modelVersion: "1",
  normalize: "exact",
};
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const scanner = new LineScanner({ recipe, maxKeys: 4_000_000, maxKeyTableBytes: 64 * 1024 ** 2 });

/** The keys that the scanner gives lines, 1,000 at a time; `undefined` where it takes none. */
function keysOf(lines: readonly Uint8Array[]): (string | undefined)[] {
  const found: (string | undefined)[] = [];
  for (let start = 0; start < lines.length; start += 1000) {
    const window = lines.slice(start, start + 1000);
    const { slots, keys } = scanner.scan(
      window.flatMap((line) => [line, Uint8Array.of(10)]),
      window.length,
      1e9,
    );
    for (const slot of slots) found.push(slot === SLOW_LINE || slot === BLANK_LINE ? undefined : keys[slot]!);
  }
  return found;
}

/** The same by `JSON.parse`. */
function parsedKey(line: Uint8Array): string | undefined {
  try {
    const { company, title } = JSON.parse(decoder.decode(line));
    return typeof company === "string" && typeof title === "string" ? encodeKey(company, title) : undefined;
  } catch {
    return undefined;
  }
}

/** The scanner takes what `JSON.parse` takes, neither more nor less. */
function assertSame(lines: readonly Uint8Array[]): void {
  keysOf(lines).forEach((key, i) => {
    const expected = parsedKey(lines[i]!);
    if (key !== expected) assertEquals(key, expected, new TextDecoder().decode(lines[i]));
  });
}

function* words(letters: readonly string[], length: number): Generator<string> {
  if (length === 0) return yield "";
  for (const word of words(letters, length - 1)) for (const letter of letters) yield word + letter;
}

function allWords(letters: readonly string[], longest: number): string[] {
  return Array.from({ length: longest + 1 }, (_, length) => [...words(letters, length)]).flat();
}

Deno.test("LineScanner() takes every string of UTF-8, and no other", () => {
  const lines: Uint8Array[] = [];
  const add = (...bytes: number[]) =>
    lines.push(
      Uint8Array.of(...encoder.encode('{"title":"","company":"'), ...bytes, ...encoder.encode('"}')),
    );
  for (let first = 0; first < 256; first++) {
    if (first === 10) continue;
    add(first);
    for (let second = 0; second < 256; second++) {
      if (second === 10) continue;
      add(first, second);
      if (first < 0xc0) continue;
      for (const third of [0x00, 0x22, 0x7f, 0x80, 0xbf, 0xc0, 0xff]) {
        add(first, second, third);
        if (first >= 0xe0) {
          for (const fourth of [0x22, 0x7f, 0x80, 0xbf, 0xc0]) add(first, second, third, fourth);
        }
      }
    }
  }
  assertSame(lines);
});

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

Deno.test("LineScanner() takes every number, and nothing like it", () => {
  const numbers = allWords(["-", "+", "0", "1", "9", ".", "e", "E"], 5);
  const places = [
    '{"company":"a","x":@,"title":"b"}',
    '{"company":"a","title":"b","x":[@]}',
    '{"company":"a","title":"b","x":@}',
  ];
  for (const place of places) assertSame(numbers.map((number) => encoder.encode(place.replace("@", number))));
});

Deno.test("LineScanner() takes every arrangement of brackets, commas and colons that is JSON, and no other", () => {
  const tokens = ["{", "}", "[", "]", ",", ":", '"a"', "1"];
  assertSame(allWords(tokens, 5).map((word) => encoder.encode(`{"company":"a","title":"b","x":${word}}`)));
  assertSame(allWords(tokens, 5).map((word) => encoder.encode(`{"company":"a","title":"b"${word}`)));
  assertSame(
    allWords(["true", "false", "null", "t", "e", "nul", ",", " "], 4).map((word) =>
      encoder.encode(`{"company":"a","title":"b","x":[${word}]}`)
    ),
  );
});

Deno.test("LineScanner() tells objects and lists apart at any depth, and leaves what is deeper alone", () => {
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

Deno.test("LineScanner() tells apart keys of any length, across windows, and finds them again", () => {
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

Deno.test("LineScanner() goes on with a table that is full", () => {
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
