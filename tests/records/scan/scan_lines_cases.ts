import { assertEquals } from "@std/assert/mod.js";
import { encodeKey } from "../../../lib/recipe/key.ts";
import { DROPPED_LINE, LineScanner } from "../../../lib/records/scan/scan_lines.ts";
import { testRecipe } from "../../fakes/recipe.ts";

export const recipe = testRecipe;
export const encoder = new TextEncoder();
export const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
export const scanner = new LineScanner({ recipe, maxKeys: 4_000_000, maxKeyTableBytes: 64 * 1024 ** 2 });

/** The keys that the scanner gives lines, 1,000 at a time; `undefined` where it takes none. */
export function keysOf(lines: readonly Uint8Array[]): (string | undefined)[] {
  const found: (string | undefined)[] = [];
  for (let start = 0; start < lines.length; start += 1000) {
    const window = lines.slice(start, start + 1000);
    const { slots, keys } = scanner.scan(
      window.flatMap((line) => [line, Uint8Array.of(10)]),
      window.length,
      1e9,
    );
    for (const slot of slots) found.push(slot >= DROPPED_LINE ? undefined : keys[slot]!);
  }
  return found;
}

/** The same by `JSON.parse`. */
export function parsedKey(line: Uint8Array): string | undefined {
  try {
    const { company, title } = JSON.parse(decoder.decode(line));
    return typeof company === "string" && typeof title === "string" ? encodeKey(company, title) : undefined;
  } catch {
    return undefined;
  }
}

/** The scanner takes what `JSON.parse` takes, neither more nor less. */
export function assertSame(lines: readonly Uint8Array[]): void {
  keysOf(lines).forEach((key, i) => {
    const expected = parsedKey(lines[i]!);
    if (key !== expected) assertEquals(key, expected, new TextDecoder().decode(lines[i]));
  });
}

export function* words(letters: readonly string[], length: number): Generator<string> {
  if (length === 0) return yield "";
  for (const word of words(letters, length - 1)) for (const letter of letters) yield word + letter;
}

export function allWords(letters: readonly string[], longest: number): string[] {
  return Array.from({ length: longest + 1 }, (_, length) => [...words(letters, length)]).flat();
}

/** Every `step`-th byte comes first, whatever follows it. */
export function testUtf8(step: number): void {
  Deno.test("LineScanner() takes every string of UTF-8, and no other", () => {
    const lines: Uint8Array[] = [];
    const add = (...bytes: number[]) =>
      lines.push(
        Uint8Array.of(...encoder.encode('{"title":"","company":"'), ...bytes, ...encoder.encode('"}')),
      );
    for (let first = 0; first < 256; first += step) {
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
}

/** All texts of at most `longest` signs. */
export function testNumbers(longest: number): void {
  Deno.test("LineScanner() takes every number, and nothing like it", () => {
    const numbers = allWords(["-", "+", "0", "1", "9", ".", "e", "E"], longest);
    const places = [
      '{"company":"a","x":@,"title":"b"}',
      '{"company":"a","title":"b","x":[@]}',
      '{"company":"a","title":"b","x":@}',
    ];
    for (const place of places) {
      assertSame(numbers.map((number) => encoder.encode(place.replace("@", number))));
    }
  });
}

/** All texts of at most `longest` tokens. */
export function testArrangements(longest: number): void {
  Deno.test("LineScanner() takes every arrangement of brackets, commas and colons that is JSON, and no other", () => {
    const tokens = ["{", "}", "[", "]", ",", ":", '"a"', "1"];
    assertSame(
      allWords(tokens, longest).map((word) => encoder.encode(`{"company":"a","title":"b","x":${word}}`)),
    );
    assertSame(allWords(tokens, longest).map((word) => encoder.encode(`{"company":"a","title":"b"${word}`)));
    assertSame(
      allWords(["true", "false", "null", "t", "e", "nul", ",", " "], 4).map((word) =>
        encoder.encode(`{"company":"a","title":"b","x":[${word}]}`)
      ),
    );
  });
}
