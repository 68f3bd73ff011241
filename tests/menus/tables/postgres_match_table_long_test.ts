import { assert, assertEquals, assertRejects } from "@std/assert/mod.js";
import { PostgresMatchTable } from "../../../lib/menus/tables/postgres_match_table.ts";
import { row, sorted, testMatchTable } from "./match_table_conformance.ts";
import { ignore, open, rowsOf, server, signal, test } from "./postgres_match_table_scene.ts";

testMatchTable("PostgresMatchTable()", () => open(), { ignore, runs: 4 });

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
  const { table, database, again, rows, close } = await open({ retry: { maxAttempts: 2, firstMs: 1 } });
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

test("has several open it at once where there is no table yet", async () => {
  for (let round = 0; round < 5; round++) {
    const database = await server.createDatabase();
    const opened = await Promise.allSettled(
      Array.from(
        { length: 6 },
        () => PostgresMatchTable.open(server.url(database), signal, { retry: { firstMs: 5 } }),
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
    const table = await PostgresMatchTable.open(server.url(database), signal, { retry: { firstMs: 1 } });
    assertEquals(await table.write([row("1", "a")], signal), 1);
    await table.close();
  }
});

test("loses and doubles nothing when the server is killed in the middle, after a second run", async () => {
  const { table, database, again, rows, close } = await open({ retry: { maxAttempts: 2, firstMs: 1 } });
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
    retry: { firstMs: 100 },
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
