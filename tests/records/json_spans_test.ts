import { assert, assertEquals } from "@std/assert/mod.js";
import fc from "fast-check";
import { JsonSpans, spanFlags } from "../../lib/records/json_spans.ts";
import { numRuns } from "../property_runs.ts";

const utf8 = new TextEncoder();
const decoder = new TextDecoder();

/** The fields as text, with their flags; `undefined` where it is no object. */
function fields(json: string): [name: string, value: string, flags: number][] | undefined {
  const bytes = utf8.encode(`xx${json}yy`);
  const spans = new JsonSpans();
  if (!spans.read(bytes, 2, bytes.length - 2)) return undefined;
  return Array.from({ length: spans.count }, (_, i) => [
    decoder.decode(bytes.subarray(spans.names[i], spans.nameEnds[i])),
    decoder.decode(bytes.subarray(spans.values[i], spans.valueEnds[i])),
    spans.valueFlags[i]!,
  ]);
}

Deno.test("JsonSpans.read() finds the fields of any object", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 200 }),
      fc.boolean(),
      (object, isWide) => {
        const json = JSON.stringify(object, null, isWide ? "\t" : undefined);
        const found = fields(json)!;
        assertEquals(
          found.map(([name, value]) => [JSON.parse(name), JSON.parse(value)]),
          Object.entries(JSON.parse(json)),
        );
      },
    ),
    { numRuns },
  );
});

Deno.test("JsonSpans.read() refuses what is no object", () => {
  for (
    const json of [
      "",
      " ",
      "[]",
      '"a"',
      "1",
      "{",
      '{"a"}',
      '{"a":}',
      '{"a":1',
      '{"a":1,}',
      '{"a":1}x',
      '{"a":[1}',
      '{"a',
    ]
  ) {
    assertEquals(fields(json), undefined, json);
  }
  assertEquals(fields(" { } "), []);
});

Deno.test("JsonSpans.read() flags what PostgreSQL cannot hold", () => {
  const flagsOf = (value: string) => fields(`{"a":${value}}`)![0]![2];
  const { escapes, unholdable } = spanFlags;
  for (
    const value of [
      String.raw`"\u0000"`,
      String.raw`["\\\u0000"]`,
      String.raw`"\ud800"`,
      String.raw`"\udc00\ud800"`,
      String.raw`"\ud83dx"`,
      String.raw`{"\uD83D\u0041":1}`,
      "1e99999",
      "[1E+10000]",
      "9".repeat(1_001),
      "[".repeat(501) + "]".repeat(501),
    ]
  ) assert(flagsOf(value) & unholdable, value.slice(0, 40));
  for (const value of [String.raw`"\\u0000"`, String.raw`"\uD83D\uDC54"`, String.raw`"\n\u00e9"`]) {
    assertEquals(flagsOf(value), escapes, value);
  }
  for (const value of ['"x"', "1e308", "-0.5", "true", "null", "[[]]", "9".repeat(1_000)]) {
    assertEquals(flagsOf(value), 0);
  }
});
