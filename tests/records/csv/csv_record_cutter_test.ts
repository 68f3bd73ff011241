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
      if (end === undefined && cutter.isSpoilt) return { records, rest, isSpoilt: true };
      start = end ?? chunk.length;
      if (end === undefined) continue;
      const { lines, fields, hasStrayQuote } = cutter;
      records.push({ text: rest, lines, fields, hasStrayQuote });
      rest = "";
    }
  }
  return { records, rest, isSpoilt: false };
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
    ['"a"\r\r\n', 1, false],
  ] as const
) {
  Deno.test(`CsvRecordCutter() takes ${JSON.stringify(text)} as one record`, () => {
    const bytes = encoder.encode(text);
    const lines = text.split("\n").length - 1;
    const records = [{ text, lines, fields, hasStrayQuote: isStray }];
    for (const chunks of [[bytes], Array.from(bytes, (byte) => Uint8Array.of(byte))]) {
      assertEquals(cutAll(chunks), { records, rest: "", isSpoilt: false });
    }
  });
}

Deno.test("CsvRecordCutter() ends no record where a quote is open, or its newline has not come", () => {
  for (const text of ["", "a", "a\r", '"', '"a\n', '"a\n,""\n', '""', '"""\n']) {
    assertEquals(cutAll([encoder.encode(text)]), { records: [], rest: text, isSpoilt: false }, text);
  }
});

Deno.test("CsvRecordCutter() knows its delimiter only", () => {
  assertEquals(cutAll([encoder.encode('a;"b\n";c,d\n')], ";").records.map(({ fields }) => fields), [3]);
  assertEquals(cutAll([encoder.encode('a|"b\n')], "|").records, []);
});

Deno.test("CsvRecordCutter() starts over after a reset", () => {
  const cutter = new CsvRecordCutter({ delimiter: "," });
  assertEquals(cutter.cut(encoder.encode('ab,"c\n"'), 0), undefined);
  cutter.reset();
  assertEquals(cutter.cut(encoder.encode('x"b,c\nd'), 2, 5), undefined);
  assertEquals(cutter.cut(encoder.encode('x"b,c\nd'), 5), 6);
  const { lines, fields, hasStrayQuote } = cutter;
  assertEquals({ lines, fields, hasStrayQuote }, { lines: 1, fields: 2, hasStrayQuote: false });
});

Deno.test("CsvRecordCutter() ends a record with a stray quote at its line, whatever quote follows", () => {
  const { records, rest } = cutAll([encoder.encode('a"b,"c\nd",e\n')]);
  assertEquals(records.map(({ text, hasStrayQuote }) => [text, hasStrayQuote]), [
    ['a"b,"c\n', true],
    ['d",e\n', true],
  ]);
  assertEquals(rest, "");
});

Deno.test("CsvRecordCutter() stops where a record of several lines is spoilt", () => {
  const cutter = new CsvRecordCutter({ delimiter: "," });
  const bytes = encoder.encode('1,"a\n2,"b,c\n');
  assertEquals([cutter.cut(bytes, 0), cutter.isSpoilt, cutter.strayAt], [undefined, true, 8]);
  cutter.reset();
  assertEquals([cutter.isSpoilt, cutter.cut(bytes, 5), cutter.lines], [false, undefined, 2]);
});

Deno.test("CsvRecordCutter() takes CR for the line end where it is told so", () => {
  const cutter = new CsvRecordCutter({ delimiter: ",", lineEnd: 13 });
  const bytes = encoder.encode('a,"b\rc\n"\rd\ne\r');
  assertEquals([cutter.cut(bytes, 0), cutter.lines, cutter.cut(bytes, 9), cutter.lines], [9, 2, 13, 1]);
});

Deno.test("CsvRecordCutter() cuts any bytes alike in any chunks, and loses none", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("a", '"', '"', ",", "\n", "\r", "ü"), { maxLength: 40 }),
      fc.array(fc.nat({ max: 100 }), { maxLength: 6 }),
      (parts, places) => {
        const bytes = encoder.encode(parts.join("").replaceAll("ü", "x"));
        const whole = cutAll([bytes]);
        const { records, rest, isSpoilt } = cutAll(cutAt(bytes, places));
        assertEquals({ records, isSpoilt }, { records: whole.records, isSpoilt: whole.isSpoilt });
        if (isSpoilt) return Promise.resolve();
        assertEquals(rest, whole.rest);
        assertEquals(records.map(({ text }) => text).join("") + rest, decoder.decode(bytes));
        return Promise.resolve();
      },
    ),
    { numRuns },
  );
});
