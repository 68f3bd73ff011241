import { assertEquals } from "@std/assert/mod.js";
import { type Batch, ObjectCounts } from "../../lib/records/batch.ts";
import type { Recipe } from "../../lib/recipe/recipe.ts";
import { recordStages, type RecordStagesOptions } from "../../lib/records/record_stages.ts";
import { LineScanner } from "../../lib/records/scan/scan_lines.ts";

const recipe: Recipe = {
  companyField: "company",
  titleField: "title",
  outputField: "level",
  modelName: "m",
  modelVersion: "1",
  normalize: "exact",
};

async function run(text: string, changes: Partial<RecordStagesOptions>) {
  const counts = new ObjectCounts();
  const { read, encode } = recordStages({
    format: "jsonl",
    recipe,
    maxLineBytes: 1_000,
    windowRecords: 2,
    windowBytes: 1_000,
    maxKeyBytes: 1_000,
    counts,
    ...changes,
  });
  const answered = new TransformStream<Batch, Batch>({
    transform(batch, controller) {
      batch.answers.fill(3);
      controller.enqueue(batch);
    },
  });
  const output = read(new Blob([text]).stream()).pipeThrough(answered).pipeThrough(encode);
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

Deno.test("recordStages() takes JSON lines through the scanner", async () => {
  assertEquals(await run(lines, { scanner: new LineScanner({ recipe }) }), expected);
});

Deno.test("recordStages() takes JSON lines over strings without a scanner", async () => {
  assertEquals(await run(lines, {}), expected);
});

Deno.test("recordStages() takes CSV, with any delimiter", async () => {
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
