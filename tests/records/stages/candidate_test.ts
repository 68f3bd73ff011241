import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { NotRecordsError } from "../../../lib/records/not_records_error.ts";
import { CandidateStream } from "../../../lib/records/stages/candidate.ts";

const utf8 = new TextEncoder();

/** What passes, in chunks of so many bytes. */
async function passed(bytes: Uint8Array, chunkBytes = bytes.length || 1): Promise<string> {
  const chunks = Array.from(
    { length: Math.ceil(bytes.length / chunkBytes) },
    (_, i) => bytes.slice(i * chunkBytes, (i + 1) * chunkBytes),
  );
  return await new Response(
    ReadableStream.from(chunks).pipeThrough(new CandidateStream() as unknown as TransformStream),
  ).text();
}

const records = [
  '{"a":1}\n{"b":2}\n',
  '{"a":1}',
  "\n\n  {}\r\nx",
  '[{"a":1}]',
  '[\n  {\n "a": 1 }]',
  "[]",
  "",
  " \n ",
];
const others = ['{\n  "a": 1\n}\n', "[1,2]", '["a"]', "a,b\n1,2\n", '"text"', "{", "<html>", "PAR1\u0000"];

for (const chunkBytes of [1, 3, 1_000]) {
  Deno.test(`CandidateStream passes what begins with a record, in chunks of ${chunkBytes} bytes`, async () => {
    for (const text of records) assertEquals(await passed(utf8.encode(text), chunkBytes), text);
  });

  Deno.test(`CandidateStream refuses what does not, in chunks of ${chunkBytes} bytes`, async () => {
    for (const text of others) {
      await assertRejects(
        () => passed(utf8.encode(text), chunkBytes),
        NotRecordsError,
        "Cannot read as records",
      );
    }
  });
}

Deno.test("CandidateStream takes a long first line that begins as a record for one", async () => {
  const text = `{"a":"${"x".repeat(300_000)}`;
  assertEquals((await passed(utf8.encode(text), 50_000)).length, text.length);
});

Deno.test("CandidateStream knows UTF-16 and UTF-8 by their byte-order marks", async () => {
  const text = '{"a":1}\n';
  const units = Uint16Array.from(`\ufeff${text}`, (char) => char.charCodeAt(0));
  assertEquals((await passed(new Uint8Array(units.buffer))).length > 0, true);
  assertEquals(await passed(utf8.encode(`\ufeff${text}`)), text); // `Response.text()` takes the mark off
});
