/**
 * The bench's S3: a bucket `raw` with a folder's files under their paths, and a bucket `mod` that keeps nothing of what
 * is written but its length. Sources are in memory and leave in large chunks: files in small ones took three times
 * the CPU time, and held up who reads.
 *
 * Two prefixes of `raw` are made up of the files under `whole/`: `large/` is one object of 2 GB, `many/` 2,000 of 1 MB.
 *
 * Prints `listening on http://127.0.0.1:PORT` when it is ready, and an {@linkcode S3Report} for each line on standard
 * input; ends when that does.
 */
import { parseArgs } from "node:util";
import { FakeS3 } from "../fakes/s3.ts";
import { chunkedContent, concatenated } from "./chunked_content.ts";
import { linesBetween } from "./lines_between.ts";
import type { S3Report } from "./s3_report.ts";

const { values } = parseArgs({ options: { root: { type: "string" } } });
if (values.root === undefined) {
  throw new Error("Cannot serve: --root DIR is missing");
}
const largeBytes = 2e9, manyObjects = 2_000, manyBytes = 1e6;

const fake = await FakeS3.start({
  buckets: ["raw", "mod"],
  discardBodies: true,
});
const whole: Uint8Array[] = [];
for (const { name: folder } of Deno.readDirSync(values.root)) {
  for (
    const { name } of [...Deno.readDirSync(`${values.root}/${folder}`)]
      .toSorted((a, b) => a.name < b.name ? -1 : 1)
  ) {
    const bytes = Deno.readFileSync(`${values.root}/${folder}/${name}`);
    if (folder === "whole") whole.push(bytes);
    fake.putContent("raw", `${folder}/${name}`, chunkedContent(bytes));
  }
}
const wholeBytes = whole.reduce((sum, bytes) => sum + bytes.length, 0);
const repeats = Math.max(1, Math.round(largeBytes / wholeBytes));
fake.putContent(
  "raw",
  "large/1767225614.jsonl",
  concatenated(
    Array.from({ length: repeats }, () => whole.map(chunkedContent)).flat(),
  ),
);
for (let i = 0; i < manyObjects; i++) {
  const bytes = whole[i % whole.length]!;
  const start = Math.floor(
    i / manyObjects * Math.max(0, bytes.length - manyBytes),
  );
  const content = chunkedContent(linesBetween(bytes, start, start + manyBytes));
  fake.putContent("raw", `many/${1_767_225_614 + 60 * i}.jsonl`, content);
}

let firstReadMs: number | undefined;
// Meets nothing, but is asked about every request when it comes in.
fake.fault(({ operation }) => {
  if (operation === "GetObject") {
    firstReadMs ??= performance.timeOrigin + performance.now();
  }
  return false;
}, "reset");
console.log(`listening on ${fake.endpoint}`);

for await (const _ of Deno.stdin.readable) {
  const report: S3Report = {
    firstReadMs,
    writtenObjects: fake.keys("mod").length,
    writtenBytes: fake.keys("mod").reduce(
      (sum, key) => sum + fake.object("mod", key)!.content.bytes,
      0,
    ),
  };
  for (const key of fake.keys("mod")) fake.delete("mod", key);
  fake.requests.length = 0;
  firstReadMs = undefined;
  console.log(JSON.stringify(report));
}
Deno.exit(0);
