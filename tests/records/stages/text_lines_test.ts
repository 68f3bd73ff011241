import { assertEquals } from "@std/assert/mod.js";
import { type TextLine, TextLinesStream } from "../../../lib/records/stages/text_lines.ts";
import { runStage } from "./run_stage.ts";

const encoder = new TextEncoder();

/** The lines of a text that comes in chunks of a size; a removed line as its reason and length. */
async function linesOf(text: string, size: number, maxLineBytes: number): Promise<string[]> {
  const bytes = encoder.encode(text);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size));
  const batches = await runStage<Uint8Array, TextLine[]>(chunks, new TextLinesStream({ maxLineBytes }));
  return batches.flat().map((line) => typeof line === "string" ? line : `${line.reason} ${line.bytes}`);
}

Deno.test("TextLinesStream() keeps all lines of a chunk behind the end of one that was open", async () => {
  for (const maxLineBytes of [2_000, 100_000]) {
    const lines = Array.from({ length: 200 }, (_, i) => `${i} ${"x".repeat(700 + i)}`);
    assertEquals(await linesOf(lines.join("\n"), 70_000, maxLineBytes), lines);
  }
});

Deno.test("TextLinesStream() keeps what follows a line that is nearly as long as may be", async () => {
  const lines = ["x".repeat(99_990), "a", "b", "c", "y".repeat(100_000), "d"];
  for (const size of [50_000, 99_995, 65_536]) {
    assertEquals(await linesOf(lines.join("\n"), size, 100_000), lines);
    assertEquals(await linesOf(`${lines.join("\r\n")}\r\n`, size, 100_000), lines);
  }
});

Deno.test("TextLinesStream() sets aside lines that are too long or not UTF-8, and blank lines stay", async () => {
  assertEquals(await linesOf(`a\n\n${"x".repeat(101)}\nb`, 30, 100), ["a", "", "line_too_long 101", "b"]);
  const removed = await runStage<Uint8Array, TextLine[]>(
    [Uint8Array.of(97, 10, 255, 10, 98)],
    new TextLinesStream({ maxLineBytes: 100 }),
  );
  assertEquals(removed.flat().map((line) => typeof line === "string" ? line : line.reason), [
    "a",
    "invalid_utf8",
    "b",
  ]);
});
