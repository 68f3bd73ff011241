import { assert, assertEquals, assertRejects } from "@std/assert/mod.js";
import type { Sink } from "../../lib/sinks/sink.ts";
import { RejectsUnknownError } from "../../lib/sinks/sink.ts";
import { compareNames, ConditionFailedError, type StoredObject } from "../../lib/stores/store.ts";
import { batchOf, rejectOf, send, unitOf, writeOutput } from "./write_output.ts";

/** An empty sink, and what is in it. */
export interface SinkUnderTest extends AsyncDisposable {
  readonly sink: Sink;
  /** The records of an output as objects, in order. */
  records(name: string): Promise<unknown[]>;
  /** Line and text of each reject beside an output, in order. */
  rejects(name: string): Promise<[line: number, text: string][]>;
}

const { signal } = new AbortController();
const lines = (...texts: string[]) => texts.map((text) => `${JSON.stringify({ text })}\n`).join("");
const answered = (...texts: string[]) => texts.map((text) => ({ text, level: 3 }));
const mark = { sourceEtag: "0123abcd-2", recipe: "r1-5f", rejects: 0 };

/** What every sink does; registers one test for each. */
export function testSink(kind: string, open: () => Promise<SinkUnderTest>, skipped?: string): void {
  const test = (behaviour: string, run: (under: SinkUnderTest) => Promise<void>) => {
    Deno.test({
      name: `${kind} ${behaviour}${skipped === undefined ? "" : ` (not run: ${skipped})`}`,
      ignore: skipped !== undefined,
      async fn() {
        await using under = await open();
        await run(under);
      },
    });
  };
  const listed = async (sink: Sink, after?: string): Promise<StoredObject[]> =>
    (await Array.fromAsync(sink.list(signal, { after }))).flat();

  test("lists nothing at first, and has no output", async ({ sink }) => {
    assertEquals(await listed(sink), []);
    assertEquals(await sink.head("a.jsonl", signal), undefined);
  });

  test("shows an output with its answers and its mark once it is committed", async ({ records, sink }) => {
    const output = sink.begin(unitOf("b/a b+%.jsonl", { mark }));
    await send(output, batchOf(lines("ü", "👔")), batchOf(lines("c")));
    assertEquals(await listed(sink), []);
    const { bytes, etag } = await output.commit(mark);
    assertEquals(await records("b/a b+%.jsonl"), answered("ü", "👔", "c"));
    const [object] = await listed(sink);
    assertEquals([object!.name, object!.etag, object!.bytes], ["b/a b+%.jsonl", etag, bytes]);
    assertEquals((await sink.head("b/a b+%.jsonl", signal))?.mark, mark);
    assert(bytes > 0 && Math.abs(Date.now() - object!.modifiedMs) < 60_000);
    await output.abort(new Error("too late"));
    assertEquals((await listed(sink)).length, 1);
  });

  test("counts the records that go out, and leaves refused ones out", async ({ records, sink }) => {
    const unit = unitOf("a.jsonl");
    const output = sink.begin(unit);
    await send(output, batchOf(lines("a", "b", "c"), [1, "refused", 2]));
    assertEquals(unit.counts.out, 2, "before it is committed: the sums are checked then");
    await output.commit(unit.mark);
    assertEquals(await records("a.jsonl"), [{ text: "a", level: 1 }, { text: "c", level: 2 }]);
  });

  test("takes an output without records", async ({ records, sink }) => {
    await writeOutput(sink, "a.jsonl", "", { mark });
    assertEquals(await records("a.jsonl"), []);
    assertEquals((await sink.head("a.jsonl", signal))?.mark, mark);
  });

  test("orders names by their UTF-8 bytes, and begins behind one", async ({ sink }) => {
    const names = ["1.jsonl", "a b.jsonl", "a/b.jsonl", "é.jsonl", "日.jsonl", "ﬀ.jsonl", "😀.jsonl"];
    for (const name of names.toReversed()) await writeOutput(sink, name, lines("x"));
    const sorted = names.toSorted(compareNames);
    assertEquals((await listed(sink)).map(({ name }) => name), sorted);
    assertEquals((await listed(sink, sorted[2])).map(({ name }) => name), sorted.slice(3));
  });

  test("replaces an output and its rejects", async ({ records, rejects, sink }) => {
    await writeOutput(sink, "a.jsonl", lines("a", "b"), { rejects: [rejectOf(1, "x"), rejectOf(4, "y")] });
    assertEquals(await rejects("a.jsonl"), [[1, "x"], [4, "y"]]);
    await writeOutput(sink, "a.jsonl", lines("c"), { rejects: [rejectOf(2, "z")] });
    assertEquals([await records("a.jsonl"), await rejects("a.jsonl")], [answered("c"), [[2, "z"]]]);
    await writeOutput(sink, "a.jsonl", lines("d"));
    assertEquals([await records("a.jsonl"), await rejects("a.jsonl")], [answered("d"), []]);
  });

  test("counts the rejects that are kept beside an output", async ({ sink }) => {
    const kept = (name: string) => sink.keptRejects(name, signal);
    assertEquals(await kept("a.jsonl"), {});
    const rejects = [
      rejectOf(1, "x"),
      rejectOf(2, "y"),
      { ...rejectOf(3, "z"), reason: "null_key_field" as const },
    ];
    await writeOutput(sink, "a.jsonl", lines("a"), { rejects });
    await writeOutput(sink, "b.jsonl", lines("b"));
    assertEquals(await kept("a.jsonl"), { [rejects[0]!.reason]: 2, null_key_field: 1 });
    assertEquals(await kept("b.jsonl"), {});
  });

  test("holds to ifAbsent and ifEtag", async ({ records, sink }) => {
    const etag = await writeOutput(sink, "a.jsonl", lines("1"), { condition: { ifAbsent: true } });
    const refused = (text: string, condition: { ifAbsent: true } | { ifEtag: string }) =>
      assertRejects(() => writeOutput(sink, "a.jsonl", lines(text), { condition }), ConditionFailedError);
    await refused("2", { ifAbsent: true });
    const newer = await writeOutput(sink, "a.jsonl", lines("3"), { condition: { ifEtag: etag } });
    await refused("4", { ifEtag: etag });
    assertEquals((await sink.head("a.jsonl", signal))?.etag, newer);
    assertEquals(await records("a.jsonl"), answered("3"));
  });

  test("leaves nothing of an output that is aborted", async ({ records, rejects, sink }) => {
    const output = sink.begin(unitOf("a.jsonl"));
    const writer = output.records.getWriter();
    await writer.write(batchOf(lines("a")));
    await output.reject([rejectOf(1, "x")]);
    await output.abort(new Error("enough"));
    await output.abort(new Error("enough"));
    await writer.abort().catch(() => {});
    assertEquals([await listed(sink), await rejects("a.jsonl")], [[], []]);
    await writeOutput(sink, "a.jsonl", lines("b"));
    assertEquals([await records("a.jsonl"), await rejects("a.jsonl")], [answered("b"), []]);
  });

  test("takes a large output, and says how much of it waits", async ({ records, sink }) => {
    const waits: number[] = [];
    const unit = unitOf("a.jsonl", { mark, onBuffered: (bytes) => waits.push(bytes) });
    const output = sink.begin(unit);
    const text = "x".repeat(10_000);
    await send(output, ...Array.from({ length: 30 }, () => batchOf(lines(...Array(100).fill(text)))));
    await output.commit(mark).catch(async (error) => {
      await output.abort(error);
      throw error;
    });
    const written = await records("a.jsonl");
    assertEquals(written.length, 3_000);
    assertEquals(written.at(-1), { text, level: 3 });
    assert(waits.length > 0 && Math.max(...waits) < 40 * 1024 ** 2);
  });

  test("writes another number of rejects than was thought, or says which", async ({ sink, rejects }) => {
    const write = async (known: number) => {
      const output = sink.begin(unitOf("a.jsonl", { mark: { ...mark, rejects: known } }));
      try {
        await output.reject([rejectOf(2, "x")]);
        await send(output, batchOf(lines("a")));
        await output.commit({ ...mark, rejects: 1 });
      } catch (error) {
        await output.abort(error);
        if (!(error instanceof RejectsUnknownError)) throw error;
        await write(error.rejects);
      }
    };
    await write(0);
    assertEquals((await sink.head("a.jsonl", signal))?.mark, { ...mark, rejects: 1 });
    assertEquals(await rejects("a.jsonl"), [[2, "x"]]);
  });

  test("describes and probes itself, and leaves nothing", async ({ sink }) => {
    assert((await sink.describe(signal)).startsWith(sink.url));
    assert((await sink.probe(signal)).startsWith(sink.url));
    assertEquals(await listed(sink), []);
  });

  test("ends with its signal", async ({ sink }) => {
    const abort = new AbortController();
    const output = sink.begin(unitOf("a.jsonl", { signal: abort.signal }));
    await send(output, batchOf(lines("a")));
    abort.abort(new Error("enough"));
    await assertRejects(() => output.commit(mark), Error, "enough");
    await output.abort(abort.signal.reason);
    assertEquals(await listed(sink), []);
  });
}
