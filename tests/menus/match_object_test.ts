import { assert, assertEquals, assertRejects } from "@std/assert/mod.js";
import fc from "fast-check";
import { ObjectCounts } from "../../lib/records/batch.ts";
import { csvChunks } from "../../lib/records/csv/csv_chunks.ts";
import type { CsvRange } from "../../lib/records/csv/csv_range.ts";
import { Matcher } from "../../lib/menus/match/matcher.ts";
import { TermIndex } from "../../lib/menus/match/term_index.ts";
import { matchObject } from "../../lib/menus/match_object.ts";
import { bestMatchRows } from "../../lib/menus/tables/match_table.ts";
import type { MatchReject, MatchRow, MatchTable } from "../../lib/menus/tables/match_table.ts";
import { MemoryStore, type MemoryStoreFaults } from "../fakes/memory_store.ts";
import { numRuns } from "../property_runs.ts";

const encoder = new TextEncoder();
const maxLineBytes = 90;
const matcher = new Matcher(
  new TermIndex(new Map([["1", "Coca-Cola"], ["2", "Bollinger"], ["3", "Rum, old"]])),
);

/** A table that keeps what it is given. */
class KeptTable implements MatchTable {
  readonly url = "memory:";
  readonly rejectsIn = "memory:";
  /** The batches, as they were written. */
  readonly batches: (readonly MatchRow[])[] = [];
  readonly rejects: MatchReject[] = [];
  /** Called before each batch is kept. */
  onWrite: () => Promise<void> = () => Promise.resolve();

  async write(rows: readonly MatchRow[]): Promise<number> {
    await this.onWrite();
    // As databases do, without what belongs to no column.
    this.batches.push(
      rows.map(({ menuId, termId, score, matched, kind }) => ({ menuId, termId, score, matched, kind })),
    );
    return rows.length;
  }

