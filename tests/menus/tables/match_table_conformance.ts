import { assertEquals, assertRejects } from "@std/assert/mod.js";
import fc from "fast-check";
import type { MatchReject, MatchRow, MatchTable } from "../../../lib/menus/tables/match_table.ts";
import { compareNames } from "../../../lib/stores/store.ts";

/** A table under test, and a look into it. */
export interface TestTable {
  readonly table: MatchTable;
  /** Whether a table that is opened again keeps its rows. */
  readonly isKept: boolean;
  /** The same place, opened again. */
  again(): Promise<MatchTable>;
  /** What was finished, in any order. */
  rows(): Promise<MatchRow[]>;
  /** Object, line, reason and text of what was set aside, in any order. */
  rejects(): Promise<[object: string, line: number, reason: string, text: string][]>;
  close(): Promise<void>;
}

const { signal } = new AbortController();

export function row(menuId: string, termId: string, changes: Partial<MatchRow> = {}): MatchRow {
  return { menuId, termId, score: 1, matched: "Coca-Cola", kind: "exact", ...changes };
}

export function rejected(line: number, changes: Partial<MatchReject> = {}): MatchReject {
  return { object: "file:///menus.csv", line, reason: "ragged_row", text: "1,2", bytes: 3, ...changes };
}

export function sorted(rows: readonly MatchRow[]): MatchRow[] {
  return rows.toSorted((a, b) => compareNames(a.menuId, b.menuId) || compareNames(a.termId, b.termId));
}

/** What every table must do. */
export function testMatchTable(
  name: string,
  open: () => Promise<TestTable>,
  options: { ignore?: boolean; runs: number },
): void {
  const test = (behaviour: string, work: (opened: TestTable) => Promise<void>) =>
    Deno.test({
      name: `${name} ${behaviour}`,
      ignore: options.ignore,
      fn: async () => {
        const opened = await open();
        try {
          await work(opened);
        } finally {
          await opened.close();
        }
      },
    });

  test("keeps pairs, and says how many are new", async ({ table, rows }) => {
    assertEquals(await table.write([row("1", "a"), row("2", "a")], signal), 2);
    assertEquals(await table.write([row("2", "a"), row("2", "b", { kind: "fuzzy", score: 0.8 })], signal), 1);
    assertEquals(await table.write([], signal), 0);
    await table.finish(signal);
    assertEquals(sorted(await rows()), [
      row("1", "a"),
      row("2", "a"),
      row("2", "b", { kind: "fuzzy", score: 0.8 }),
    ]);
  });

  test("keeps the best of a pair, in one batch and in several", async ({ table, rows }) => {
    const better = row("1", "a", { score: 0.9, matched: "B" });
    await table.write(
      [row("1", "a", { score: 0.8, matched: "A" }), better, row("2", "b", { score: 0.5 })],
      signal,
    );
    await table.write([row("1", "a", { score: 0.7, matched: "A" }), row("2", "b", { score: 0.6 })], signal);
    await table.write([row("1", "a", { score: 0.9, matched: "C" })], signal);
    await table.finish(signal);
    assertEquals(sorted(await rows()), [better, row("2", "b", { score: 0.6 })]);
  });

  test("keeps texts as they are", async ({ table, rows }) => {
    const odd = ['a"b,c\n\r\n', " ", "ä🍷", "'; DROP TABLE matches; --", "\\N", "{1,2}", "Z", "\uff21", "👔"];
    const given = odd.map((text) => row(text, text, { matched: text, score: 0.1 + 0.2 }));
    await table.write(given, signal);
    await table.finish(signal);
    assertEquals(sorted(await rows()), sorted(given));
  });

  test("ends the same in whatever order and batches pairs are written", async () => {
    const pair = fc.record({
      menuId: fc.constantFrom("1", "2", "ä"),
      termId: fc.constantFrom("a", "b"),
      score: fc.constantFrom(0.75, 0.8, 1),
      matched: fc.constantFrom("a", "B", "\uff21", "👔"),
      kind: fc.constantFrom("exact", "folded", "fuzzy"),
    }) as fc.Arbitrary<MatchRow>;
    const write = async (pairs: readonly MatchRow[], batch: number) => {
      const opened = await open();
      try {
        for (let at = 0; at < pairs.length; at += batch) {
          await opened.table.write(pairs.slice(at, at + batch), signal);
        }
        await opened.table.finish(signal);
        return sorted(await opened.rows());
      } finally {
        await opened.close();
      }
    };
    const pairs = fc.array(pair, { maxLength: 12 }).chain((one) =>
      fc.tuple(
        fc.constant(one),
        fc.shuffledSubarray(one, { minLength: one.length }),
        fc.integer({ min: 1, max: 4 }),
      )
    );
    await fc.assert(
      fc.asyncProperty(pairs, async ([one, other, batch]) => {
        assertEquals(await write(one, 100), await write([...other, ...one], batch));
      }),
      { numRuns: options.runs },
    );
  });

  test("keeps what was set aside, once for each line", async ({ table, rejects }) => {
    await table.reject(
      [rejected(3), rejected(9, { text: Uint8Array.of(0x61, 0x62), reason: "invalid_csv" })],
      signal,
    );
    await table.reject([], signal);
    await table.reject([rejected(3, { object: "file:///other.csv" })], signal);
    await table.finish(signal);
    assertEquals((await rejects()).toSorted((a, b) => compareNames(a[0], b[0]) || a[1] - b[1]), [
      ["file:///menus.csv", 3, "ragged_row", "1,2"],
      ["file:///menus.csv", 9, "invalid_csv", "ab"],
      ["file:///other.csv", 3, "ragged_row", "1,2"],
    ]);
  });

  test("does nothing twice when all is written again", async ({ table, again, rows, rejects, isKept }) => {
    const pairs = [row("1", "a"), row("1", "b", { score: 0.8 }), row("2", "a")];
    const write = async (to: MatchTable) => {
      const added = await to.write(pairs, signal);
      await to.reject([rejected(3)], signal);
      await to.finish(signal);
      return added;
    };
    assertEquals(await write(table), 3);
    const second = await again();
    try {
      assertEquals(await write(second), isKept ? 0 : 3);
    } finally {
      await second.close();
    }
    assertEquals(sorted(await rows()), pairs);
    assertEquals((await rejects()).length, 1);
  });

  test("begins nothing when it is stopped", async ({ table }) => {
    const stopped = AbortSignal.abort(new Error("stopped"));
    await assertRejects(() => table.write([row("1", "a")], stopped), Error, "stopped");
    await assertRejects(() => table.reject([rejected(1)], stopped), Error, "stopped");
  });
}
