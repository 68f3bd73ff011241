import { assertEquals } from "@std/assert/mod.js";
import { WantedObjects, type WantedObjectsOptions } from "../../lib/estimate/wanted_objects.ts";
import { MemoryStore } from "../fakes/memory_store.ts";

async function listed(options: Partial<WantedObjectsOptions>) {
  const source = new MemoryStore();
  for (let i = 0; i < 7; i++) source.give(`${i}.jsonl`, new Uint8Array(i));
  source.give("x.txt", new Uint8Array(100));
  const wanted = new WantedObjects({
    source,
    fingerprint: "f",
    ledger: undefined,
    every: 1,
    signal: new AbortController().signal,
    ...options,
  });
  const names: string[] = [];
  for await (const { name } of wanted.list()) names.push(name.replace(".jsonl", ""));
  return { names: names.join(""), wanted };
}

Deno.test("WantedObjects.list() gives the record files that the selection takes in, in their order", async () => {
  const { names, wanted } = await listed({ exclude: ["3*"] });
  assertEquals(names, "012456");
  assertEquals(wanted.objects, { found: 8, ignored: 2, skipped: 0 });
  assertEquals([wanted.wanted, wanted.chosen], [{ objects: 6, bytes: 18 }, { objects: 6, bytes: 18 }]);
});

Deno.test("WantedObjects.list() gives the first one of every so many, and measures all", async () => {
  const { names, wanted } = await listed({ every: 3 });
  assertEquals(names, "036");
  assertEquals([wanted.wanted, wanted.chosen], [{ objects: 7, bytes: 21 }, { objects: 3, bytes: 9 }]);
});

Deno.test("WantedObjects.list() ends at the limit", async () => {
  assertEquals((await listed({ limit: 2 })).names, "01");
});

Deno.test("WantedObjects.list() leaves out what is done, unless it is to be done again", async () => {
  const destination = new MemoryStore();
  // The first object that a store is given has the ETag `etag 1`.
  await destination.put("0.jsonl", new Uint8Array(0), {
    mark: { sourceEtag: "etag 1", recipe: "f", rejects: 0 },
    condition: "always",
    contentType: "application/x-ndjson",
    signal: new AbortController().signal,
  });
  const { names, wanted } = await listed({ destination });
  assertEquals([names, wanted.objects], ["123456", { found: 8, ignored: 1, skipped: 1 }]);
  assertEquals((await listed({ destination, fingerprint: "other" })).names, "0123456");
  const forced = await listed({ destination, force: true });
  assertEquals([forced.names, forced.wanted.objects.skipped], ["0123456", 0]);
});
