import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { type Batch, type CsvSplices, ObjectCounts } from "../../../lib/records/batch.ts";
import { EncodeCsvStream } from "../../../lib/records/stages/encode_csv.ts";
import { runStage } from "./run_stage.ts";

const encoder = new TextEncoder();

function batchOf(rows: string[], answers: Batch["answers"], csv?: Omit<CsvSplices, "columns">): Batch {
  let end = -1;
  const ends = Uint32Array.from(rows, (row) => end += encoder.encode(row).length + 1);
  const text = encoder.encode(rows.map((row) => `${row}\n`).join(""));
  return {
    text,
    ends,
    lineNumbers: ends,
    bytes: text.length,
    keyOf: rows.map((_, i) => i % answers.length),
    keys: answers.map(String),
    answers,
    csv: csv && { columns: [], ...csv },
    rejects: [],
  };
}

async function encode(...batches: Batch[]) {
  const counts = new ObjectCounts();
  const chunks = await runStage<Batch, Uint8Array>(batches, new EncodeCsvStream({ counts }));
  return { chunks: chunks.map((chunk) => new TextDecoder().decode(chunk)), out: counts.out };
}

Deno.test("EncodeCsvStream() appends each row's answer", async () => {
  const batch = batchOf(["a,b", '"x\ny",ü ', ","], [3, 12], { delimiter: "," });
  assertEquals(await encode(batch), { chunks: ['a,b,3\n"x\ny",ü ,12\n,,3\n'], out: 3 });
});

Deno.test("EncodeCsvStream() puts the answer behind the delimiter of the rows", async () => {
  assertEquals((await encode(batchOf(["a\tb"], [-1.5], { delimiter: "\t" }))).chunks, ["a\tb\t-1.5\n"]);
});

Deno.test("EncodeCsvStream() writes the header row, with or without records", async () => {
  const header = encoder.encode("a,b,level\n");
  assertEquals(await encode(batchOf([], [], { header, delimiter: "," })), {
    chunks: ["a,b,level\n"],
    out: 0,
  });
  const first = batchOf(["1,2"], [3], { header: encoder.encode("a,b,level\n"), delimiter: "," });
  const second = batchOf(["3,4"], [5], { delimiter: "," });
  assertEquals(await encode(first, second), { chunks: ["a,b,level\n", "1,2,3\n", "3,4,5\n"], out: 2 });
});

Deno.test("EncodeCsvStream() replaces all fields of the output column", async () => {
  const replaced = {
    count: 2,
    starts: Uint32Array.of(0, 4, 6, 9),
    ends: Uint32Array.of(1, 5, 8, 9),
  };
  const batch = batchOf(["x,b,y", '"",'], [1234567, 2], { delimiter: ",", replaced });
  assertEquals((await encode(batch)).chunks, ["1234567,b,1234567\n2,2\n"]);
});

Deno.test("EncodeCsvStream() leaves out records whose question was refused", async () => {
  const rows = ['"a\nb"', "b", "c", "d"], delimiter = ",";
  assertEquals(await encode(batchOf(rows, ["refused", 5], { delimiter })), {
    chunks: ["b,5\nd,5\n"],
    out: 2,
  });
  assertEquals((await encode(batchOf(rows, [5, "refused"], { delimiter }))).chunks, ['"a\nb",5\nc,5\n']);
  assertEquals(await encode(batchOf(rows, ["refused"], { delimiter })), { chunks: [], out: 0 });
});

Deno.test("EncodeCsvStream() of a batch without records is nothing", async () => {
  assertEquals((await encode(batchOf([], [], { delimiter: "," }))).chunks, []);
});

Deno.test("EncodeCsvStream() uses the batch's text up", async () => {
  const batch = batchOf(["a"], [1], { delimiter: "," });
  await encode(batch);
  assertEquals(batch.text.length, 0);
});

Deno.test("EncodeCsvStream() refuses a record without an answer, and what is no CSV", async () => {
  await assertRejects(
    () => encode(batchOf(["a"], [undefined], { delimiter: "," })),
    Error,
    "Cannot encode a record: it has no answer",
  );
  await assertRejects(
    () => encode(batchOf(["{}"], [1])),
    Error,
    "Cannot encode a batch as CSV: it is not of CSV rows",
  );
});

/** Answers 3 and none, and where they came from. */
function toldBatch(rows: string[], csv: CsvSplices): Batch {
  return { ...batchOf(rows, [3, "skipped"], csv), origins: ["cluster", "rare"] };
}

Deno.test("EncodeCsvStream() appends where answers came from behind them, and nothing for what was skipped", async () => {
  const batch = toldBatch(["a,b", "c,d"], { columns: [], delimiter: ",", isOrigin: [] });
  assertEquals((await encode(batch)).chunks, ["a,b,3,cluster\nc,d,,rare\n"]);
});

for (
  const [what, isOrigin, expected] of [
    ["the answer, and appends where it came from", [false], "a,3,cluster\nc,,rare\n"],
    ["where the answer came from, and appends that", [true], "a,cluster,3\nc,rare,\n"],
  ] as const
) {
  Deno.test(`EncodeCsvStream() replaces ${what}`, async () => {
    const replaced = { count: 1, starts: Uint32Array.of(2, 6), ends: Uint32Array.of(3, 7) };
    assertEquals(
      (await encode(toldBatch(["a,b", "c,d"], { columns: [], delimiter: ",", replaced, isOrigin }))).chunks,
      [
        expected,
      ],
    );
  });
}

Deno.test("EncodeCsvStream() replaces the answer and where it came from", async () => {
  const replaced = { count: 2, starts: Uint32Array.of(0, 2, 4, 6), ends: Uint32Array.of(1, 3, 5, 7) };
  const batch = toldBatch(["a,b", "c,d"], { columns: [], delimiter: ",", replaced, isOrigin: [true, false] });
  assertEquals((await encode(batch)).chunks, ["cluster,3\nrare,\n"]);
});
