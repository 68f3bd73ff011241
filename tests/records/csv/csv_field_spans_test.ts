import { assertEquals } from "@std/assert/mod.js";
import { csvFieldSpans } from "../../../lib/records/csv/csv_field_spans.ts";

for (
  const [row, ...fields] of [
    ["", ""],
    ["a", "a"],
    [",", "", ""],
    ["a,b,", "a", "b", ""],
    ['"a,b",c', '"a,b"', "c"],
    ['a,"b""","",""""', "a", '"b"""', '""', '""""'],
    ['"""a"",""b","\n"', '"""a"",""b"', '"\n"'],
    ["ü, b ", "ü", " b "],
  ] as const
) {
  Deno.test(`csvFieldSpans() finds the fields of ${JSON.stringify(row)}`, () => {
    const text = new TextEncoder().encode(`x",${row}\n"",`);
    const place = { start: 3, end: text.length - 4, delimiter: "," } as const;
    const found = csvFieldSpans(text, place).map(([start, end]) =>
      new TextDecoder().decode(text.subarray(start, end))
    );
    assertEquals(found, fields);
  });
}

Deno.test("csvFieldSpans() knows its delimiter only", () => {
  const text = new TextEncoder().encode('a,b\t"c\t"');
  assertEquals(csvFieldSpans(text, { start: 0, end: 8, delimiter: "\t" }), [[0, 3], [4, 8]]);
});
