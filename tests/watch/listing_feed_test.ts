import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { ListingFeed } from "../../lib/watch/listing_feed.ts";
import { everyMs, fingerprint, ListedStore, markDone, minute, watched } from "./watched_listing.ts";

Deno.test("ListingFeed finds new objects, late ones with smaller names, and changed ones, each once", async () => {
  await watched(async ({ source, taken, end, pass }) => {
    for (const i of [0, 1, 5]) source.add(minute(i));
    await pass(0);
    assertEquals(taken(), [0, 1, 5].map((i) => `process ${minute(i)}`));
    end();
    await pass(everyMs);
    assertEquals(taken(), []);
    source.add(minute(6));
    source.add(minute(3));
    source.add(minute(1), "2");
    await pass(everyMs);
    assertEquals(taken(), [1, 3, 6].map((i) => `process ${minute(i)}`));
    // Not again while they are worked on.
    await pass(10 * everyMs);
    assertEquals(taken(), []);
    end();
    await pass(10 * everyMs);
    assertEquals(taken(), []);
  });
});

Deno.test("ListingFeed says in its first pass what is done already, and later nothing of it", async () => {
  await watched(async ({ source, destination, taken, pass }) => {
    for (const i of [0, 1]) source.add(minute(i));
    markDone(destination, source.listed[0]!);
    await pass(0);
    assertEquals(taken(), [`skip ${minute(0)}`, `process ${minute(1)}`]);
    await pass(everyMs);
    assertEquals(taken(), []);
  });
});

Deno.test("ListingFeed yields an object that failed again, after waits that double to an hour", async () => {
  await watched(async ({ source, taken, end, pass }) => {
    source.add(minute(0));
    const at: number[] = [];
    for (let ms = 0; ms < 4 * 3_600_000; ms += everyMs) {
      await pass(ms === 0 ? 0 : everyMs);
      if (taken().length > 0) at.push(ms / everyMs);
      end("failed");
    }
    const waits = at.slice(1).map((pass, i) => pass - at[i]!);
    assertEquals(waits, [1, 2, 4, 8, 16, 32, 64, 120, 120]);
  });
});

Deno.test("ListingFeed looks at the outputs again within a day: one that was removed is made again", async () => {
  await watched(async ({ source, destination, taken, end, pass }) => {
    source.add(minute(0));
    await pass(0);
    taken();
    end();
    await pass(everyMs);
    destination.listed.length = 0;
    destination.marks.clear();
    await pass(10 * everyMs);
    assertEquals(taken(), []);
    await pass(24 * 3_600_000);
    await pass(everyMs);
    assertEquals(taken(), [`process ${minute(0)}`]);
  });
});

Deno.test("ListingFeed looks at the outputs again within a day, although the clock of the day was set back", async () => {
  await watched(async ({ source, destination, taken, end, pass, setBack }) => {
    source.add(minute(0));
    await pass(0);
    taken();
    end();
    await pass(everyMs);
    destination.listed.length = 0;
    destination.marks.clear();
    setBack(100 * 24 * 3_600_000);
    await pass(24 * 3_600_000);
    await pass(everyMs);
    assertEquals(taken(), [`process ${minute(0)}`]);
  });
});

Deno.test("ListingFeed does not yield an object again that is finished while it compares the listings", async () => {
  await watched(async ({ source, destination, taken, end, pass }) => {
    source.add(minute(0));
    await pass(0);
    assertEquals(taken(), [`process ${minute(0)}`]);
    const list = destination.list.bind(destination);
    destination.list = async function* (signal, after) {
      const pages = await Array.fromAsync(list(signal, after));
      end();
      yield* pages;
    };
    await pass(everyMs);
    assertEquals(taken(), []);
    source.add(minute(0), "2");
    await pass(everyMs);
    assertEquals(taken(), [`process ${minute(0)}`]);
  });
});

Deno.test("ListingFeed does not yield an object again that is no records, until it changes", async () => {
  await watched(async ({ source, taken, end, pass }) => {
    source.add(minute(0));
    await pass(0);
    assertEquals(taken(), [`process ${minute(0)}`]);
    end("ignored");
    await pass(20 * everyMs);
    assertEquals(taken(), []);
    source.add(minute(0), "2");
    await pass(everyMs);
    assertEquals(taken(), [`process ${minute(0)}`]);
  });
});

Deno.test("ListingFeed says of a failed object that it was processed elsewhere, or is gone", async () => {
  const settled: string[] = [];
  const onSettled = (name: string, outcome: string) => settled.push(`${outcome} ${name}`);
  await watched(async ({ source, destination, taken, end, pass }) => {
    for (const i of [0, 1, 2]) source.add(minute(i));
    await pass(0);
    taken();
    end("failed");
    destination.add(minute(0));
    destination.marks.set(minute(0), {
      ...destination.listed[0]!,
      mark: { sourceEtag: "1", recipe: fingerprint, rejects: 0 },
    });
    source.listed.splice(1, 1);
    await pass(everyMs);
    assertEquals(taken(), [`skip ${minute(0)}`, `process ${minute(2)}`]);
    assertEquals(settled, [`gone ${minute(1)}`]);
    await pass(everyMs);
    assertEquals([taken(), settled.length], [[], 1]);
  }, { onSettled });
});

Deno.test("ListingFeed continues when its first listing breaks off and the next one fails at once", async () => {
  await watched(async ({ source, destination, messages, taken, pass }) => {
    for (const i of [0, 1]) source.add(minute(i));
    markDone(destination, source.listed[0]!);
    destination.fails = true;
    await pass(0);
    source.fails = true;
    await pass(everyMs);
    source.fails = destination.fails = false;
    await pass(everyMs);
    assertEquals(taken(), [`skip ${minute(0)}`, `process ${minute(1)}`]);
    assertEquals(messages, [
      "error: Cannot list: 503 SlowDown; retrying until it can be listed",
      "info: Listing works again: memory:///",
    ]);
  });
});

Deno.test("ListingFeed says once what is done already, although its first listing breaks off", async () => {
  await watched(async ({ source, destination, taken, pass }) => {
    for (let i = 0; i < 5_500; i++) {
      source.add(minute(i));
      markDone(destination, source.listed[i]!);
    }
    const list = source.list.bind(source);
    let pagesLeft = 5;
    source.list = async function* (signal, after) {
      for await (const page of list(signal, after)) {
        yield page;
        if (--pagesLeft === 0) throw new Error("Cannot list: broken off");
      }
    };
    await pass(0);
    await pass(everyMs);
    const names = taken();
    assertEquals([names.length, new Set(names).size], [5_500, 5_500]);
  });
});

Deno.test("ListingFeed continues after listings that fail, and says so once", async () => {
  await watched(async ({ source, messages, taken, pass }) => {
    source.add(minute(0));
    await pass(0);
    taken();
    source.fails = true;
    await pass(5 * everyMs);
    assertEquals(messages, [
      "error: Cannot list: 503 SlowDown; retrying until it can be listed",
    ]);
    source.fails = false;
    source.add(minute(1));
    await pass(everyMs);
    assertEquals(taken(), [`process ${minute(1)}`]);
    assertEquals(messages.slice(1), ["info: Listing works again: memory:///"]);
  });
});

Deno.test("ListingFeed throws when the very first page cannot be read", async () => {
  const source = new ListedStore();
  source.add(minute(0));
  source.fails = true;
  const feed = new ListingFeed({
    source,
    destination: new ListedStore(),
    fingerprint,
    everyMs,
    onTrouble: () => {},
  });
  await assertRejects(() => feed.objects(new AbortController().signal).next(), Error, "Cannot list: 503");
});
