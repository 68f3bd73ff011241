import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { zstdCompressSync } from "node:zlib";
import { SluiceError } from "../../lib/errors/sluice_error.ts";
import { rejectLine } from "../../lib/records/rejects.ts";
import { keptRejects } from "../../lib/sinks/kept_rejects.ts";
import { zstd } from "../../lib/sources/zstd.ts";
import { MemoryStore } from "../fakes/memory_store.ts";

const { signal } = new AbortController();
const line = (reason: "invalid_json" | "invalid_utf8", text = "x") =>
  rejectLine("s3://raw/a.jsonl", { line: 1, reason, text, bytes: text.length });

Deno.test("keptRejects() counts the lines of a rejects object by reason, compressed or not", async () => {
  const store = new MemoryStore({ readBytes: 1_000 });
  const text = line("invalid_json") + line("invalid_utf8") + line("invalid_json", "\0".repeat(65_536));
  store.give("a.jsonl", new TextEncoder().encode(text));
  const gzip = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  store.give("a.jsonl.gz", await new Response(gzip).bytes());
  store.give("a.jsonl.zst", new Uint8Array(zstdCompressSync(text)));
  const expected = { invalid_json: 2, invalid_utf8: 1 };
  assertEquals(await keptRejects(store, "a.jsonl", { signal, zstd }), expected);
  assertEquals(await keptRejects(store, "a.jsonl.gz", { signal, zstd }), expected);
  assertEquals(await keptRejects(store, "a.jsonl.zst", { signal, zstd }), expected);
  assertEquals(await keptRejects(store, "b.jsonl", { signal, zstd }), {});
});

Deno.test("keptRejects() fails at a line that is none of Sluice's", async () => {
  const store = new MemoryStore();
  for (const other of ["no json", "{}", "7"]) {
    store.give("a.jsonl", new TextEncoder().encode(line("invalid_json") + `${other}\n`));
    await assertRejects(
      () => keptRejects(store, "a.jsonl", { signal, zstd }),
      SluiceError,
      "Cannot read memory:///a.jsonl: line 2 is not a reject that Sluice wrote",
    );
  }
});
