import { assertEquals } from "@std/assert/mod.js";
import { MemorySink } from "../fakes/memory_sink.ts";
import { encodeKey } from "../../lib/recipe/key.ts";
import { testSink } from "./sink_conformance.ts";
import { batchOf, send, unitOf } from "./write_output.ts";

testSink("MemorySink", () => {
  const sink = new MemorySink();
  return Promise.resolve({
    sink,
    records: (name) => {
      const lines = (sink.outputs.get(name)?.text ?? "").split("\n").filter((line) => line !== "");
      return Promise.resolve(lines.map((line) => JSON.parse(line)));
    },
    rejects: (name) =>
      Promise.resolve(
        (sink.outputs.get(name)?.rejects ?? []).map(({ line, text }) => [line, text as string]),
      ),
    [Symbol.asyncDispose]: () => {
      assertEquals(sink.begun.size, 0, "each output is committed or aborted");
      return sink.close();
    },
  });
});

Deno.test("MemorySink keeps what was skipped with its output", async () => {
  const sink = new MemorySink();
  const unit = unitOf("a.jsonl");
  const output = sink.begin(unit);
  await output.skip(new Map([[encodeKey("Acme", "x"), 2], [encodeKey("Acme", "y"), 1]]));
  await output.skip(new Map([[encodeKey("Acme", "x"), 1]]));
  await send(output, batchOf('{"a":1}\n', ["skipped"]));
  await output.commit(unit.mark);
  const { skipped, text } = sink.outputs.get("a.jsonl")!;
  assertEquals([...skipped], [[encodeKey("Acme", "x"), 3], [encodeKey("Acme", "y"), 1]]);
  assertEquals(text, '{"a":1,"level":null}\n');
});
