import { assert, assertEquals } from "@std/assert/mod.js";
import { everyMs, fingerprint, minute, watched } from "./watched_listing.ts";

Deno.test("ListingFeed lists 525,600 objects at no more than one request a second, and their end every time", async () => {
  await watched(async ({ source, destination, taken, end, pass }) => {
    const count = 525_600;
    for (let i = 0; i < count; i++) {
      const object = { name: minute(i), etag: "1", bytes: 1, modifiedMs: 0 };
      source.listed.push(object);
      const mark = { sourceEtag: "1", recipe: fingerprint, rejects: 0 };
      destination.listed.push({ ...object, etag: "out 1" });
      destination.marks.set(object.name, { ...object, etag: "out 1", mark });
    }
    await pass(0);
    taken();
    assertEquals([source.pages, destination.pages], [526, 526]);
    // The year's last object was looked at, so the pass is over.
    const before = source.pages;
    source.add(minute(count));
    await pass(everyMs);
    assertEquals(taken(), [`process ${minute(count)}`]);
    end();
    source.add("1600000000.jsonl");
    let waitedMs = 0;
    for (; taken().length === 0; waitedMs += everyMs) await pass(everyMs);
    assert(waitedMs <= 600_000, `a late object was found after ${waitedMs} ms`);
    end();
    const hours = 2;
    const [pages, outputs, heads] = [source.pages, destination.pages, destination.heads];
    for (let ms = 0; ms < hours * 3_600_000; ms += everyMs) await pass(everyMs);
    assert(source.pages - pages <= hours * 3_600 * 1.2, `${source.pages - pages} requests to the source`);
    assert(destination.pages - outputs <= 20, `${destination.pages - outputs} to the destination`);
    assert(destination.heads - heads <= 2_048, `${destination.heads - heads} heads`);
    assert(source.pages > before);
  });
});
