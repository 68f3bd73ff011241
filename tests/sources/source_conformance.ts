import { assert, assertEquals, assertRejects } from "@std/assert/mod.js";
import { ObjectCounts } from "../../lib/records/batch.ts";
import type { OpenUnitOptions, Source } from "../../lib/sources/source.ts";
import {
  compareNames,
  ObjectChangedError,
  ObjectGoneError,
  type StoredObject,
} from "../../lib/stores/store.ts";

/** An empty source, and ways to change what is in it behind its back. */
export interface SourceUnderTest extends AsyncDisposable {
  readonly source: Source;
  plant(name: string, text: string): Promise<void> | void;
  remove(name: string): Promise<void> | void;
  /**
   * Has the connection of the next read break after so many bytes. Absent where there are no connections.
   *
   * @returns How many connections have been made for reads since then.
   */
  breakNextRead?(afterBytes: number): () => number;
}

const { signal } = new AbortController();

/** Names in the order of their UTF-8 bytes, which is not that of JavaScript's strings. */
const orderedNames = [
  "1.jsonl",
  "a b.jsonl",
  "a+b%20.jsonl",
  "a-/z.jsonl",
  "a.csv",
  "a/b.jsonl.gz",
  "é.jsonl",
  "日.jsonl",
  "ﬀ.jsonl",
  "😀.jsonl",
];

