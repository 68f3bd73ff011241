import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { SluiceError } from "../../../lib/errors/sluice_error.ts";
import fc from "fast-check";
import { ObjectCounts } from "../../../lib/records/batch.ts";
import { type CsvChunk, csvChunks } from "../../../lib/records/csv/csv_chunks.ts";
import { csvRange } from "../../../lib/records/csv/csv_range.ts";
import {
  type CsvFields,
  CsvRowsStream,
  type CsvRowsStreamOptions,
} from "../../../lib/records/stages/csv_rows.ts";
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
async function rowsOf(
  bytes: ReadableStream<Uint8Array>,
  place: Pick<CsvRowsStreamOptions, "dialect" | "firstLine"> = {},
) {
  const counts = new ObjectCounts();
  const rows: CsvFields[] = [];
  const rejects: number[] = [];
  const stream = new CsvRowsStream({
    columns: ["b", "a"],
    maxLineBytes,
    windowRecords: 3,
    windowBytes: 50,
    ...place,
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
  const { bytes, ...place } = await csvRange(read, chunk, { maxLineBytes });
  return await rowsOf(bytes, place);
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
    // A table that ends its lines in CR may have LFs in quotes; where these are not in order, it is refused as a whole.
    end: fc.constantFrom("\n", "\r\n", "\r\r\n", "\r"),
    before: fc.constantFrom([], ["sep=,"]),
    lines: fc.array(line, { maxLength: 12 }),
    isEnded: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.integer({ min: 1, max: 80 }),
      fc.boolean(),
      async ({ before, mark, end, lines, isEnded }, chunkBytes, tellsLine) => {
        const text = (mark ? "\ufeff" : "") + [...before, "a,b", ...lines].join(end) + (isEnded ? end : "");
        const csv = encoder.encode(text);
        const whole = await rowsOf(ReadableStream.from([csv])).catch((error: Error) => {
          if (end === "\r" && error.message.includes("its header row holds a line end (CR)")) {
            return undefined;
          }
          throw error;
        });
        if (whole === undefined) return;
        // In chunks of any size, the reader finds the same.
        assertEquals(await rowsOf(ReadableStream.from(cutAt(csv, [1, 2, 9, 31, 200]))), whole);
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
