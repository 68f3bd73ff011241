import { assertEquals, assertRejects } from "@std/assert/mod.js";
import fc from "fast-check";
import { ObjectWriter, type ObjectWriterOptions, UploadStream } from "../../lib/sinks/object_writer.ts";
import { ConditionFailedError } from "../../lib/stores/store.ts";
import { MemoryStore, type MemoryStoreFaults } from "../fakes/memory_store.ts";
import { numRuns } from "../property_runs.ts";
import { cutAt } from "../records/stages/run_stage.ts";

/** Bytes of which each piece is different. */
function bytesOf(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) % 251);
}

function writerFor(store: MemoryStore, options: Partial<ObjectWriterOptions> = {}): ObjectWriter {
  return new ObjectWriter({
    store,
    name: "a",
    condition: { ifAbsent: true },
    contentType: "application/x-ndjson",
    maxPartsInFlight: 2,
    signal: new AbortController().signal,
    ...options,
  });
}

function storeWith(
  partBytes: number,
  faults: MemoryStoreFaults = {},
  maxPartBytes = partBytes,
  maxParts = 10_000,
) {
  return new MemoryStore({ partLimits: { partBytes, maxPartBytes, maxParts }, faults });
}

for (const length of [0, 1, 9, 10]) {
  Deno.test(`ObjectWriter puts ${length} bytes at once, which fit in a part of 10`, async () => {
    const store = storeWith(10);
    const writer = writerFor(store);
    await writer.write(bytesOf(length));
    assertEquals(await writer.close(), "etag 1");
    assertEquals(store.objects.get("a")!.bytes, bytesOf(length));
    assertEquals(store.log, ["put a"]);
  });
}

Deno.test("ObjectWriter cuts more than a part into equal parts", async () => {
  const store = storeWith(10);
  const writer = writerFor(store);
  await writer.write(bytesOf(25));
  await writer.close();
  assertEquals(store.log, [
    "start a",
    "part a 1 @0 +10",
    "part a 2 @10 +10",
    "part a 3 @20 +5",
    "complete a",
  ]);
  assertEquals(store.objects.get("a")!.bytes, bytesOf(25));
});

Deno.test("ObjectWriter makes no empty part of a whole number of parts", async () => {
  const store = storeWith(10);
  const writer = writerFor(store);
  await writer.write(bytesOf(20));
  await writer.close();
  assertEquals(store.log, ["start a", "part a 1 @0 +10", "part a 2 @10 +10", "complete a"]);
  assertEquals(store.objects.get("a")!.bytes, bytesOf(20));
});

Deno.test("ObjectWriter takes parts that arrive in any order, and completes after the last", async () => {
  const arrivals = [1, 2, 3].map(() => Promise.withResolvers<void>());
  const arrived: number[] = [];
  const store = storeWith(10, {
    async onPart(number) {
      await arrivals[number - 1]!.promise;
      arrived.push(number);
    },
  });
  const writer = writerFor(store, { maxPartsInFlight: 3 });
  await writer.write(bytesOf(30));
  const closed = writer.close();
  for (const part of [3, 2, 1]) arrivals[part - 1]!.resolve();
  await closed;
  assertEquals([arrived, store.log.at(-1)], [[3, 2, 1], "complete a"]);
  assertEquals(store.objects.get("a")!.bytes, bytesOf(30));
});

Deno.test("ObjectWriter writes the same whatever the chunks", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: 60 }),
      fc.array(fc.nat({ max: 99 }), { maxLength: 8 }),
      async (length, places) => {
        const store = storeWith(10);
        const writer = writerFor(store);
        for (const chunk of cutAt(bytesOf(length), places)) await writer.write(chunk);
        await writer.close();
        assertEquals(store.objects.get("a")!.bytes, bytesOf(length));
        const expected = length <= 10 ? 0 : Math.ceil(length / 10);
        assertEquals(store.log.filter((entry) => entry.startsWith("part")).length, expected);
      },
    ),
    { numRuns },
  );
});

Deno.test("ObjectWriter doubles its parts after every 1,000, up to the largest", async () => {
  const store = storeWith(1, {}, 2);
  const writer = writerFor(store);
  await writer.write(bytesOf(1_000 + 2 * 1_000 + 2 * 5));
  await writer.close();
  const sizes = store.log.filter((entry) => entry.startsWith("part")).map((entry) => entry.split("+")[1]);
  assertEquals([sizes.length, sizes[999], sizes[1_000], sizes[2_004]], [2_005, "1", "2", "2"]);
  assertEquals(store.objects.get("a")!.bytes, bytesOf(3_010));
});

