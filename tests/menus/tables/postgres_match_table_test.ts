import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert/mod.js";
import type { MatchRow } from "../../../lib/menus/tables/match_table.ts";
import {
  PostgresMatchTable,
  type PostgresMatchTableOptions,
} from "../../../lib/menus/tables/postgres_match_table.ts";
import { PgliteServer } from "../../fakes/pglite_server.ts";
import { PostgresServer } from "../../fakes/postgres_server.ts";
import { rejected, row, sorted, testMatchTable, type TestTable } from "./match_table_conformance.ts";

const { signal } = new AbortController();
const started = await PostgresServer.start();
const ignore = typeof started === "string";
if (typeof started === "string") console.warn(`PostgreSQL is not tested: ${started}`);
const server = started as PostgresServer;
// The process may end in any way.
if (!ignore) globalThis.addEventListener("unload", () => server.killNow());

const rowsSql =
  `SELECT coalesce(json_agg(json_build_object('menuId', menu_id, 'termId', term_id, 'score', score,
  'matched', matched, 'kind', kind)), '[]') FROM matches`;

const rejectsSql =
  "SELECT coalesce(json_agg(json_build_array(object, line, reason, text)), '[]') FROM match_rejects";

async function rowsOf(database: string): Promise<MatchRow[]> {
  return JSON.parse(await server.sql(database, rowsSql));
}

async function open(options: PostgresMatchTableOptions = {}): Promise<TestTable & { database: string }> {
  const database = await server.createDatabase();
  const again = () => PostgresMatchTable.open(server.url(database), signal, options);
  const table = await again();
  return {
    table,
    database,
    isKept: true,
    again,
    rows: () => rowsOf(database),
    rejects: async () => JSON.parse(await server.sql(database, rejectsSql)),
    close: () => table.close(),
  };
}

const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name: `PostgresMatchTable() ${name}`, ignore, fn });

testMatchTable("PostgresMatchTable()", () => open(), { ignore, runs: 4 });

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

