import { assertEquals } from "@std/assert/mod.js";
import { cutBytes, rejectedText, rejectLine } from "../../lib/records/rejects.ts";

const line = (text: string | Uint8Array, bytes: number) =>
  JSON.parse(rejectLine("s3://raw/a.jsonl", { line: 7, reason: "invalid_json", text, bytes }));

const start = { object: "s3://raw/a.jsonl", line: 7, reason: "invalid_json" };

Deno.test("rejectLine() is a JSON line with the object, the line, the reason and the text", () => {
  assertEquals(line('{"a"', 4), { ...start, text: '{"a"' });
  assertEquals(line(new TextEncoder().encode("ü"), 2), { ...start, text: "ü" });
});

Deno.test("rejectLine() gives base64 where the line is not UTF-8", () => {
  assertEquals(line(Uint8Array.of(0xff, 0x61), 2), { ...start, base64: "/2E=" });
});

Deno.test("rejectLine() of a line that was cut has its whole length, and no half character", () => {
  const euros = new TextEncoder().encode("€".repeat(40_000));
  assertEquals(line(cutBytes(euros), euros.length), { ...start, text: "€".repeat(21_845), bytes: 120_000 });
  for (const [char, whole] of [["a", 65_536], ["ü", 32_768], ["👔", 16_384]] as const) {
    const bytes = new TextEncoder().encode(char.repeat(70_000));
    assertEquals(line(cutBytes(bytes), bytes.length), {
      ...start,
      text: char.repeat(whole),
      bytes: bytes.length,
    });
  }
});

Deno.test("rejectedText() keeps a line, and the first 64 KiB of a longer one", () => {
  assertEquals(rejectedText("invalid_json", "ü"), { reason: "invalid_json", text: "ü", bytes: 2 });
  const long = rejectedText("invalid_json", "ü".repeat(40_000));
  assertEquals([long.text.length, long.bytes], [65_536, 80_000]);
  assertEquals(rejectedText("invalid_json", "ü".repeat(30_000)).text.length, 30_000);
});