Deno.test("ObjectWriter has no more than maxPartsInFlight parts on their way, and reuses no buffer of theirs", async () => {
  let inFlight = 0, most = 0;
  const store = storeWith(10, {
    async onPart() {
      most = Math.max(most, ++inFlight);
      await new Promise((resolve) => setTimeout(resolve));
      inFlight--;
    },
  });
  const writer = writerFor(store, { maxPartsInFlight: 3 });
  for (const chunk of cutAt(bytesOf(205), [3, 50, 55, 120])) await writer.write(chunk);
  await writer.close();
  assertEquals(most, 3);
  assertEquals(store.objects.get("a")!.bytes, bytesOf(205));
});

Deno.test("ObjectWriter says when an object is too large for its parts", async () => {
  const writer = writerFor(storeWith(10, {}, 10, 3));
  await assertRejects(
    () => writer.write(bytesOf(50)),
    Error,
    "Cannot write memory:///a: it is larger than 3 parts of up to 10 bytes",
  );
  await writer.abort();
});

Deno.test("ObjectWriter ends with the failure of a part, and abort removes the others", async () => {
  const store = storeWith(10, {
    onPart(number) {
      if (number === 2) throw new Error("no part 2");
    },
  });
  const writer = writerFor(store);
  const write = async () => {
    for (let i = 0; i < 9; i++) await writer.write(bytesOf(10));
    await writer.close();
  };
  await assertRejects(write, Error, "no part 2");
  await writer.abort();
  assertEquals([store.log.at(-1), store.objects.size], ["abort a", 0]);
});

Deno.test("ObjectWriter reports how much it buffers", async () => {
  const sizes: number[] = [];
  const writer = writerFor(storeWith(10), { onBuffered: (bytes) => sizes.push(bytes) });
  await writer.write(bytesOf(4));
  await writer.write(bytesOf(4));
  await writer.write(bytesOf(4));
  await writer.close();
  assertEquals(sizes, [4, 8, 2]);
});

Deno.test("ObjectWriter marks when the first bytes leave", async () => {
  let rejects = 0;
  const store = storeWith(10);
  const writer = writerFor(store, { mark: () => ({ sourceEtag: "s", recipe: "r", rejects }) });
  await writer.write(bytesOf(10));
  assertEquals(writer.isMarked, false);
  rejects = 1;
  await writer.write(bytesOf(1));
  assertEquals(writer.isMarked, true);
  rejects = 2;
  await writer.close();
  assertEquals(store.objects.get("a")!.object.mark, { sourceEtag: "s", recipe: "r", rejects: 1 });
});

Deno.test("UploadStream() writes all bytes, and gives their buffers back; close makes the object visible", async () => {
  const store = storeWith(10);
  const writer = writerFor(store);
  const chunks = [bytesOf(7), bytesOf(7)];
  await ReadableStream.from(chunks).pipeTo(new UploadStream(writer));
  assertEquals([store.objects.size, writer.bytes, chunks.map(({ length }) => length)], [0, 14, [0, 0]]);
  assertEquals(await writer.close(), "etag 1");
});

Deno.test("UploadStream() removes its parts when the source fails", async () => {
  const store = storeWith(10);
  const failing = async function* () {
    yield bytesOf(25);
    throw new Error("source");
  };
  const upload = new UploadStream(writerFor(store));
  await assertRejects(() => ReadableStream.from(failing()).pipeTo(upload), Error, "source");
  assertEquals([store.log.at(-1), store.objects.size], ["abort a", 0]);
});

Deno.test("UploadStream() fails with a part that is refused; an abort removes the others, once", async () => {
  const refuse = (number: number) => number === 2 ? Promise.reject(new Error("no part 2")) : undefined;
  const store = storeWith(10, { onPart: refuse });
  const writer = writerFor(store);
  const source = ReadableStream.from(Array.from({ length: 50 }, () => bytesOf(10)));
  await assertRejects(() => source.pipeTo(new UploadStream(writer)), Error, "no part 2");
  await Promise.all([writer.abort(), writer.abort()]);
  assertEquals([store.log.filter((entry) => entry === "abort a").length, store.objects.size], [1, 0]);
});

Deno.test("ObjectWriter.close() passes a failed condition on", async () => {
  const store = storeWith(10);
  store.give("a", bytesOf(1));
  const writer = writerFor(store);
  await writer.write(bytesOf(3));
  await assertRejects(() => writer.close(), ConditionFailedError);
});

Deno.test("ObjectWriter.abort() does not wait for a part that stalls", async () => {
  const store = storeWith(10, { onPart: () => new Promise<void>(() => {}) });
  const writer = writerFor(store);
  await writer.write(bytesOf(25));
  await writer.abort();
  assertEquals(store.log.at(-1), "abort a");
});
