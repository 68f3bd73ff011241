/** What holds for every stage between the body and the upload: it does not run ahead, and it ends with its neighbours. */
import { assertEquals, assertLessOrEqual, assertRejects } from "@std/assert/mod.js";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { type Batch, ObjectCounts } from "../../../lib/records/batch.ts";
import { encodeKey } from "../../../lib/recipe/key.ts";
import { CompressStream } from "../../../lib/records/stages/compress.ts";
import { DecodeStream } from "../reference/decode.ts";
import { DecompressStream } from "../../../lib/records/stages/decompress.ts";
import { EncodeStream } from "../../../lib/records/stages/encode.ts";
import { ParseStream } from "../reference/parse.ts";
import { type LineBatch, WindowStream } from "../reference/window.ts";
import { zstd } from "../../../lib/sources/zstd.ts";
import { testRecipe } from "../../fakes/recipe.ts";

const recipe = { ...testRecipe, outputField: "level" };

const line = '{"company":"a","title":"b"}';
const encoder = new TextEncoder();
const bytes = () => encoder.encode(`${line}\n`);
const batch = (): Batch => ({
  text: bytes(),
  ends: Uint32Array.of(line.length),
  lineNumbers: Uint32Array.of(1),
  bytes: line.length + 1,
  keyOf: [0],
  keys: [encodeKey("a", "b")],
  answers: [1],
  rejects: [],
});
/** What compresses to more than a block of it, so that something comes out for each chunk. */
const noise = () => crypto.getRandomValues(new Uint8Array(65_536));

const stages: { name: string; stage: () => ReadableWritablePair<unknown, unknown>; chunk: () => unknown }[] =
  [
    {
      name: "DecompressStream()",
      stage: () => new DecompressStream({ codec: { gzip: false }, maxExpansion: 200 }),
      chunk: bytes,
    },
    {
      name: "DecodeStream()",
      stage: () => new DecodeStream({ maxLineBytes: 1_000, removed: [] }),
      chunk: bytes,
    },
    {
      name: "WindowStream()",
      stage: () => new WindowStream({ windowRecords: 1, windowBytes: 1 }),
      chunk: () => line,
    },
    {
      name: "ParseStream()",
      stage: () => new ParseStream({ recipe, maxKeyBytes: 100, removed: [], counts: new ObjectCounts() }),
      chunk: (): LineBatch => ({ lines: [line], length: line.length }),
    },
    {
      name: "EncodeStream()",
      stage: () => new EncodeStream({ outputField: "level", counts: new ObjectCounts() }),
      chunk: batch,
    },
    {
      name: "DecompressStream() with gzip",
      stage: () => new DecompressStream({ codec: { gzip: false }, maxExpansion: 200 }),
      chunk: () => new Uint8Array(gzipSync(noise())),
    },
    {
      name: "DecompressStream() with zstd",
      stage: () => new DecompressStream({ codec: { gzip: false }, maxExpansion: 200, zstd }),
      chunk: () => new Uint8Array(zstdCompressSync(noise())),
    },
    {
      name: "CompressStream() with zstd",
      stage: () => new CompressStream({ gzip: false, zstd }),
      chunk: noise,
    },
    { name: "CompressStream()", stage: () => new CompressStream({ gzip: false }), chunk: noise },
    { name: "CompressStream() with gzip", stage: () => new CompressStream({ gzip: true }), chunk: noise },
  ];

/** Lets all happen that waits for nothing outside. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

for (const { name, stage, chunk } of stages) {
  Deno.test(`${name} takes in little more than is read of it`, async () => {
    let taken = 0;
    const source = new ReadableStream({
      pull(controller) {
        taken++;
        controller.enqueue(chunk());
      },
    }, { highWaterMark: 0 });
    const reader = source.pipeThrough(stage()).getReader();
    for (let read = 0; read < 20; read++) await reader.read();
    await settle();
    assertLessOrEqual(taken, 25);
    await reader.cancel();
  });

  Deno.test(`${name} comes to its end however slow its reader is`, async () => {
    const chunks = Array.from({ length: 30 }, chunk);
    for await (const _ of ReadableStream.from(chunks).pipeThrough(stage())) await settle();
  });

  Deno.test(`${name} cancels its source when its reader gives up`, async () => {
    const cancelled = Promise.withResolvers<unknown>();
    const source = new ReadableStream({
      pull: (controller) => controller.enqueue(chunk()),
      cancel: (reason) => cancelled.resolve(reason),
    });
    const reader = source.pipeThrough(stage()).getReader();
    await reader.read();
    await reader.cancel("enough");
    assertEquals(await cancelled.promise, "enough");
  });

  Deno.test(`${name} fails with its source`, async () => {
    let taken = 0;
    const source = new ReadableStream({
      pull(controller) {
        if (taken++ === 3) controller.error(new Error("connection lost"));
        else controller.enqueue(chunk());
      },
    });
    await assertRejects(() => Array.fromAsync(source.pipeThrough(stage())), Error, "connection lost");
  });
}
