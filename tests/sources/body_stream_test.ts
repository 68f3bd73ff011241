import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { ObjectCounts } from "../../lib/records/batch.ts";
import { BodyStream } from "../../lib/sources/body_stream.ts";
import { ObjectChangedError, ObjectGoneError } from "../../lib/stores/store.ts";
import { MemoryStore, type MemoryStoreFaults } from "../fakes/memory_store.ts";

const bytes = new TextEncoder().encode("0123456789".repeat(5));

function bodyOf(faults: MemoryStoreFaults = {}, signal = new AbortController().signal) {
  const store = new MemoryStore({ faults });
  const object = store.give("a", bytes);
  const counts = new ObjectCounts();
  return {
    store,
    counts,
    body: new BodyStream({
      store,
      object,
      counts,
      signal,
      idleSeconds: 30,
      retry: { maxAttempts: 4, firstMs: 0 },
    }),
  };
}

Deno.test("BodyStream() reads an object, and counts its bytes", async () => {
  const { body, counts, store } = bodyOf();
  assertEquals(await new Response(body).bytes(), bytes);
  assertEquals(counts.bytesIn, 50);
  assertEquals(store.log, ["read a @0"]);
});

Deno.test("BodyStream() of an empty object is empty", async () => {
  const store = new MemoryStore();
  const options = { store, object: store.give("a", new Uint8Array(0)), counts: new ObjectCounts() };
  const body = new BodyStream({ ...options, idleSeconds: 30, signal: new AbortController().signal });
  assertEquals((await new Response(body).bytes()).length, 0);
});

Deno.test("BodyStream() takes a broken connection up where it broke, as long as bytes come", async () => {
  const { body, store } = bodyOf({ breakReads: { afterBytes: 10, times: 99 } });
  assertEquals(await new Response(body).bytes(), bytes);
  assertEquals(store.log, ["read a @0", "read a @10", "read a @20", "read a @30", "read a @40"]);
});

Deno.test("BodyStream() takes an early end for a broken connection", async () => {
  const { body } = bodyOf({ breakReads: { afterBytes: 12, times: 2, quietly: true } });
  assertEquals(await new Response(body).bytes(), bytes);
});

Deno.test("BodyStream() gives up when connections break without a byte", async () => {
  const { body, store } = bodyOf({ breakReads: { afterBytes: 0, times: 99 } });
  await assertRejects(
    () => new Response(body).bytes(),
    Error,
    "Cannot read memory:///a from byte 0 on: connection reset, 4 times in a row",
  );
  assertEquals(store.log.length, 4);
});

Deno.test("BodyStream() passes on that the object is gone or another one", async () => {
  const gone = bodyOf();
  gone.store.objects.delete("a");
  await assertRejects(() => new Response(gone.body).bytes(), ObjectGoneError);
  const changed = bodyOf();
  changed.store.give("a", bytes);
  await assertRejects(() => new Response(changed.body).bytes(), ObjectChangedError);
});

Deno.test("BodyStream() reads on from no other object than the one that it began with", async () => {
  const { body, store } = bodyOf({ breakReads: { afterBytes: 7, times: 1 } });
  const reader = body.getReader();
  await reader.read();
  store.give("a", bytes);
  await assertRejects(() => reader.read(), ObjectChangedError);
  assertEquals(store.log, ["read a @0", "read a @7"]);
});

Deno.test("BodyStream() ends at once while it waits for another attempt", async () => {
  const stop = new AbortController();
  const store = new MemoryStore({ faults: { breakReads: { afterBytes: 0, times: 99 } } });
  const options = { store, object: store.give("a", bytes), counts: new ObjectCounts(), signal: stop.signal };
  const reader = new BodyStream({
    ...options,
    idleSeconds: 30,
    retry: { firstMs: 3_600_000, maxMs: 3_600_000 },
  }).getReader();
  const first = reader.read();
  stop.abort(new Error("stopped"));
  await assertRejects(() => first, Error, "stopped");
});

Deno.test("BodyStream() takes an object for changed that has more bytes than were listed", async () => {
  const store = new MemoryStore();
  const object = { ...store.give("a", bytes), bytes: 20 };
  const body = new BodyStream({
    idleSeconds: 30,
    store,
    object,
    counts: new ObjectCounts(),
    signal: new AbortController().signal,
  });
  await assertRejects(
    () => new Response(body).bytes(),
    ObjectChangedError,
    "more than the 20 bytes that were listed",
  );
});

Deno.test("BodyStream() reads nothing before it is asked, and closes the connection when it is cancelled", async () => {
  const { body, store } = bodyOf();
  assertEquals(store.log, []);
  const reader = body.getReader();
  assertEquals((await reader.read()).value, bytes.slice(0, 7));
  await reader.cancel("enough");
  assertEquals(store.log, ["read a @0", "cancel a"]);
});

Deno.test("BodyStream() ends with the signal's reason, without another attempt", async () => {
  const stop = new AbortController();
  const { body, store } = bodyOf({}, stop.signal);
  const reader = body.getReader();
  await reader.read();
  stop.abort(new Error("stopped"));
  await assertRejects(() => reader.read(), Error, "stopped");
  assertEquals(store.log, ["read a @0"]);
});

Deno.test("BodyStream() takes a connection that falls silent for a broken one", async () => {
  const store = new MemoryStore();
  const object = store.give("a", bytes);
  const read = store.read.bind(store);
  let reads = 0;
  store.read = async (...given) => {
    if (reads++ > 0) return await read(...given);
    let pulls = 0;
    return new ReadableStream({
      pull: (controller) =>
        pulls++ === 0 ? controller.enqueue(bytes.slice(0, 20)) : new Promise<void>(() => {}),
    }, { highWaterMark: 0 });
  };
  const options = { store, object, counts: new ObjectCounts(), signal: new AbortController().signal };
  const body = new BodyStream({ ...options, idleSeconds: 0.02, retry: { firstMs: 0 } });
  assertEquals(await new Response(body).bytes(), bytes);
  assertEquals(store.log, ["read a @20"]);
});
