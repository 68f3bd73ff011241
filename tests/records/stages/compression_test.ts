import { assert, assertEquals, assertRejects } from "@std/assert/mod.js";
import fc from "fast-check";
import { constants, gunzipSync, gzipSync, zstdCompressSync } from "node:zlib";
import { CompressStream } from "../../../lib/records/stages/compress.ts";
import { type Codec, DecompressStream } from "../../../lib/records/stages/decompress.ts";
import { SluiceError } from "../../../lib/errors/sluice_error.ts";
import { zstd } from "../../../lib/sources/zstd.ts";
import { concat } from "../../story/corpus.ts";
import { numRuns } from "../../property_runs.ts";
import { cutAt, runStage } from "./run_stage.ts";

const encoder = new TextEncoder();
const gzip = (text: string) => new Uint8Array(gzipSync(text));

async function decompress(chunks: Uint8Array<ArrayBuffer>[]) {
  const codec: Codec = { gzip: false };
  const out = await runStage<Uint8Array, Uint8Array>(
    chunks,
    new DecompressStream({ codec, maxExpansion: 200 }),
  );
  return { text: new TextDecoder().decode(concat(out)), gzip: codec.gzip };
}

Deno.test("DecompressStream() passes plain bytes on, few and none too", async () => {
  for (const text of ["", "a", "ab", "plain text\n"]) {
    const bytes = encoder.encode(text);
    assertEquals(await decompress([bytes]), { text, gzip: false });
    assertEquals(await decompress(Array.from(bytes, (byte) => Uint8Array.of(byte))), { text, gzip: false });
  }
});

Deno.test("DecompressStream() undoes gzip of any members in any chunks", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ maxLength: 40 }), { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat({ max: 999 }), { maxLength: 9 }),
      async (texts, places) => {
        const bytes = concat(texts.map(gzip));
        assertEquals(await decompress(cutAt(bytes, places)), { text: texts.join(""), gzip: true });
      },
    ),
    { numRuns },
  );
});

Deno.test("DecompressStream() undoes what is larger than its buffer", async () => {
  const text = "0123456789".repeat(50_000);
  assertEquals((await decompress([gzip(text)])).text, text);
});

Deno.test("DecompressStream() takes zeros behind the last member for padding", async () => {
  assertEquals((await decompress([gzip("a"), new Uint8Array(10)])).text, "a");
  assertEquals((await decompress([concat([gzip("a"), new Uint8Array(10)])])).text, "a");
});

Deno.test("DecompressStream() accepts padding, and chunks that end anywhere", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ maxLength: 20 }), { minLength: 1, maxLength: 3 }),
      fc.nat({ max: 20 }),
      fc.array(fc.nat({ max: 999 }), { maxLength: 9 }),
      async (texts, padding, places) => {
        const bytes = concat([...texts.map(gzip), new Uint8Array(padding)]);
        const expected = { text: texts.join(""), gzip: true };
        assertEquals(await decompress(cutAt(bytes, places)), expected);
        assertEquals(await decompress(Array.from(bytes, (byte) => Uint8Array.of(byte))), expected);
      },
    ),
    { numRuns },
  );
});

Deno.test("DecompressStream() of an empty gzip is empty, and still gzip", async () => {
  assertEquals(await decompress([gzip("")]), { text: "", gzip: true });
});

Deno.test("DecompressStream() undoes what CompressStream() made, and never takes a damaged gzip for a whole one", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ maxLength: 40 }), { maxLength: 5 }),
      fc.nat({ max: 999 }),
      fc.array(fc.nat({ max: 999 }), { maxLength: 5 }),
      async (texts, length, places) => {
        const chunks = texts.map((text) => encoder.encode(text));
        const bytes = concat(await runStage(chunks, new CompressStream({ gzip: true })));
        assertEquals(await decompress(cutAt(bytes, places)), { text: texts.join(""), gzip: true });
        const short = bytes.slice(0, 2 + length % (bytes.length - 2));
        await assertRejects(
          () => decompress(cutAt(short, places)),
          Error,
          "gzip ends in the middle of a member",
        );
      },
    ),
    { numRuns },
  );
});