  reject(rejects: readonly MatchReject[]): Promise<void> {
    this.rejects.push(...rejects);
    return Promise.resolve();
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  get pairs(): MatchRow[] {
    return bestMatchRows(this.batches.flat());
  }
}

interface RunOptions {
  readonly table?: KeptTable;
  readonly range?: CsvRange;
  readonly faults?: MemoryStoreFaults;
  readonly signal?: AbortSignal;
}

/** Takes some CSV through the stages. */
async function run(csv: string, options: RunOptions = {}) {
  const { table = new KeptTable(), range, faults, signal = new AbortController().signal } = options;
  const store = new MemoryStore({ faults, readBytes: 1_000 });
  const object = store.give("menus.csv", encoder.encode(csv));
  const counts = new ObjectCounts();
  const kinds = { exact: 0, folded: 0, fuzzy: 0 };
  await matchObject({ store, object, range, counts, kinds }, {
    matcher,
    table,
    idField: "id",
    textFields: ["name", "text"],
    delimiter: ",",
    maxLineBytes,
    maxExpansion: 100,
    idleSeconds: 5,
    signal,
    maxRejects: { percent: 100 },
    onWritten: () => {},
  });
  const lines = table.rejects.map(({ line }) => line);
  return { pairs: table.pairs, lines, counts, kinds, log: store.log };
}

const header = "id,name,text\n";

Deno.test("matchObject() writes all pairs and rejects, and its sums hold", async () => {
  const table = new KeptTable();
  const rows = Array.from({ length: 2_500 }, (_, i) => `${i},Coca-Cola,"Bolinger\n"\n`).join("");
  const { counts, kinds, pairs, lines } = await run(`${header}${rows}ragged\n\n,x,y\n`, { table });
  assertEquals([counts.in, counts.out, counts.rejected, counts.blank], [2_503, 2_500, 2, 1]);
  assertEquals([kinds, pairs.length], [{ exact: 2_500, folded: 0, fuzzy: 2_500 }, 5_000]);
  assertEquals(lines, [5_002, 5_004]);
  assertEquals(table.batches.map(({ length }) => length), [1_000, 1_000, 1_000, 1_000, 1_000]);
});

Deno.test("matchObject() resumes where a connection breaks off, in a chunk too", async () => {
  const csv = header +
    Array.from({ length: 400 }, (_, i) => `${i},Coca-Cola,${"x".repeat(i % 40)}\n`).join("");
  const whole = await run(csv);
  for (const quietly of [false, true]) {
    const faults = { breakReads: { afterBytes: 3_000, times: 2, quietly } };
    const broken = await run(csv, { faults });
    assertEquals([broken.pairs, broken.counts.in], [whole.pairs, 400]);
    assert(broken.log.filter((entry) => entry.startsWith("read")).length > 1, broken.log.join());
  }
  const start = csv.indexOf("\n100,") + 1;
  const faults = { breakReads: { afterBytes: 3_000, times: 2 } };
  const part = await run(csv, { faults, range: { start, end: csv.length } });
  assertEquals([part.pairs.length, part.counts.in], [300, 300]);
});

Deno.test("matchObject() fails where the table does, and what was written stays", async () => {
  const csv = header + Array.from({ length: 40_000 }, (_, i) => `${i},Coca-Cola,\n`).join("");
  const table = new KeptTable();
  table.onWrite = async () => {
    if (table.batches.length === 2) throw new Error("Cannot write to memory:: on demand");
    await Promise.resolve();
  };
  await assertRejects(() => run(csv, { table }), Error, "Cannot write to memory:: on demand");
  assertEquals(table.pairs.length, 2_000);
  table.onWrite = () => Promise.resolve();
  await run(csv, { table });
  assertEquals(table.pairs.length, 40_000);
});

Deno.test("matchObject() reads no faster than the table writes", async () => {
  const csv = header + Array.from({ length: 40_000 }, (_, i) => `${i},Coca-Cola,\n`).join("");
  const table = new KeptTable(),
    waiting = Promise.withResolvers<void>(),
    begun = Promise.withResolvers<void>();
  table.onWrite = () => {
    begun.resolve();
    return waiting.promise;
  };
  const matched: number[] = [];
  const counting = { match: (texts: readonly string[]) => (matched.push(1), matcher.match(texts)) };
  const store = new MemoryStore({ readBytes: 10_000 });
  const object = store.give("menus.csv", encoder.encode(csv));
  const running = matchObject({
    store,
    object,
    counts: new ObjectCounts(),
    kinds: { exact: 0, folded: 0, fuzzy: 0 },
  }, {
    matcher: counting,
    table,
    idField: "id",
    textFields: ["name"],
    delimiter: ",",
    maxLineBytes,
    maxExpansion: 100,
    idleSeconds: 5,
    signal: new AbortController().signal,
    maxRejects: { percent: 100 },
    onWritten: () => {},
  });
  await begun.promise;
  // All that can continue without the table does so in as many turns of the loop as there are chunks.
  for (let i = 0; i < 100; i++) await new Promise((resolve) => setTimeout(resolve, 0));
  assert(matched.length < 8_000, `${matched.length} rows were matched`);
  waiting.resolve();
  await running;
  assertEquals(matched.length, 40_000);
});

Deno.test("matchObject() of all chunks apart finds the pairs and rejects of the whole, of any CSV", async () => {
  const field = fc.oneof(
    fc.constantFrom(
      "Coca-Cola",
      '"Cocacola\n""x"""',
      '"\n\nBolinger\r\n"',
      '"a ""Bollinger"""',
      '"Rum, old"',
      "Rum old",
      "",
      'st"ray',
      '"open',
      "x".repeat(100),
    ),
    fc.string({ maxLength: 4 }),
  );
  const id = fc.constantFrom("7", "8", '"9\n"', "");
  const line = fc.tuple(id, fc.array(field, { minLength: 1, maxLength: 3 }))
    .map(([id, fields]) => [id, ...fields].join(","));
  const table = fc.record({
    mark: fc.boolean(),
    end: fc.constantFrom("\n", "\r\n"),
    lines: fc.array(fc.oneof({ weight: 5, arbitrary: line }, { weight: 1, arbitrary: fc.constant("") }), {
      maxLength: 12,
    }),
    isEnded: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.integer({ min: 1, max: 120 }),
      fc.boolean(),
      async (csv, chunkBytes, tellsLine) => {
        const text = (csv.mark ? "\ufeff" : "") + ["id,name,text", ...csv.lines].join(csv.end) +
          (csv.isEnded ? csv.end : "");
        const whole = await run(text);
        const chunks = await Array.fromAsync(
          csvChunks(ReadableStream.from([encoder.encode(text)]), { chunkBytes, maxLineBytes }),
        );
        const kept = new KeptTable();
        let rows = 0;
        for (const { start, end, firstLine } of chunks.toReversed()) {
          const range = tellsLine ? { start, end, firstLine } : { start, end };
          rows += (await run(text, { table: kept, range })).counts.in;
        }
        const lines = kept.rejects.map(({ line }) => line).sort((a, b) => a - b);
        assertEquals({ pairs: kept.pairs, lines, rows }, {
          pairs: whole.pairs,
          lines: whole.lines,
          rows: whole.counts.in,
        });
      },
    ),
    { numRuns },
  );
});
