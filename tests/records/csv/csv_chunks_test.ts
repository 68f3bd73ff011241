import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { SluiceError } from "../../../lib/errors/sluice_error.ts";
import fc from "fast-check";
import { ObjectCounts } from "../../../lib/records/batch.ts";
import { type CsvChunk, csvChunks } from "../../../lib/records/csv/csv_chunks.ts";
import { csvRange } from "../../../lib/records/csv/csv_range.ts";
import { type CsvFields, CsvRowsStream } from "../../../lib/records/stages/csv_rows.ts";
import { numRuns } from "../../property_runs.ts";
import { cutAt } from "../stages/run_stage.ts";

const encoder = new TextEncoder();
const maxLineBytes = 1_000;

const chunksOf = (csv: string | Uint8Array, chunkBytes: number): Promise<CsvChunk[]> =>
  Array.fromAsync(
    csvChunks(ReadableStream.from([typeof csv === "string" ? encoder.encode(csv) : csv]), {
      chunkBytes,
      maxLineBytes,
    }),
  );

/** The rows and rejects of some bytes. */
async function rowsOf(bytes: ReadableStream<Uint8Array>, firstLine?: number) {
  const counts = new ObjectCounts();
  const rows: CsvFields[] = [];
  const rejects: number[] = [];
  const stream = new CsvRowsStream({
    columns: ["b", "a"],
    maxLineBytes,
    windowRecords: 3,
    windowBytes: 50,
    firstLine,
    counts,
  });
  for await (const batch of bytes.pipeThrough(stream)) {
    rows.push(...batch.rows);
    rejects.push(...batch.rejects.map(({ line }) => line));
  }
  return { rows, rejects, in: counts.in };
}

/** As `rowsOf`, of one chunk by itself. */
async function rowsOfChunk(csv: Uint8Array<ArrayBuffer>, chunk: CsvChunk | Omit<CsvChunk, "firstLine">) {
  const read = (start: number) => ReadableStream.from(cutAt(csv.slice(start), [3, 7, 40]));
  const { bytes, firstLine } = await csvRange(read, chunk, { maxLineBytes });
  return await rowsOf(bytes, firstLine);
}

Deno.test("csvChunks() cuts behind records, never in quotes, and counts lines", async () => {
  const csv = '\ufeffa,b\r\n1,"x\ny"\r\n\r\n2,z\n3,"""\n"\n4,end';
  assertEquals(await chunksOf(csv, 1), [
    { start: 8, end: 17, firstLine: 2 },
    { start: 17, end: 19, firstLine: 4 },
    { start: 19, end: 23, firstLine: 5 },
    { start: 23, end: 31, firstLine: 6 },
    { start: 31, end: 36, firstLine: 8 },
  ]);
  assertEquals(await chunksOf(csv, 10), [
    { start: 8, end: 19, firstLine: 2 },
    { start: 19, end: 31, firstLine: 5 },
    { start: 31, end: 36, firstLine: 8 },
  ]);
  assertEquals(await chunksOf(csv, 1_000), [{ start: 8, end: 36, firstLine: 2 }]);
});

Deno.test("csvChunks() finds none where there is no record", async () => {
  for (const csv of ["", "\n\n", "a,b", "a,b\n"]) {
    assertEquals(await chunksOf(csv, 1), [], JSON.stringify(csv));
  }
});

Deno.test("csvChunks() passes a header row of several lines", async () => {
  assertEquals(await chunksOf('\n"a\nb",c\n1,2\n', 1), [{ start: 9, end: 13, firstLine: 4 }]);
});

Deno.test("csvChunks() refuses a chunk of no bytes", async () => {
  await assertRejects(() => chunksOf("a\n1\n", 0), SluiceError, "chunkBytes is 0, not 1 or more");
});

Deno.test("csvChunks() cuts any CSV so that the chunks' rows are those of the whole", async () => {
  const field = fc.oneof(
    fc.constantFrom(
      "x",
      "",
      '"a\nb"',
      '"a,""b""\n\n"',
      "ä",
      '"\r\n"',
      "👔",
      'st"ray',
      '"open',
      '"'.repeat(7),
    ),
    fc.string({ maxLength: 4 }),
    fc.constant("long".repeat(260)),
  );
  const line = fc.array(field, { minLength: 1, maxLength: 3 }).map((fields) => fields.join(","));
  const table = fc.record({
    mark: fc.boolean(),
    end: fc.constantFrom("\n", "\r\n"),
    lines: fc.array(line, { maxLength: 12 }),
    isEnded: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.integer({ min: 1, max: 80 }),
      fc.boolean(),
      async ({ mark, end, lines, isEnded }, chunkBytes, tellsLine) => {
        const text = (mark ? "\ufeff" : "") + ["a,b", ...lines].join(end) + (isEnded ? end : "");
        const csv = encoder.encode(text);
        const whole = await rowsOf(ReadableStream.from([csv]));
        const chunks = await chunksOf(csv, chunkBytes);
        const parts = [];
        for (const { start, end, firstLine } of chunks) {
          parts.push(await rowsOfChunk(csv, tellsLine ? { start, end, firstLine } : { start, end }));
        }
        assertEquals({
          rows: parts.flatMap(({ rows }) => rows),
          rejects: parts.flatMap(({ rejects }) => rejects),
          in: parts.reduce((sum, part) => sum + part.in, 0),
        }, whole);
        assertEquals(chunks.slice(1).map(({ start }) => start), chunks.slice(0, -1).map(({ end }) => end));
        if (chunks.length > 0) assertEquals(chunks.at(-1)!.end, csv.length);
      },
    ),
    { numRuns },
  );
});
