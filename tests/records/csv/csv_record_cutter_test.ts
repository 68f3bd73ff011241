import { assertEquals } from "@std/assert/mod.js";
import fc from "fast-check";
import type { CsvDelimiter } from "../../../lib/records/csv/csv_delimiters.ts";
import { CsvRecordCutter } from "../../../lib/records/csv/csv_record_cutter.ts";
import { numRuns } from "../../property_runs.ts";
import { cutAt } from "../stages/run_stage.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Cuts what comes in chunks; `rest` is what does not end. */
function cutAll(chunks: readonly Uint8Array[], delimiter: CsvDelimiter = ",") {
  const cutter = new CsvRecordCutter({ delimiter });
  const records: { text: string; lines: number; fields: number; hasStrayQuote: boolean }[] = [];
  let rest = "";
  for (const chunk of chunks) {
    for (let start = 0; start < chunk.length;) {
      const end = cutter.cut(chunk, start);
      rest += decoder.decode(chunk.subarray(start, end));
      start = end ?? chunk.length;
      if (end === undefined) continue;
      const { lines, fields, hasStrayQuote } = cutter;
      records.push({ text: rest, lines, fields, hasStrayQuote });
      rest = "";
    }
  }
  return { records, rest };
}

for (
  const [text, fields, isStray] of [
    ["\n", 1, false],
    ["\r\n", 1, false],
    ["a,b\n", 2, false],
    [",,\r\n", 3, false],
    ['"a,b"\n', 1, false],
    ['"a\nb"\n', 1, false],
    ['"a\r\n\nb","\n"\r\n', 2, false],
    ['""\n', 1, false],
    ['"""\n""",""""\n', 2, false],
    ['a"b\n', 1, true],
    ['a,b"\n', 2, true],
    [' "a"\n', 1, true],
    ['"a"b\n', 1, true],
    ['"a" ,b\n', 2, true],
    ['"a"b"c,d\n', 2, true],
    ['"a"\r,b\n', 2, true],
    ['"a"\r\r\n', 1, true],
  ] as const
) {
  Deno.test(`CsvRecordCutter() takes ${JSON.stringify(text)} as one record`, () => {
    const bytes = encoder.encode(text);
    const lines = text.split("\n").length - 1;
    const records = [{ text, lines, fields, hasStrayQuote: isStray }];
    for (const chunks of [[bytes], Array.from(bytes, (byte) => Uint8Array.of(byte))]) {
      assertEquals(cutAll(chunks), { records, rest: "" });
    }
  });
}

Deno.test("CsvRecordCutter() ends no record where a quote is open, or its newline has not come", () => {
  for (const text of ["", "a", "a\r", '"', '"a\n', '"a\n,""\n', '""', '"""\n']) {
    assertEquals(cutAll([encoder.encode(text)]), { records: [], rest: text }, text);
  }
});

Deno.test("CsvRecordCutter() knows its delimiter only", () => {
  assertEquals(cutAll([encoder.encode('a;"b\n";c,d\n')], ";").records.map(({ fields }) => fields), [3]);
  assertEquals(cutAll([encoder.encode('a|"b\n')], "|").records, []);
});

Deno.test("CsvRecordCutter() starts over after a reset", () => {
  const cutter = new CsvRecordCutter({ delimiter: "," });
  assertEquals(cutter.cut(encoder.encode('a"b,"c\n"'), 0), undefined);
  cutter.reset();
  assertEquals(cutter.cut(encoder.encode('x"b,c\nd'), 2, 5), undefined);
  assertEquals(cutter.cut(encoder.encode('x"b,c\nd'), 5), 6);
  const { lines, fields, hasStrayQuote } = cutter;
  assertEquals({ lines, fields, hasStrayQuote }, { lines: 1, fields: 2, hasStrayQuote: false });
});

Deno.test("CsvRecordCutter() cuts any bytes alike in any chunks, and loses none", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("a", '"', '"', ",", "\n", "\r", "ü"), { maxLength: 40 }),
      fc.array(fc.nat({ max: 100 }), { maxLength: 6 }),
      (parts, places) => {
        const bytes = encoder.encode(parts.join("").replaceAll("ü", "x"));
        const whole = cutAll([bytes]);
        assertEquals(cutAll(cutAt(bytes, places)), whole);
        const { records, rest } = whole;
        assertEquals(records.map(({ text }) => text).join("") + rest, decoder.decode(bytes));
        return Promise.resolve();
      },
    ),
    { numRuns },
  );
});
