import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { readTerms } from "../../lib/menus/read_terms.ts";
import { maxRejectTextBytes } from "../../lib/records/rejects.ts";
import { MemoryStore, type MemoryStoreFaults } from "../fakes/memory_store.ts";

async function read(csv: string, faults?: MemoryStoreFaults) {
  const store = new MemoryStore({ faults, readBytes: 1_000_000 });
  const object = store.give("terms.csv", new TextEncoder().encode(csv));
  return await readTerms({ store, object }, {
    termIdField: "id",
    termField: "term",
    delimiter: ",",
    maxLineBytes: 1_000_000,
    maxExpansion: 100,
    idleSeconds: 5,
    signal: new AbortController().signal,
  });
}

Deno.test("readTerms() takes several terms of an id as its spellings, each once", async () => {
  const { terms, spellings, rejects, counts } = await read(
    'term,id\nRum,1\n"Gin\n",2\nRum,1\nVodka,1\nnone\nx,\n',
  );
  assertEquals([...terms], [["1", ["Rum", "Vodka"]], ["2", ["Gin\n"]]]);
  assertEquals(rejects.map(({ line, reason }) => [line, reason]), [
    [7, "ragged_row"],
    [8, "missing_key_field"],
  ]);
  assertEquals([spellings, counts.in, counts.out, counts.rejected], [3, 6, 4, 2]);
});

Deno.test("readTerms() keeps up to a thousand rejects, cut to 64 KiB, and counts all", async () => {
  const long = "x".repeat(maxRejectTextBytes);
  const { rejects, counts } = await read(`id,term\n1,a\n,${long}\n` + ",b\n".repeat(1_500));
  assertEquals([rejects.length, counts.rejected], [1_000, 1_501]);
  const [{ text, bytes }] = rejects as [typeof rejects[number]];
  assertEquals([text.length, bytes], [maxRejectTextBytes, maxRejectTextBytes + 1]);
});

Deno.test("readTerms() resumes where a connection breaks off", async () => {
  const csv = "id,term\n" + Array.from({ length: 2_000 }, (_, i) => `${i},term ${i}\n`).join("");
  const { terms } = await read(csv, { breakReads: { afterBytes: 9_000, times: 2 } });
  assertEquals([terms.size, terms.get("1999")], [2_000, ["term 1999"]]);
});

Deno.test("readTerms() says which object has none, or cannot be read", async () => {
  const where = "Cannot read the terms in memory:///terms.csv: ";
  await assertRejects(() => read("id,term\n"), Error, `${where}it has none`);
  await assertRejects(
    () => read("id,name\n1,a\n"),
    Error,
    `${where}there is no column term; its columns are id, name`,
  );
});
