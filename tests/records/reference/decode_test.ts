import { assertEquals } from "@std/assert/mod.js";
import { TextLineStream } from "@std/streams/text_line_stream.js";
import fc from "fast-check";
import type { RemovedLine } from "../../../lib/records/batch.ts";
import { DecodeStream, REMOVED_LINE } from "./decode.ts";
import { numRuns } from "../../property_runs.ts";
import { cutAt, runStage } from "../stages/run_stage.ts";

const encoder = new TextEncoder();

async function decode(chunks: Uint8Array[], maxLineBytes = 1_000) {
  const removed: RemovedLine[] = [];
  const lines = await runStage<Uint8Array, string>(
    chunks,
    new DecodeStream({ maxLineBytes, removed }),
    new TextLineStream(),
  );
  // What is kept of a removed line stands behind the mark; its length is tested by the window.
  return { lines: lines.map((line) => line.startsWith(REMOVED_LINE) ? REMOVED_LINE : line), removed };
}

async function decodeText(text: string, maxLineBytes?: number) {
  return (await decode([encoder.encode(text)], maxLineBytes)).lines;
}

Deno.test("DecodeStream() passes lines on", async () => {
  assertEquals(await decodeText("a\nb\n"), ["a", "b"]);
});

Deno.test("DecodeStream() of nothing is nothing, of a newline one empty line", async () => {
  assertEquals(await decodeText(""), []);
  assertEquals(await decodeText("\n"), [""]);
});

Deno.test("DecodeStream() closes the last line", async () => {
  assertEquals(await decodeText("a\nb"), ["a", "b"]);
  assertEquals(await decodeText("a\r\nb\r"), ["a", "b"]);
});

Deno.test("DecodeStream() takes CRLF for a line end, and CR for a character", async () => {
  assertEquals(await decodeText("a\r\nb\rc\r\r\n"), ["a", "b\rc\r"]);
});

Deno.test("DecodeStream() drops a byte-order mark at the start, in any pieces, and only there", async () => {
  const bytes = encoder.encode("\ufeffa\n\ufeffb\n");
  assertEquals((await decode([bytes])).lines, ["a", "\ufeffb"]);
  assertEquals((await decode(Array.from(bytes, (byte) => Uint8Array.of(byte)))).lines, ["a", "\ufeffb"]);
  assertEquals((await decode([bytes.subarray(0, 3)])).lines, []);
});

Deno.test("DecodeStream() removes what is not UTF-8 and keeps its place", async () => {
  const { lines, removed } = await decode([Uint8Array.of(97, 10, 0xff, 98, 13, 10, 99)]);
  assertEquals(lines, ["a", REMOVED_LINE, "c"]);
  assertEquals(removed, [{ reason: "invalid_utf8", text: Uint8Array.of(0xff, 98), bytes: 2 }]);
});

Deno.test("DecodeStream() removes a line over the cap, across chunks too, and continues", async () => {
  const chunks = ["12345", "6789", "\nok\n12345678\r\n", "123456789\r", "\nend"].map((text) =>
    encoder.encode(text)
  );
  const { lines, removed } = await decode(chunks, 8);
  assertEquals(lines, [REMOVED_LINE, "ok", "12345678", REMOVED_LINE, "end"]);
  assertEquals(removed.map(({ reason, bytes }) => [reason, bytes]), [["line_too_long", 9], [
    "line_too_long",
    9,
  ]]);
});

Deno.test("DecodeStream() keeps the first 64 KiB of a removed line, and its whole length", async () => {
  const long = new Uint8Array(200_000).fill(97);
  const { removed } = await decode([long.subarray(0, 150_000), long.subarray(150_000)], 100_000);
  assertEquals([removed[0]!.text.length, removed[0]!.bytes], [65_536, 200_000]);
});

Deno.test("DecodeStream() keeps as much of a removed line in any chunks, and not its line end", async () => {
  const line = encoder.encode(`${"0123456789".repeat(7_000)}\r\n`);
  const expected = { reason: "line_too_long", text: line.slice(0, 65_536), bytes: 70_000 } as const;
  for (const size of [1_000, 65_535, 65_536, 70_001, 70_002]) {
    const chunks = Array.from(
      { length: Math.ceil(line.length / size) },
      (_, i) => line.slice(i * size, i * size + size),
    );
    assertEquals((await decode(chunks, 1_500)).removed, [expected]);
  }
  const short = await decode(["12345", "678", "9\r", "\n"].map((text) => encoder.encode(text)), 4);
  assertEquals(short.removed, [{ reason: "line_too_long", text: encoder.encode("123456789"), bytes: 9 }]);
});

/** What must come out, found by splitting the whole. */
function oracle(bytes: Uint8Array, maxLineBytes: number): { lines: string[]; removed: RemovedLine[] } {
  const lines: string[] = [], removed: RemovedLine[] = [];
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  for (let start = hasMark ? 3 : 0, end: number; start < bytes.length; start = end + 1) {
    end = bytes.indexOf(10, start);
    if (end < 0) end = bytes.length;
    let line = bytes.slice(start, end);
    if (line.at(-1) === 13) line = line.slice(0, -1);
    let reason: RemovedLine["reason"] | undefined = line.length > maxLineBytes ? "line_too_long" : undefined;
    try {
      if (!reason) lines.push(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line));
    } catch {
      reason = "invalid_utf8";
    }
    if (reason === undefined) continue;
    lines.push(REMOVED_LINE);
    removed.push({ reason, text: line, bytes: line.length });
  }
  return { lines, removed };
}

Deno.test("DecodeStream() gives the same for any bytes in any chunks", async () => {
  const pieces = fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc.constantFrom("\n", "\r\n", "\r", "a", "ü", "€", "👔", "\ufeff", "abcdef").map((text) =>
      encoder.encode(text)
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(pieces, { maxLength: 30 }),
      fc.array(fc.nat({ max: 1_000 }), { maxLength: 10 }),
      fc.integer({ min: 1, max: 12 }),
      async (pieces, places, maxLineBytes) => {
        const bytes = Uint8Array.from(pieces.flatMap((piece) => [...piece]));
        const expected = oracle(bytes, maxLineBytes);
        assertEquals(await decode(cutAt(bytes, places), maxLineBytes), expected);
        assertEquals(await decode(Array.from(bytes, (byte) => Uint8Array.of(byte)), maxLineBytes), expected);
      },
    ),
    { numRuns },
  );
});