Deno.test("DecompressStream() says that gzip is cut short", async () => {
  const whole = gzip("hello, hello, hello");
  for (const length of [2, 5, 12, whole.length - 1]) {
    await assertRejects(
      () => decompress([whole.slice(0, length)]),
      Error,
      `gzip ends in the middle of a member, after ${length} bytes`,
    );
  }
  await assertRejects(
    () => decompress([whole, whole.slice(0, 9)]),
    Error,
    "gzip ends in the middle of a member",
  );
});

Deno.test("DecompressStream() says that gzip is corrupt, and where", async () => {
  const whole = gzip("hello, hello, hello");
  const wrongSum = whole.slice();
  wrongSum[whole.length - 6]! ^= 1;
  await assertRejects(
    () => decompress([wrongSum]),
    Error,
    `corrupt gzip between bytes 0 and ${wrongSum.length}: `,
  );
  await assertRejects(
    () => decompress([whole, encoder.encode("garbage")]),
    Error,
    `corrupt gzip between bytes ${whole.length} and `,
  );
  const garbage = concat([whole, whole, encoder.encode("garbage")]);
  for (const chunks of [[garbage], [garbage.slice(0, 40), garbage.slice(40)]]) {
    await assertRejects(
      () => decompress(chunks),
      Error,
      `corrupt gzip between bytes ${
        2 * whole.length
      } and ${garbage.length}: what stands there, behind the end`,
    );
  }
});

Deno.test("DecompressStream() undoes zstd of any frames in any chunks, and CompressStream() makes it again", async () => {
  const skippable = (length: number) =>
    Uint8Array.of(0x5f, 0x2a, 0x4d, 0x18, length, 0, 0, 0, ...new Uint8Array(length));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.string({ maxLength: 40 }), fc.nat({ max: 300 }), fc.boolean()), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.array(fc.nat({ max: 999 }), { maxLength: 9 }),
      fc.nat({ max: 999 }),
      async (frames, places, length) => {
        const params = (isSummed: boolean) => ({
          params: { [constants.ZSTD_c_checksumFlag]: isSummed ? 1 : 0 },
        });
        const bytes = concat(frames.flatMap(([text, times, isSummed]) => [
          new Uint8Array(zstdCompressSync(text.repeat(times), params(isSummed))),
          ...isSummed ? [skippable(times % 5)] : [],
        ]));
        const text = frames.map(([text, times]) => text.repeat(times)).join("");
        const codec: Codec = { gzip: false };
        const undo = (chunks: Uint8Array<ArrayBuffer>[]) =>
          runStage<Uint8Array, Uint8Array>(
            chunks,
            new DecompressStream({ codec, maxExpansion: 1_000, zstd }),
          );
        assertEquals(concat(await undo(cutAt(bytes, places))), encoder.encode(text));
        assertEquals(codec, { gzip: false, zstd });
        const again = concat(await runStage(cutAt(encoder.encode(text), places), new CompressStream(codec)));
        assertEquals(concat(await undo([again])), encoder.encode(text));
        const short = again.slice(0, 4 + length % (again.length - 4));
        await assertRejects(() => undo(cutAt(short, places)), Error, "zstd ends in the middle of a frame");
      },
    ),
    { numRuns: Math.min(numRuns, 200) },
  );
});

Deno.test("DecompressStream() says that it cannot undo zstd where nobody gave it that", async () => {
  await assertRejects(
    () => decompress([new Uint8Array(zstdCompressSync("a"))]),
    Error,
    "it is zstd, which cannot be undone here",
  );
});

