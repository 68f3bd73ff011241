import { assertEquals } from "@std/assert/mod.js";
import { type ByteForm, byteForm, isBinary, otherForm } from "../../../lib/records/forms/byte_form.ts";

const encoder = new TextEncoder();

const forms: readonly (readonly [form: ByteForm | undefined, head: string | Uint8Array])[] = [
  [undefined, ""],
  [undefined, "no json\n"],
  [undefined, "a sentence, and no more\nanother one\n"],
  ["json_lines", '{"a":1}\n{"a":2}\n'],
  ["json_lines", '\ufeff\n {"a":"a line that does not e'],
  ["json_lines", "{}\n"],
  ["pretty_json", '{\n  "a": 1\n}\n'],
  ["pretty_json", '{"a": {\n  "b": 1\n}}\n'],
  [undefined, "{no json\n"],
  ["joined_json", '{"a":1}{"a":2}'],
  ["joined_json", '{"a":"}{","b":{"c":1}} {"a":2}\n{"a":3}\n'],
  ["json_lines", '{"a":"}{\\"b"}\n{"a":2}\n'],
  [undefined, '\x1e{"a":1,"b":2}\n\x1e{"a":3,"b":4}\n'],
  [undefined, 'info {"a":1,"b":2}\ninfo {"a":3,"b":4}\n'],
  ["json_array", '[\n{"a":1}\n]'],
  ["csv", "a,b\n1,2\n"],
  ["csv", 'a;b\r"1;2";3\r'],
  ["markup", "<html><body>It works!</body></html>"],
  ["markup", '<?xml version="1.0"?>'],
  ["utf16", Uint8Array.of(0xff, 0xfe, 0x7b, 0)],
  ["utf16le", Uint8Array.of(0x7b, 0, 0x22, 0, 0x61, 0, 0x22, 0)],
  ["utf16be", Uint8Array.of(0, 0x7b, 0, 0x22, 0, 0x61, 0, 0x22)],
  ["gzip", Uint8Array.of(0x1f, 0x8b, 8)],
  ["zstd", Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 4)],
  ["zip", "PK\x03\x04\x14\0"],
  ["bzip2", "BZh91AY&SY\x8a"],
  ["parquet", "PAR1\x15\x04"],
  ["orc", "ORC\x11\0"],
  ["avro", "Obj\x01"],
  // Letters that binary forms begin with begin texts too.
  ["csv", "ORCID,name\n1,x\n"],
  ["csv", Uint8Array.of(...encoder.encode("ORCID,name\n1,"), 0xe9, 10)],
  ["csv", "PAR1,BZh\nx^,y\n"],
  ["csv", "x\x9c,y\n1,2\n"],
];
for (const [form, head] of forms) {
  Deno.test(`byteForm() takes ${JSON.stringify(typeof head === "string" ? head : [...head])} for ${form}`, () => {
    assertEquals(byteForm(typeof head === "string" ? encoder.encode(head) : head), form);
  });
}

Deno.test("otherForm() tells nothing of what has the format that it was read as", () => {
  const csv = encoder.encode("a,b\n1,2\n"), lines = encoder.encode('{"a":1}\n');
  assertEquals(otherForm(csv, "csv"), undefined);
  assertEquals(otherForm(lines, "jsonl"), undefined);
  assertEquals([otherForm(csv, "jsonl"), otherForm(lines, "csv")], ["csv", "json_lines"]);
});

Deno.test("isBinary() is not said of text", () => {
  assertEquals((["csv", "utf16", "markup", "json_array"] as const).map(isBinary), [
    false,
    false,
    false,
    false,
  ]);
  assertEquals((["gzip", "zip", "parquet"] as const).map(isBinary), [true, true, true]);
});
