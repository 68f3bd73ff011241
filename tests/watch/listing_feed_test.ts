import { assert, assertEquals, assertRejects } from "@std/assert/mod.js";
import { install } from "@sinonjs/fake-timers";
import {
  compareNames,
  type ListOptions,
  type MarkedObject,
  type StoredObject,
} from "../../lib/stores/store.ts";
import type { Planned } from "../../lib/jobs/plan.ts";
import { ListingFeed, type ListingFeedOptions } from "../../lib/watch/listing_feed.ts";
import { MemoryStore } from "../fakes/memory_store.ts";

const everyMs = 30_000;
const fingerprint = "recipe";

/** A source of many objects that are listed and never read; counts the requests that S3 would get. */
class ListedStore extends MemoryStore {
  readonly listed: StoredObject[] = [];
  readonly marks = new Map<string, MarkedObject>();
  pages = 0;
  heads = 0;
  fails = false;

  add(name: string, etag = "1"): void {
    const at = this.listed.findLastIndex((object) => compareNames(object.name, name) <= 0);
    const replaces = this.listed[at]?.name === name;
    this.listed.splice(replaces ? at : at + 1, replaces ? 1 : 0, { name, etag, bytes: 1, modifiedMs: 0 });
  }

  override async *list(
    signal: AbortSignal,
    { after = "" }: ListOptions = {},
  ): AsyncGenerator<StoredObject[]> {
    const first = this.listed.findIndex(({ name }) => compareNames(name, after) > 0);
    for (let at = first < 0 ? this.listed.length : first; at < this.listed.length; at += 1_000) {
      signal.throwIfAborted();
      this.pages++;
      if (this.fails) throw new Error("Cannot list: 503 SlowDown");
      yield this.listed.slice(at, at + 1_000);
    }
  }

  override head(name: string): Promise<MarkedObject | undefined> {
    this.heads++;
    return Promise.resolve(this.marks.get(name));
  }
}

interface Watched {
  readonly source: ListedStore;
  readonly destination: ListedStore;
  readonly messages: string[];
  /** What was yielded since this was called last, "todo name". */
  taken(): string[];
  /** Says that what was taken is done, or failed. */
  end(outcome?: "done" | "failed" | "ignored"): void;
  /** Lets so many milliseconds go by. */
  pass(ms: number): Promise<void>;
  /** Sets the clock of the day back; how much time has gone by stays known. */
  setBack(ms: number): void;
}

async function watched(work: (watch: Watched) => Promise<void>, options: Partial<ListingFeedOptions> = {}) {
  const clock = install({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  const source = new ListedStore(), destination = new ListedStore();
  const messages: string[] = [];
  const stop = new AbortController();
  const feed = new ListingFeed({
    source,
    destination,
    fingerprint,
    everyMs,
    onTrouble: (message, level) => messages.push(`${level}: ${message}`),
    ...options,
  });
  let planned: Planned[] = [];
  let underWay: Planned[] = [];
  let running: Promise<unknown> | undefined;
  const start = () =>
    running ??= (async () => {
      for await (const one of feed.objects(stop.signal)) planned.push(one);
    })().catch((error) => error);
  /** Until the feed sleeps; digests take turns of the real event loop. */
  const settle = async () => {
    while (clock.countTimers() === 0) await new Promise((resolve) => setImmediate(resolve));
  };
  try {
    await work({
      source,
      destination,
      messages,
      taken() {
        const some = planned;
        planned = [];
        underWay = underWay.concat(some);
        return some.map(({ todo, object }) => `${todo} ${object.name}`);
      },
      end(outcome = "done") {
        for (const one of underWay) {
          if (one.todo !== "process") continue;
          const { object, onEnd } = one;
          if (outcome === "done") markDone(destination, object);
          onEnd?.(outcome);
        }
        underWay = [];
      },
      async pass(ms) {
        start();
        await settle();
        await clock.tickAsync(ms);
        await settle();
      },
      setBack: (ms) => clock.setSystemTime(Date.now() - ms),
    });
  } finally {
    stop.abort(new Error("stop"));
    await running;
    clock.uninstall();
  }
}

function markDone(destination: ListedStore, { name, etag }: StoredObject): void {
  const mark = { sourceEtag: etag, recipe: fingerprint, rejects: 0 };
  destination.add(name, `out ${etag}`);
  destination.marks.set(name, { name, etag: `out ${etag}`, bytes: 1, modifiedMs: 0, mark });
}

const minute = (i: number) => `${1_700_000_000 + i * 60}.jsonl`;

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