test("loses and doubles nothing over a full disk, after a second run", async () => {
  const folder = await Deno.makeTempDir();
  const mount = (...args: string[]) =>
    new Deno.Command("mount", { args }).output().catch(() => ({ success: false }));
  const mounted = await mount("-t", "tmpfs", "-o", "size=12m,mode=777", "tmpfs", folder);
  if (!mounted.success) {
    console.warn("A full disk is not tested: no file system can be mounted here");
    await Deno.remove(folder);
    return;
  }
  // The server is that of another user where it is run by root.
  if (Deno.uid() === 0) await new Deno.Command("chown", { args: ["postgres", folder] }).output();
  const space = "full_space";
  await server.sql("postgres", `CREATE TABLESPACE ${space} LOCATION '${folder}'`);
  const { table, database, again, rows, close } = await open({ maxAttempts: 2, retryDelayMs: 1 });
  try {
    await server.sql(
      database,
      `ALTER TABLE matches SET TABLESPACE ${space}; ALTER INDEX matches_pkey SET TABLESPACE ${space}`,
    );
    const batches = Array.from(
      { length: 60 },
      (_, b) =>
        Array.from(
          { length: 500 },
          (_, i) => row(`${b}-${i}`, "a", { matched: crypto.randomUUID().repeat(20) }),
        ),
    );
    let written = 0;
    await assertRejects(
      async () => {
        for (const batch of batches) {
          await table.write(batch, signal);
          written++;
        }
      },
      Error,
      `Cannot write to postgres://127.0.0.1:${server.port}/${database}: could not extend file`,
    );
    assert(written > 0);
    assertEquals((await rows()).length, written * 500);
    await mount("-o", "remount,size=64m", folder);
    const second = await again();
    let added = 0;
    for (const batch of batches) added += await second.write(batch, signal);
    await second.close();
    assertEquals(added, (batches.length - written) * 500);
    assertEquals(sorted(await rows()), sorted(batches.flat()));
  } finally {
    await close();
    await server.sql("postgres", `DROP DATABASE ${database}`);
    await server.sql("postgres", `DROP TABLESPACE ${space}`);
    await new Deno.Command("umount", { args: [folder] }).output();
    await Deno.remove(folder);
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

test("has several open it at once where there is no table yet", async () => {
  for (let round = 0; round < 5; round++) {
    const database = await server.createDatabase();
    const opened = await Promise.allSettled(
      Array.from(
        { length: 6 },
        () => PostgresMatchTable.open(server.url(database), signal, { retryDelayMs: 5 }),
      ),
    );
    const tables = opened.map((result) => {
      if (result.status === "rejected") throw result.reason;
      return result.value;
    });
    try {
      await Promise.all(tables.map((table, i) => table.write([row(`${i}`, "a"), row("all", "a")], signal)));
      assertEquals((await rowsOf(database)).length, 7);
    } finally {
      for (const table of tables) await table.close();
    }
  }
});

test("opens beside one that makes the same table, whatever the server says of it", async () => {
  for (const code of ["23505", "42P07", "42710", "40P01"]) {
    const database = await server.createDatabase();
    await server.sql(
      database,
      `CREATE SEQUENCE tries;
       CREATE FUNCTION clash() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
         IF nextval('tries') = 1 THEN RAISE 'on demand' USING ERRCODE = '${code}'; END IF; END $$;
       CREATE EVENT TRIGGER clash ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION clash()`,
    );
    // What is rolled back does not count for a sequence: the second attempt finds it at 2.
    const table = await PostgresMatchTable.open(server.url(database), signal, { retryDelayMs: 1 });
    assertEquals(await table.write([row("1", "a")], signal), 1);
    await table.close();
  }
});

test("does not deadlock with writers of the same pairs in other orders", async () => {
  const { table, database, again, rows, close } = await open({ maxAttempts: 1 });
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

test("goes on after a deadlock that somebody else has made", async () => {
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

test("loses and doubles nothing when the server is killed in the middle, after a second run", async () => {
  const { table, database, again, rows, close } = await open({ maxAttempts: 2, retryDelayMs: 1 });
  const batches = Array.from(
    { length: 20 },
    (_, b) => Array.from({ length: 200 }, (_, i) => row(`${b}-${i}`, "a")),
  );
  let written = 0;
  let killed: Promise<void> | undefined;
  try {
    const failure = await assertRejects(async () => {
      for (const batch of batches) {
        if (written === 7) killed = server.kill();
        await table.write(batch, signal);
        written++;
      }
    }, Error);
    assert(
      failure.message.startsWith(`Cannot write to postgres://127.0.0.1:${server.port}/${database}: `),
      failure.message,
    );
    await killed;
    await server.start();
    // A batch is there whole or not at all, and what was acknowledged is there.
    const kept = (await rows()).length;
    assert(
      kept % 200 === 0 && kept >= written * 200 && kept < 4_000,
      `${kept} rows after ${written} batches`,
    );
    const second = await again();
    for (const batch of batches) await second.write(batch, signal);
    await second.close();
    assertEquals(sorted(await rows()), sorted(batches.flat()));
  } finally {
    await close();
  }
});

test("waits for a server that comes back", async () => {
  const troubles: string[] = [];
  const { table, rows, close } = await open({
    retryDelayMs: 100,
    timeoutSeconds: 2,
    onTrouble: (message) => troubles.push(message),
  });
  try {
    await table.write([row("1", "a")], signal);
    await server.kill();
    const writing = table.write([row("1", "a"), row("2", "a")], signal);
    await server.start();
    assertEquals(await writing, 1);
    assert(troubles.length > 0);
    assertEquals(sorted(await rows()), [row("1", "a"), row("2", "a")]);
  } finally {
    await close();
  }
});

test("says why it cannot be opened, without the password", async () => {
  const failure = await assertRejects(
    () =>
      PostgresMatchTable.open(`postgres://nobody:s3cret@127.0.0.1:${server.port}/none`, signal, {
        retryDelayMs: 1,
      }),
    Error,
    `Cannot open postgres://127.0.0.1:${server.port}/none: `,
  );
  assert(!failure.message.includes("s3cret"));
});
