import { assertEquals, assertThrows } from "@std/assert/mod.js";
import fc from "fast-check";
import { SluiceError } from "../../../lib/errors/sluice_error.ts";
import { TextReader } from "../../../lib/records/forms/text_reader.ts";
import type { RecordFormat } from "../../../lib/records/record_format.ts";
import { concat } from "../../story/corpus.ts";
import { numRuns } from "../../property_runs.ts";
import { cutAt } from "../stages/run_stage.ts";

const encoder = new TextEncoder();

/** What comes out, and how many chunks had gone in before the first came out. */
function read(chunks: readonly Uint8Array<ArrayBuffer>[], format: RecordFormat = "jsonl") {
  const out: Uint8Array<ArrayBuffer>[] = [];
  let head: Uint8Array | undefined, heldFor = 0;
  const reader = new TextReader({ format, onHead: (bytes) => head = bytes });
  for (const chunk of chunks) {
    reader.read(chunk, (bytes) => out.push(bytes));
    if (out.length === 0) heldFor++;
  }
  reader.end((bytes) => out.push(bytes));
  return { text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(concat(out)), head, heldFor, out };
}

const readText = (text: string, format?: RecordFormat) => read([encoder.encode(text)], format).text;

Deno.test("TextReader() hands on the first chunk itself where it has a whole line", () => {
  const chunks = ['{"a":1}\n{', '"a":2}\n'].map((text) => encoder.encode(text));
  assertEquals(read(chunks).out.map((chunk, i) => chunk === chunks[i]), [true, true]);
});

for (
  const [name, text, lines] of [
    ["nothing", "", ""],
    ["lines", '{"a":1}\r\n\n{"a":2}', '{"a":1}\r\n\n{"a":2}'],
    ["a line of no record", "no json", "no json"],
    ["blank lines", " \n\n", " \n\n"],
    ["an array", '[{"a":1},{"a":[2,{"b":"]"}]}]', '{"a":1}\n{"a":[2,{"b":"]"}]}\n'],
    ["an array of several lines", ' [\r\n{ "a" :\n1 }\n,\n{"a":\r\n2} ]\n', '{ "a" : 1 }\n{"a":  2}\n'],
    ["brackets in strings", '[{"a":"},{\\"]["},{}]', '{"a":"},{\\"]["}\n{}\n'],
    ["a line break in a string", '[{"a":"x\ny"}]', '{"a":"x\ry"}\n'],
    ["an empty array", "[ ]", ""],
    ["elements that are no records", '[{},1, "x,]" ,[2,3]]', '{}\n1\n"x,]"\n[2,3]\n'],
    ["elements without a comma", "[{} {},{}]", "{} {}\n{}\n"],
    ["a comma too many", "[{},]", "{}\n"],
    ["several arrays", '[{"a":1}]\n[{"a":2}]', '{"a":1}\n{"a":2}\n'],
    ["lines behind an array", '[{"a":1}]\n{"a":2}\nno json', '{"a":1}\n\n{"a":2}\nno json'],
    ["an array of numbers", "[1,2]\n", "[1,2]\n"],
    ["a byte-order mark and an array", '\ufeff[{"a":1}]', '{"a":1}\n'],
    ["lines that end in CR", '{"a":1}\r{"a":2}\r', '{"a":1}\n{"a":2}\n'],
    ["one line that ends in CR", '{"a":1}\r', '{"a":1}\n'],
    ["a record with CRs in it", '{"a":\r1}', '{"a":\r1}'],
  ] as const
) {
  Deno.test(`TextReader() reads ${name}`, () => {
    const expected = lines.replaceAll("\n\n", "\n"), shown = (text: string) => text.replaceAll("\n\n", "\n");
    assertEquals(shown(readText(text)), expected);
    const single = Array.from(encoder.encode(text), (byte) => Uint8Array.of(byte));
    assertEquals(shown(read(single).text), expected);
  });
}

Deno.test("TextReader() reads an array a line, however many there are", () => {
  const count = 20_000, line = '[{"a":1},{"a":2}]\n';
  const chunks = Array.from({ length: count / 100 }, () => encoder.encode(line.repeat(100)));
  assertEquals(read(chunks).text, '{"a":1}\n{"a":2}\n'.repeat(count));
});

Deno.test("TextReader() leaves CSV as it is, whatever it begins with", () => {
  for (const text of ['[{"a":1}]', "{a,b}\r1,2\r", "a,b\n"]) assertEquals(readText(text, "csv"), text);
});

Deno.test("TextReader() unwraps any array in any chunks", () => {
  const space = fc.constantFrom("", " ", "\n", "\r\n\t");
  const value = fc.jsonValue({ maxDepth: 3 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(space, fc.record({ a: value, "}],": value }), space), { maxLength: 5 }),
      fc.boolean(),
      fc.array(fc.nat({ max: 500 }), { maxLength: 6 }),
      (elements, isIndented, places) => {
        const texts = elements.map(([before, element, behind]) =>
          before + JSON.stringify(element, null, isIndented ? 1 : 0) + behind
        );
        const { text } = read(cutAt(encoder.encode(`[${texts.join(",")}]`), places));
        const lines = text === "" ? [] : text.trimEnd().split("\n");
        assertEquals(
          lines.map((line) => JSON.parse(line)),
          elements.map(([, element]) => JSON.parse(JSON.stringify(element))),
        );
      },
    ),
    { numRuns },
  );
});

Deno.test("TextReader() makes UTF-8 of UTF-16 in any chunks, arrays too", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 20 }),
      fc.boolean(),
      fc.array(fc.nat({ max: 200 }), { maxLength: 6 }),
      (text, isLittle, places) => {
        const line = JSON.stringify({ text: text.toWellFormed() });
        const units = `\ufeff[${line},\n${line}]`;
        const view = new DataView(new ArrayBuffer(2 * units.length));
        for (let i = 0; i < units.length; i++) view.setUint16(2 * i, units.charCodeAt(i), isLittle);
        assertEquals(read(cutAt(new Uint8Array(view.buffer), places)).text, `${line}\n${line}\n`);
      },
    ),
    { numRuns },
  );
});

Deno.test("TextReader() holds back no more than 64 KiB of a line that does not end", () => {
  const chunk = encoder.encode("x".repeat(1_000)), first = encoder.encode('{"a":"');
  const { heldFor, text } = read([first, ...new Array(200).fill(chunk)]);
  assertEquals(heldFor <= 132, true, `${heldFor} chunks were held back`);
  assertEquals(text.length, 200_006);
});

Deno.test("TextReader() tells the first bytes, decoded", () => {
  assertEquals(read([encoder.encode("no json\n")]).head, encoder.encode("no json\n"));
  assertEquals(read([Uint8Array.of(0xff, 0xfe, 0x61, 0, 10, 0)]).head, encoder.encode("a\n"));
});

Deno.test("TextReader() refuses what is no text, an array that is not closed, and UTF-16 that is none", () => {
  for (
    const [bytes, message] of [
      [Uint8Array.of(0x1f, 0x8b, 8, 0), "it looks like gzip within another compression"],
      [encoder.encode('[{"a":1},{"a":'), "its JSON array is not closed: it ends after 1 element"],
      [Uint8Array.of(0xff, 0xfe, 0x61, 0, 0x62), "ends in the middle of a character"],
      [Uint8Array.of(0xff, 0xfe, 0x00, 0xdc, 0x61, 0), "it begins as UTF-16 and is none"],
    ] as const
  ) assertThrows(() => read([bytes]), SluiceError, message);
});
