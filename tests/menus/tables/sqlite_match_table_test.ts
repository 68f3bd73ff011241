import { assertEquals, assertRejects, assertThrows } from "@std/assert/mod.js";
import { DatabaseSync } from "node:sqlite";
import type { MatchRow } from "../../../lib/menus/tables/match_table.ts";
import { SqliteMatchTable } from "../../../lib/menus/tables/sqlite_match_table.ts";
import { row, testMatchTable, type TestTable } from "./match_table_conformance.ts";

const { signal } = new AbortController();

function read(path: string, sql: string): Record<string, unknown>[] {
  const database = new DatabaseSync(path);
  try {
    return database.prepare(sql).all().map((found) => ({ ...found }));
  } finally {
    database.close();
  }
}

async function open(): Promise<TestTable> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/new/matches.db`;
  const table = new SqliteMatchTable(path);
  return {
    table,
    isKept: true,
    again: () => Promise.resolve(new SqliteMatchTable(path)),
    rows: () =>
      Promise.resolve(
        read(
          path,
          "SELECT menu_id AS menuId, term_id AS termId, score, matched, kind FROM matches",
        ) as unknown as MatchRow[],
      ),
    rejects: () =>
      Promise.resolve(
        read(path, "SELECT * FROM match_rejects")
          .map(({ object, line, reason, text }) =>
            [object, line, reason, text] as [string, number, string, string]
          ),
      ),
    async close() {
      await table.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

testMatchTable("SqliteMatchTable()", open, { runs: 30 });

Deno.test("SqliteMatchTable() writes a batch whole or not at all", async () => {
  const { table, rows, close } = await open();
  try {
    await table.write([row("1", "a")], signal);
    const broken = row("2", "b", { matched: null as unknown as string });
    await assertRejects(() => table.write([row("1", "b"), broken], signal), Error, "Cannot write to sqlite:");
    assertEquals(await rows(), [row("1", "a")]);
    assertEquals(await table.write([row("2", "b")], signal), 1);
  } finally {
    await close();
  }
});

Deno.test("SqliteMatchTable() waits for another writer, and gives up in time", async () => {
  const folder = await Deno.makeTempDir();
  const other = new DatabaseSync(`${folder}/m.db`);
  const table = new SqliteMatchTable(`${folder}/m.db`, { timeoutSeconds: 0.05 });
  try {
    other.exec("BEGIN IMMEDIATE");
    await assertRejects(() => table.write([row("1", "a")], signal), Error, "database is locked");
    other.exec("ROLLBACK");
    assertEquals(await table.write([row("1", "a")], signal), 1);
  } finally {
    other.close();
    await table.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("SqliteMatchTable() lies beside other tables, and refuses some of other columns", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/m.db`;
  const sql = (text: string) => {
    const database = new DatabaseSync(path);
    database.exec(text);
    database.close();
  };
  try {
    sql("CREATE TABLE menus (id INTEGER PRIMARY KEY)");
    await new SqliteMatchTable(path).close();
    assertEquals(
      read(path, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").map(({ name }) => name),
      [
        "match_rejects",
        "matches",
        "menus",
      ],
    );
    assertEquals(read(path, "PRAGMA journal_mode")[0]!.journal_mode, "delete");

    sql("DROP TABLE matches; CREATE TABLE matches (menu_id, term_id, kind)");
    assertThrows(
      () => new SqliteMatchTable(path),
      Error,
      `Cannot open sqlite:${path}: its table matches has the columns menu_id, term_id, kind, but not score, matched; `,
    );
    sql("DROP TABLE matches; CREATE TABLE matches (menu_id, term_id, kind, score, matched)");
    assertThrows(
      () => new SqliteMatchTable(path),
      Error,
      "is not unique by menu_id and term_id; make an index for it",
    );
    sql("CREATE UNIQUE INDEX pairs ON matches (term_id, menu_id)");
    const table = new SqliteMatchTable(path);
    assertEquals([await table.write([row("1", "a")], signal), await table.write([row("1", "a")], signal)], [
      1,
      0,
    ]);
    await table.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("SqliteMatchTable() loses and doubles nothing over a full disk", async (test) => {
  const folder = await Deno.makeTempDir();
  const mounted = await new Deno.Command("mount", {
    args: ["-t", "tmpfs", "-o", "size=256k", "tmpfs", folder],
  })
    .output().catch(() => ({ success: false }));
  try {
    await test.step({
      name: mounted.success ? "on a small file system" : "skipped: no file system can be mounted here",
      ignore: !mounted.success,
      fn: async () => {
        const pairs = Array.from({ length: 5_000 }, (_, i) => row(`${i}`, "a", { matched: "x".repeat(40) }));
        const writeAll = async () => {
          const table = new SqliteMatchTable(`${folder}/m.db`);
          try {
            for (let at = 0; at < pairs.length; at += 500) {
              await table.write(pairs.slice(at, at + 500), signal);
            }
          } finally {
            await table.close();
          }
        };
        await assertRejects(writeAll, Error, "full");
        const first = Number(read(`${folder}/m.db`, "SELECT count(*) AS n FROM matches")[0]!.n);
        assertEquals([first % 500, first < pairs.length], [0, true]);
        await new Deno.Command("mount", { args: ["-o", "remount,size=16m", folder] }).output();
        await writeAll();
        const [{ n, menus }] = read(
          `${folder}/m.db`,
          "SELECT count(*) AS n, count(DISTINCT menu_id) AS menus FROM matches",
        ) as [
          Record<string, number>,
        ];
        assertEquals([n, menus], [pairs.length, pairs.length]);
      },
    });
  } finally {
    if (mounted.success) await new Deno.Command("umount", { args: [folder] }).output();
    await Deno.remove(folder, { recursive: true });
  }
});
