import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert/mod.js";
import type { MatchRow } from "../../../lib/menus/tables/match_table.ts";
import { PostgresMatchTable } from "../../../lib/menus/tables/postgres_match_table.ts";
import { PgliteServer } from "../../fakes/pglite_server.ts";
import { rejected, row, sorted, testMatchTable, type TestTable } from "./match_table_conformance.ts";
import {
  ignore,
  open,
  rejectsSql,
  rowsSql,
  server,
  signal,
  started,
  test,
} from "./postgres_match_table_scene.ts";

if (typeof started === "string") console.warn(`PostgreSQL is not tested: ${started}`);
// The process may end in any way.
if (!ignore) globalThis.addEventListener("unload", () => server.killNow());

const pglite = await PgliteServer.start();

async function openPglite(): Promise<TestTable> {
  await pglite.sql("DROP TABLE IF EXISTS matches, match_rejects");
  const again = () => PostgresMatchTable.open(pglite.url, signal);
  const table = await again();
  return {
    table,
    isKept: true,
    again,
    rows: async () => (await pglite.sql(rowsSql))[0]!.coalesce as MatchRow[],
    rejects: async () => (await pglite.sql(rejectsSql))[0]!.coalesce as never,
    close: () => table.close(),
  };
}

testMatchTable("PostgresMatchTable() in PGlite", openPglite, { runs: 4 });

test("puts another character for one that PostgreSQL cannot hold", async () => {
  const { table, rows, rejects, close } = await open();
  try {
    await table.write([row("1\0", "a", { matched: "a\0b\ud800" })], signal);
    await table.reject([rejected(1, { text: Uint8Array.of(0x61, 0, 0xff) })], signal);
    assertEquals(await rows(), [row("1\ufffd", "a", { matched: "a\ufffdb\ufffd" })]);
    assertEquals((await rejects())[0]![3], "a\ufffd\ufffd");
  } finally {
    await close();
  }
});

test("writes to a table that has numbers for ids, and columns of its own", async () => {
  const database = await server.createDatabase();
  await server.sql(
    database,
    `CREATE TABLE matches (at timestamptz DEFAULT now(), menu_id bigint, term_id int, score numeric(4, 2), matched varchar,
       kind text, UNIQUE (term_id, menu_id))`,
  );
  const table = await PostgresMatchTable.open(server.url(database), signal);
  try {
    assertEquals(
      await table.write([row("7", "1", { score: 0.5 }), row("07", "1", { score: 0.75 })], signal),
      1,
    );
    assertEquals(await table.write([row("7", "01", { score: 0.6 }), row("8", "1")], signal), 1);
    assertEquals(
      await server.sql(database, "SELECT menu_id, term_id, score FROM matches ORDER BY 1"),
      "7|1|0.75\n8|1|1.00",
    );
    await assertRejects(
      () => table.write([row("x", "1")], signal),
      Error,
      `Cannot write to postgres://127.0.0.1:${server.port}/${database}: invalid input syntax for type bigint: "x"`,
    );
  } finally {
    await table.close();
  }
});

test("does not cut an id that is too long for its column", async () => {
  const database = await server.createDatabase();
  await server.sql(
    database,
    `CREATE TABLE matches (menu_id varchar(2), term_id char(2), score real, matched varchar(9), kind char(6),
       PRIMARY KEY (menu_id, term_id))`,
  );
  const table = await PostgresMatchTable.open(server.url(database), signal);
  try {
    assertEquals(await table.write([row("12", "a")], signal), 1);
    for (const wrong of [row("123", "a"), row("1", "abc"), row("1", "a", { matched: "Coca-Colas" })]) {
      await assertRejects(
        () => table.write([row("13", "a"), wrong], signal),
        Error,
        "value too long for type char",
      );
    }
    assertEquals(await server.sql(database, "SELECT menu_id, term_id FROM matches"), "12|a");
  } finally {
    await table.close();
  }
});