/** What every source does; registers one test for each. */
export function testSource(kind: string, open: () => Promise<SourceUnderTest>): void {
  const test = (behaviour: string, run: (under: SourceUnderTest) => Promise<void> | void) => {
    Deno.test(`${kind} ${behaviour}`, async () => {
      await using under = await open();
      await run(under);
    });
  };
  const listed = async (source: Source, after?: string): Promise<StoredObject[]> =>
    (await Array.fromAsync(source.list(signal, { after }))).flat();
  const planted = async ({ plant, source }: SourceUnderTest, text: string): Promise<StoredObject> => {
    await plant("a.jsonl", text);
    return (await listed(source))[0]!;
  };
  const opened = (source: Source, unit: StoredObject, options: Partial<OpenUnitOptions> = {}) =>
    source.open(unit, { counts: new ObjectCounts(), signal, ...options });
  const textOf = (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => new Response(stream).text();

  test("lists nothing at first, and has no unit", async ({ source }) => {
    assertEquals(await listed(source), []);
    assertEquals(await source.head("a.jsonl", signal), undefined);
  });

  test("has an address without secrets that ends in /", ({ source }) => {
    assert(/^[a-z0-9]+:.*\/$/.test(source.url), source.url);
    assert(!/@|secret/i.test(source.url), source.url);
  });

  test("orders names by their UTF-8 bytes, and shows each as head() does", async ({ plant, source }) => {
    for (const name of orderedNames.toReversed()) await plant(name, name);
    const units = await listed(source);
    assertEquals(units.map(({ name }) => name), orderedNames);
    for (const { name, etag, bytes, modifiedMs } of units) {
      assertEquals(bytes, new TextEncoder().encode(name).length);
      assert(Math.abs(Date.now() - modifiedMs) < 60_000);
      const head = await source.head(name, signal);
      assertEquals([head?.name, head?.etag, head?.bytes], [name, etag, bytes]);
    }
  });

  test("lists all pages, none of them empty", async ({ plant, source }) => {
    const names = Array.from({ length: 1_100 }, (_, i) => `${10_000 + i}.jsonl`);
    for (const name of names) await plant(name, "x");
    const pages = await Array.fromAsync(source.list(signal));
    assertEquals(pages.flat().map(({ name }) => name), names);
    assert(pages.length > 1 && pages.every(({ length }) => length > 0));
  });

  test("begins its listing behind a name, whether there is such a unit or not", async ({ plant, source }) => {
    for (const name of orderedNames) await plant(name, "x");
    for (const after of [...orderedNames, "a/", "b", "zz"]) {
      const behind = orderedNames.filter((name) => compareNames(name, after) > 0);
      assertEquals((await listed(source, after)).map(({ name }) => name), behind);
    }
  });

  test("leaves out what begins with _ or ., where outputs keep what is no record", async ({ plant, source }) => {
    for (const name of [".a", "_rejects/a", "b", "c/.d/e", "c/_f", "c/g_.h"]) await plant(name, "x");
    assertEquals((await listed(source)).map(({ name }) => name), ["b", "c/g_.h"]);
  });

  test("stops its listing when aborted", async ({ plant, source }) => {
    await plant("a.jsonl", "x");
    const stopped = AbortSignal.abort(new Error("enough"));
    await assertRejects(() => Array.fromAsync(source.list(stopped)), Error, "enough");
  });

  test("opens a unit as it is stored, and counts its bytes", async (under) => {
    const unit = await planted(under, "ü\r\n👔\n");
    const counts = new ObjectCounts();
    assertEquals(await textOf(opened(under.source, unit, { counts })), "ü\r\n👔\n");
    assertEquals(counts.bytesIn, unit.bytes);
  });

  test("opens a unit from any byte on", async (under) => {
    const unit = await planted(under, "0123456789");
    for (const start of [0, 1, 9, 10]) {
      const counts = new ObjectCounts();
      const text = await textOf(opened(under.source, unit, { counts, start }));
      assertEquals([text, counts.bytesIn], ["0123456789".slice(start), 10 - start]);
    }
  });

  test("opens an empty unit", async (under) => {
    assertEquals(await textOf(opened(under.source, await planted(under, ""))), "");
  });

  test("opens units side by side", async ({ plant, source }) => {
    const texts = ["a", "b", "c"].map((letter) => letter.repeat(300_000));
    for (const text of texts) await plant(`${text[0]}.jsonl`, text);
    const units = await listed(source);
    assert(
      (await Promise.all(units.map((unit) => textOf(opened(source, unit))))).every((t, i) => t === texts[i]),
    );
  });

  test("gives chunks whose buffers are the caller's", async (under) => {
    const text = "0123456789".repeat(30_000);
    const unit = await planted(under, text);
    const decoder = new TextDecoder();
    let read = "";
    for await (const chunk of opened(under.source, unit)) {
      read += decoder.decode(chunk, { stream: true });
      chunk.buffer.transfer(0);
    }
    assert(read === text);
    assert(await textOf(opened(under.source, unit)) === text, "the source still has its own");
  });

  test("reads no further once its reader cancels", async (under) => {
    const unit = await planted(under, "x".repeat(3_000_000));
    const counts = new ObjectCounts();
    const reader = opened(under.source, unit, { counts }).getReader();
    await reader.read();
    await reader.cancel();
    assert(counts.bytesIn > 0 && counts.bytesIn < unit.bytes);
  });

  test("ends with the signal's reason", async (under) => {
    const unit = await planted(under, "x".repeat(3_000_000));
    const stop = new AbortController();
    const reader = opened(under.source, unit, { signal: stop.signal }).getReader();
    await reader.read();
    stop.abort(new Error("enough"));
    await assertRejects(
      async () => {
        while (!(await reader.read()).done);
      },
      Error,
      "enough",
    );
  });

  test("reports a unit that is gone, in the stream", async (under) => {
    const unit = await planted(under, "x");
    await under.remove(unit.name);
    const stream = opened(under.source, unit);
    const gone = await assertRejects(() => textOf(stream), ObjectGoneError);
    assertEquals([gone.kind, gone.message.includes(unit.name)], ["source", true]);
  });

  test("reports a unit that has changed, and hands out none of it", async (under) => {
    const unit = await planted(under, "first");
    await under.plant(unit.name, "another");
    const counts = new ObjectCounts();
    await assertRejects(() => textOf(opened(under.source, unit, { counts })), ObjectChangedError);
    await assertRejects(() => textOf(opened(under.source, unit, { counts, start: 2 })), ObjectChangedError);
    assertEquals(counts.bytesIn, 0);
  });

  test("resumes a read whose connection breaks, without a byte lost or doubled", async (under) => {
    if (under.breakNextRead === undefined) return;
    const text = Array.from({ length: 5_000 }, (_, i) => `${i}\n`).join("");
    const unit = await planted(under, text);
    const connections = under.breakNextRead(1_000);
    const counts = new ObjectCounts();
    assert(await textOf(opened(under.source, unit, { counts, start: 10 })) === text.slice(10));
    assertEquals([counts.bytesIn, connections()], [unit.bytes - 10, 2]);
  });

  test("describes itself, empty and not", async ({ plant, source }) => {
    assert((await source.describe(signal)).startsWith(source.url));
    await plant("a.jsonl", "x");
    assert((await source.describe(signal)).startsWith(source.url));
  });
}
