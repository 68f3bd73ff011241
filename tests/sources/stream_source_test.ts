import { assertEquals, assertThrows } from "@std/assert/mod.js";
import { ObjectCounts } from "../../lib/records/batch.ts";
import { StreamSource } from "../../lib/sources/stream_source.ts";

const { signal } = new AbortController();

Deno.test("StreamSource lists one unit, counts its bytes, and opens it once", async () => {
  const source = new StreamSource("standard input", () => new Blob(["x\n"]).stream());
  const [unit] = (await Array.fromAsync(source.list(signal))).flat();
  const counts = new ObjectCounts();
  assertEquals(unit!.name, "standard input");
  assertEquals(await new Response(source.open(unit!, { counts, signal })).text(), "x\n");
  assertEquals(counts.bytesIn, 2);
  assertThrows(() => source.open(unit!, { counts, signal }), Error, "it was read already");
});

Deno.test("StreamSource does not open its stream before it is read", async () => {
  let opened = 0;
  const source = new StreamSource("standard input", () => {
    opened++;
    return new Blob([]).stream();
  });
  await Array.fromAsync(source.list(signal));
  await source.describe();
  assertEquals(opened, 0);
});