test("takes one write after the other where several come at once, and one that is given up harms no other", async () => {
  const troubles: string[] = [];
  const { table, database, rows, close } = await open({ onTrouble: (message) => troubles.push(message) });
  try {
    // The first has to wait for a lock, and is given up while the others wait for it.
    const holder = await PostgresMatchTable.open(server.url(database), signal);
    await server.sql(
      database,
      "CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " +
        "PERFORM pg_advisory_xact_lock(1); RETURN NEW; END $$; CREATE TRIGGER hold BEFORE INSERT ON matches " +
        "FOR EACH ROW WHEN (NEW.menu_id = 'held') EXECUTE FUNCTION hold()",
    );
    await holder.close();
    const locked = server.sql(
      database,
      `BEGIN; SELECT pg_advisory_xact_lock(1);
       DO $$ BEGIN
         FOR i IN 1..2000 LOOP
           EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted);
           PERFORM pg_sleep(0.002);
         END LOOP;
         PERFORM pg_sleep(0.05);
       END $$; COMMIT`,
    );
    const waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    while (await server.sql(database, waits.replace("NOT granted", "granted")) === "0") {
      // until it is locked
    }
    const left = new AbortController();
    const held = assertRejects(() => table.write([row("held", "a")], left.signal), Error, "gone");
    const others = Array.from({ length: 8 }, (_, i) => table.write([row(`${i}`, "a")], signal));
    while (await server.sql(database, waits) === "0") {
      // until it waits for the lock
    }
    left.abort(new Error("gone"));
    await held;
    assertEquals(await Promise.all(others), Array(8).fill(1));
    assertEquals(troubles, []);
    await locked;
    const kept = sorted(await rows()).filter(({ menuId }) => menuId !== "held");
    assertEquals(kept, Array.from({ length: 8 }, (_, i) => row(`${i}`, "a")));
  } finally {
    await close();
  }
});

test("refuses a table of other columns, or that is not unique", async () => {
  const database = await server.createDatabase();
  await server.sql(database, "CREATE TABLE matches (menu_id text, id text)");
  await assertRejects(
    () => PostgresMatchTable.open(server.url(database), signal),
    Error,
    "its table matches has the columns menu_id, id, but not term_id, score, matched, kind; ",
  );
  await server.sql(
    database,
    `DROP TABLE matches; CREATE TABLE matches (menu_id text, term_id text, score real, matched text, kind text);
     CREATE UNIQUE INDEX ON matches (menu_id, term_id) WHERE kind = 'exact'`,
  );
  await assertRejects(
    () => PostgresMatchTable.open(server.url(database), signal),
    Error,
    "is not unique by menu_id and term_id",
  );
});

test("does not deadlock with writers of the same pairs in other orders", async () => {
  const { table, database, again, rows, close } = await open({ retry: { maxAttempts: 1 } });
  const others = [table, await again(), await again()];
  const pairs = Array.from({ length: 300 }, (_, i) => row(`${i % 30}`, `${i % 7}`, { score: (i % 10) / 10 }));
  try {
    await Promise.all(others.map(async (one, i) => {
      for (let round = 0; round < 15; round++) {
        const turned = [...pairs.slice(round * 7), ...pairs.slice(0, round * 7)];
        await one.write(i % 2 === 0 ? turned : turned.toReversed(), signal);
      }
    }));
    assertEquals((await rows()).length, 210);
    assertEquals(
      await server.sql(database, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"),
      "0",
    );
  } finally {
    for (const one of others.slice(1)) await one.close();
    await close();
  }
});

test("continues after a deadlock caused by another connection", async () => {
  const troubles: string[] = [];
  const { table, database, rows, close } = await open({ onTrouble: (message) => troubles.push(message) });
  await table.write([row("1", "a", { score: 0.5 }), row("2", "a", { score: 0.5 })], signal);
  try {
    // Takes the second pair, waits until the writer waits for it, and then wants the first: the writer sees the circle.
    const other = server.sql(
      database,
      `SET deadlock_timeout = '10s'; BEGIN; UPDATE matches SET kind = kind WHERE menu_id = '2';
       DO $$ BEGIN
         FOR i IN 1..1000 LOOP
           EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE NOT granted);
           PERFORM pg_sleep(0.002);
         END LOOP;
       END $$;
       UPDATE matches SET kind = kind WHERE menu_id = '1'; COMMIT`,
    );
    while (
      await server.sql(
        database,
        "SELECT count(*) FROM pg_locks WHERE mode = 'RowExclusiveLock' AND relation = 'matches'::regclass",
      ) === "0"
    ) {
      // until the other one has its pair
    }
    assertEquals(await table.write([row("1", "a"), row("2", "a"), row("3", "a")], signal), 1);
    await other;
    assertEquals(troubles.length, 1);
    assertStringIncludes(troubles[0]!, "deadlock detected");
    assertEquals(sorted(await rows()), [row("1", "a"), row("2", "a"), row("3", "a")]);
  } finally {
    await close();
  }
});

test("says why it cannot be opened, without the password", async () => {
  const failure = await assertRejects(
    () =>
      PostgresMatchTable.open(`postgres://nobody:s3cret@127.0.0.1:${server.port}/none`, signal, {
        retry: { firstMs: 1 },
      }),
    Error,
    `Cannot open postgres://127.0.0.1:${server.port}/none: `,
  );
  assert(!failure.message.includes("s3cret"));
});
