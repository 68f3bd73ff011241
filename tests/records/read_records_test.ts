import { assertEquals } from "@std/assert/mod.js";
import { type Batch, ObjectCounts } from "../../lib/records/batch.ts";
import { readRecords, type ReadRecordsOptions, readTextLines } from "../../lib/records/read_records.ts";
import { encoderOf } from "../../lib/records/record_format.ts";
import { LineScanner } from "../../lib/records/scan/scan_lines.ts";
import { testRecipe } from "../fakes/recipe.ts";

const recipe = { ...testRecipe, outputField: "level" };

async function run(text: string, changes: Partial<ReadRecordsOptions>) {
  const counts = new ObjectCounts();
  const options: ReadRecordsOptions = {
    format: "jsonl",
    recipe,
    maxLineBytes: 1_000,
    windowRecords: 2,
    windowBytes: 1_000,
    maxCallBytes: 1_000,
    maxExpansion: 200,
    counts,
    ...changes,
  };
  const answered = new TransformStream<Batch, Batch>({
    transform(batch, controller) {
      batch.answers.fill(3);
      controller.enqueue(batch);
    },
  });
  const output = readRecords(new Blob([text]).stream(), options).pipeThrough(answered)
    .pipeThrough(encoderOf(options));
  const written = await new Response(output).text();
  return { written, in: counts.in, out: counts.out, reasons: { ...counts.reasons } };
}

const lines = '{"company":"a","title":"b"}\n{"company":"c"}\n{"company":"d","title":"e"}';
const expected = {
  written: '{"company":"a","title":"b","level":3}\n{"company":"d","title":"e","level":3}\n',
  in: 3,
  out: 2,
  reasons: { missing_key_field: 1 },
};

Deno.test("readRecords() takes JSON lines through the scanner", async () => {
  assertEquals(await run(lines, { scanner: new LineScanner({ recipe }) }), expected);
});

Deno.test("readRecords() makes a scanner where it gets none", async () => {
  assertEquals(await run(lines, {}), expected);
});

Deno.test("readRecords() takes CSV, with any delimiter", async () => {
  const csv = { in: 3, out: 2, reasons: { ragged_row: 1 } };
  assertEquals(await run('company,title\na,"b\n"\nc\nd,e', { format: "csv" }), {
    written: 'company,title,level\na,"b\n",3\nd,e,3\n',
    ...csv,
  });
  assertEquals(await run("company;title\na,;b\nc\nd;e", { format: "csv", csvDelimiter: "semicolon" }), {
    written: "company;title;level\na,;b;3\nd;e;3\n",
    ...csv,
  });
});

Deno.test("readTextLines() gives each line, and says why one has no text", async () => {
  const bytes = Uint8Array.of(
    ...[0xef, 0xbb, 0xbf, ...new TextEncoder().encode("ä\r\n\n")],
    ...[0xff, 10, ...new TextEncoder().encode("0123456789\nlast")],
  );
  for (let size = 1; size <= bytes.length; size++) {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size));
    const lines = await Array.fromAsync(
      readTextLines(ReadableStream.from(chunks), { maxExpansion: 200, maxLineBytes: 9 }),
    );
    assertEquals(lines.flat(), [
      "ä",
      "",
      { reason: "invalid_utf8", text: Uint8Array.of(0xff), bytes: 1 },
      { reason: "line_too_long", text: new TextEncoder().encode("0123456789"), bytes: 10 },
      "last",
    ], `chunks of ${size}`);
  }
});