Deno.test("DecompressStream() frees its decompressor where zstd is cut short, or no zstd follows", async () => {
  let open = 0;
  const counting: typeof zstd = {
    ...zstd,
    decompress() {
      const { readable, writable } = zstd.decompress();
      const writer = writable.getWriter();
      open++;
      writer.closed.catch(() => {}).finally(() => open--);
      return {
        readable,
        writable: new WritableStream({
          write: (chunk) => writer.write(chunk),
          close: () => writer.close(),
          abort: (reason) => writer.abort(reason),
        }),
      };
    },
  };
  const whole = new Uint8Array(zstdCompressSync("some text\n".repeat(1_000)));
  for (const bytes of [whole.slice(0, -3), concat([whole, encoder.encode("no frame")])]) {
    const stage = new DecompressStream({ codec: { gzip: false }, maxExpansion: 1_000, zstd: counting });
    await assertRejects(() => runStage([bytes], stage), SluiceError);
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(open, 0);
  }
});

Deno.test("DecompressStream() holds little of what a chunk of zstd expands to", async () => {
  const bomb = new Uint8Array(zstdCompressSync(new Uint8Array(256 * 1024 ** 2)));
  const codec: Codec = { gzip: false };
  const reader = ReadableStream.from([bomb])
    .pipeThrough(new DecompressStream({ codec, maxExpansion: 1_000_000, zstd })).getReader();
  for (let i = 0; i < 10; i++) assert((await reader.read()).value!.length <= 131_072);
  await reader.cancel("enough");
});

Deno.test("CompressStream() compresses as the source came", async () => {
  const chunks = ["a\n", "b\n"].map((text) => encoder.encode(text));
  assertEquals(concat(await runStage(chunks, new CompressStream({ gzip: false }))), encoder.encode("a\nb\n"));
  const zipped = concat(await runStage(chunks, new CompressStream({ gzip: true })));
  assertEquals(new TextDecoder().decode(gunzipSync(zipped)), "a\nb\n");
});

Deno.test("CompressStream() makes an empty gzip of nothing", async () => {
  const zipped = concat(await runStage([], new CompressStream({ gzip: true })));
  assertEquals(gunzipSync(zipped).length, 0);
  assertEquals(await runStage([], new CompressStream({ gzip: false })), []);
});

Deno.test("CompressStream() makes the same bytes of the same chunks", async () => {
  const chunks = cutAt(encoder.encode("some text, some more text\n".repeat(1_000)), [1, 500, 20_000]);
  const [first, second] = await Promise.all(
    [1, 2].map(async () => concat(await runStage(chunks, new CompressStream({ gzip: true })))),
  );
  assertEquals(first, second);
});

Deno.test("CompressStream() leaves nothing open when it is cancelled or its source fails", async () => {
  const stream = ReadableStream.from([encoder.encode("a")]).pipeThrough(new CompressStream({ gzip: true }));
  await stream.cancel("enough");
  const failing = async function* () {
    yield encoder.encode("a");
    throw new Error("source");
  };
  await assertRejects(() => runStage(failing(), new CompressStream({ gzip: true })), Error, "source");
});

Deno.test("DecompressStream() stops a bomb before it fills the memory", async () => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(64 * 1024 * 1024)));
  let bytes = 0;
  const count = async () => {
    const stream = ReadableStream.from([bomb])
      .pipeThrough(new DecompressStream({ codec: { gzip: false }, maxExpansion: 200 }));
    for await (const chunk of stream) bytes += chunk.length;
  };
  await assertRejects(count, Error, "gzip expands to more than 200 times its size (maxExpansion): ");
  assert(bytes < 24 * 1024 * 1024, `${bytes} bytes came out`);
});

Deno.test("DecompressStream() continues with a member after padding, in any chunks", async () => {
  const bytes = concat([gzip("one, "), new Uint8Array(3), gzip("two, "), gzip("three"), new Uint8Array(2)]);
  for (const size of [1, 5, 32, bytes.length]) {
    const chunks = Array.from(
      { length: Math.ceil(bytes.length / size) },
      (_, i) => bytes.slice(i * size, (i + 1) * size),
    );
    assertEquals(await decompress(chunks), { text: "one, two, three", gzip: true });
  }
  await assertRejects(
    () => decompress([concat([gzip("one"), new Uint8Array(1), encoder.encode("junk")])]),
    Error,
    "corrupt gzip",
  );
});
