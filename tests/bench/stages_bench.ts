/**
 * Each stage alone, over 8 MiB of postings in chunks of 64 KiB: what a change to one stage brings.
 *
 *     deno bench --allow-env tests/bench/stages_bench.ts
 *
 * The same work at every name, so that times can be held against each other, and against the floor of a stream that
 * does nothing. Times are for about 31,000 lines.
 */
import { TextLineStream } from "@std/streams/text_line_stream.js";
import { gzipSync } from "node:zlib";
import { type Batch, ObjectCounts } from "../../lib/records/batch.ts";
import { samplePostings } from "../../lib/seniority/sample/sample_postings.ts";
import { CompressStream } from "../../lib/records/stages/compress.ts";
import { DecodeStream } from "../records/reference/decode.ts";
import { decompressSettings, DecompressStream } from "../../lib/records/stages/decompress.ts";
import { EncodeStream } from "../../lib/records/stages/encode.ts";
import { ParseStream } from "../records/reference/parse.ts";
import { lineSettings, ScanStream, windowSettings } from "../../lib/records/stages/scan.ts";
import { type LineBatch, WindowStream } from "../records/reference/window.ts";
import { type Recipe, recipeSettings } from "../../lib/recipe/recipe.ts";
import { LineScanner } from "../../lib/records/scan/scan_lines.ts";
import { runStage } from "../records/stages/run_stage.ts";

const records = 31_000, pairs = 2_000, chunkBytes = 64 * 1024;

const decode = () =>
  new DecodeStream({
    maxLineBytes: lineSettings.maxLineBytes.default,
    removed: [],
  });
const window = () =>
  new WindowStream({
    windowRecords: windowSettings.windowRecords.default,
    windowBytes: windowSettings.windowBytes.default,
  });
const recipe: Recipe = {
  companyField: recipeSettings.companyField.default,
  titleField: recipeSettings.titleField.default,
  outputField: recipeSettings.outputField.default,
  modelName: "reference",
  modelVersion: recipeSettings.modelVersion.default,
  normalize: "exact",
};
const maxKeyBytes = 1_000_000;
const parse = () =>
  new ParseStream({
    recipe,
    maxKeyBytes,
    removed: [],
    counts: new ObjectCounts(),
  });
const scanner = new LineScanner({ recipe });
const scan = () =>
  new ScanStream({
    scanner,
    recipe,
    maxKeyBytes,
    maxLineBytes: lineSettings.maxLineBytes.default,
    windowRecords: windowSettings.windowRecords.default,
    windowBytes: windowSettings.windowBytes.default,
    counts: new ObjectCounts(),
  });
const encode = () =>
  new EncodeStream({
    outputField: recipeSettings.outputField.default,
    counts: new ObjectCounts(),
  });

const [object] = samplePostings({
  records,
  perObject: records,
  pairs,
  seed: 1,
});
const bytes = new Uint8Array(await new Blob([...object!.chunks]).arrayBuffer());
const chunks = chunksOf(bytes),
  gzipped = chunksOf(new Uint8Array(gzipSync(bytes)));
const texts = await runStage<Uint8Array, string>(chunks, decode());
const lines = await runStage<string, string>(texts, new TextLineStream());
const windows = await runStage<string, LineBatch>(lines, window());
const batches = await runStage<LineBatch, Batch>(windows, parse());
for (const { answers } of batches) answers.fill(3);

stage("nothing, by chunks", chunks, () => new TransformStream());
stage("nothing, by lines", lines, () => new TransformStream());
stage(
  "DecompressStream, gzip",
  gzipped,
  () =>
    new DecompressStream({
      codec: { gzip: false },
      maxExpansion: decompressSettings.maxExpansion.default,
    }),
);
stage("DecodeStream", chunks, decode);
stage("TextLineStream", texts, () => new TextLineStream());
stage("WindowStream", lines, window);
stage("ParseStream", windows, parse);
stage("ScanStream, in place of these four", chunks, scan);
Deno.bench({
  name: "EncodeStream",
  async fn(bench) {
    // It uses batches up.
    const fresh = batches.map((batch) => ({
      ...batch,
      text: batch.text.slice(),
    }));
    bench.start();
    await drain(fresh, encode());
    bench.end();
  },
});
stage("CompressStream, gzip", chunks, () => new CompressStream({ gzip: true }));
Deno.bench({
  name: "JSON.parse alone",
  fn() {
    for (const line of lines) JSON.parse(line);
  },
});

function stage<I, O>(
  name: string,
  input: readonly I[],
  make: () => ReadableWritablePair<O, I>,
): void {
  Deno.bench({
    name,
    // Spelled `async`: else it would not be waited for.
    async fn() {
      await drain(input, make());
    },
  });
}

/** Sends chunks through a stage to nowhere. */
async function drain<I, O>(
  input: readonly I[],
  stage: ReadableWritablePair<O, I>,
): Promise<void> {
  const source = new ReadableStream<I>({
    start(controller) {
      for (const chunk of input) controller.enqueue(chunk);
      controller.close();
    },
  });
  await source.pipeThrough(stage).pipeTo(new WritableStream());
}

function chunksOf(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  return Array.from(
    { length: Math.ceil(bytes.length / chunkBytes) },
    (_, i) => bytes.subarray(i * chunkBytes, (i + 1) * chunkBytes),
  );
}
