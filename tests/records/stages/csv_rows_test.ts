import { assertEquals, assertRejects, assertThrows } from "@std/assert/mod.js";
import { SluiceError } from "../../../lib/errors/sluice_error.ts";
import fc from "fast-check";
import { ObjectCounts } from "../../../lib/records/batch.ts";
import { CsvRowsStream, type CsvRowsStreamOptions } from "../../../lib/records/stages/csv_rows.ts";
import { numRuns } from "../../property_runs.ts";
import { cutAt, runStage } from "./run_stage.ts";

const encoder = new TextEncoder();

async function run(
  chunks: readonly (string | Uint8Array)[],
  changes: Partial<Omit<CsvRowsStreamOptions, "counts">> = {},
) {
  const counts = new ObjectCounts();
  const bytes = chunks.map((chunk) => typeof chunk === "string" ? encoder.encode(chunk) : chunk);
  const batches = await runStage(
    bytes,
    new CsvRowsStream({
      columns: ["id", "name"],
      maxLineBytes: 200,
      windowRecords: 100,
      windowBytes: 10_000,
      ...changes,
      counts,
    }),
  ) as { rows: { line: number; fields: string[] }[]; rejects: { line: number; reason: string }[] }[];
  return {
    batches: batches.map(({ rows }) => rows.length),
    rows: batches.flatMap(({ rows }) => rows.map(({ line, fields }) => [line, ...fields])),
    rejects: batches.flatMap(({ rejects }) => rejects.map(({ line, reason }) => [line, reason])),
    counts,
  };
}

Deno.test("CsvRowsStream() gives the wanted fields of each row, with its line", async () => {
  const { rows, rejects, counts } = await run([
    '\ufeffname,more,id\r\nTea,x,1\r\n\r\n"a, ""b""\nc",,2\r\nlast,,3',
  ]);
  assertEquals(rows, [[2, "1", "Tea"], [4, "2", 'a, "b"\nc'], [6, "3", "last"]]);
  assertEquals(rejects, []);
  assertEquals([counts.in, counts.blank, counts.rejected], [4, 1, 0]);
});

Deno.test("CsvRowsStream() takes any delimiter, and the last of columns of one name", async () => {
  for (const delimiter of [",", ";", "\t", "|"] as const) {
    const csv = [["id", "name", "id"], ["1", '"a\n,;\t|"', "2"]].map((row) => row.join(delimiter)).join("\n");
    assertEquals((await run([csv], { delimiter })).rows, [[2, "2", "a\n,;\t|"]]);
  }
});

Deno.test("CsvRowsStream() sets bad rows aside, with line and reason, in order", async () => {
  const { rows, rejects, counts } = await run([
    'id,name\n1\n2,a,b\n3,"x"y\n',
    Uint8Array.of(0x34, 0x2c, 0xff, 0x0a),
    `,nobody\n5,${"x".repeat(300)}\n6,ok\n7,"open\n8,ok\n`,
  ], { required: ["id"] });
  assertEquals(rejects, [
    [2, "ragged_row"],
    [3, "ragged_row"],
    [4, "invalid_csv"],
    [5, "invalid_utf8"],
    [6, "missing_key_field"],
    [7, "line_too_long"],
    [9, "invalid_csv"],
  ]);
  assertEquals(rows, [[8, "6", "ok"], [10, "8", "ok"]]);
  assertEquals([counts.in, counts.rejected, counts.reasons.ragged_row], [9, 7, 2]);
});

Deno.test("CsvRowsStream() gives nothing for no rows", async () => {
  for (const csv of ["", "\n", "id,name", "id,name\n\n"]) assertEquals((await run([csv])).batches, []);
});

Deno.test("CsvRowsStream() cuts windows by records and by bytes", async () => {
  const csv = "id,name\n1,a\n2,b\n3,c\n4,d\n5,e\n";
  assertEquals((await run([csv], { windowRecords: 2 })).batches, [2, 2, 1]);
  assertEquals((await run([csv], { windowBytes: 12 })).batches, [3, 2]);
});

Deno.test("CsvRowsStream() counts lines from the given one", async () => {
  assertEquals((await run(["id,name\n1,a\n2\n"], { firstLine: 41 })).rows, [[41, "1", "a"]]);
});

Deno.test("CsvRowsStream() says which columns are missing", async () => {
  await assertRejects(
    () => run(["ID,name\n1,a\n"]),
    Error,
    "Cannot read CSV: there is no column id; its columns are ID, name",
  );
});

Deno.test("CsvRowsStream() refuses windows of nothing", () => {
  const options = {
    columns: [],
    maxLineBytes: 10,
    windowRecords: 1,
    windowBytes: 1,
    counts: new ObjectCounts(),
  };
  assertThrows(() => new CsvRowsStream({ ...options, windowRecords: 0 }), SluiceError, "windowRecords is 0");
  assertThrows(() => new CsvRowsStream({ ...options, windowBytes: 0 }), SluiceError, "windowBytes is 0");
});

Deno.test("CsvRowsStream() reads any fields as they were written, in any chunks", async () => {
  const field = fc.oneof(
    fc.string({ unit: "binary", maxLength: 6 }),
    fc.constantFrom('"', "\n", "\r\n", ",", 'a"b'),
  );
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(field, field), { maxLength: 8 }),
      fc.array(fc.nat(), { maxLength: 5 }),
      async (pairs, places) => {
        const given = pairs.map((pair) => pair.map((text) => text.toWellFormed()));
        const csv = `id,name\n${given.map((pair) => `${pair.map(quoted).join(",")}\n`).join("")}`;
        const { rows } = await run(cutAt(encoder.encode(csv), places), { windowRecords: 3 });
        assertEquals(rows.map(([, ...fields]) => fields), given);
      },
    ),
    { numRuns },
  );
});
