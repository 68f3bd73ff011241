/** A user, a server or a session of PostgreSQL that must not write. */
import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { Scene } from "../errors/scene.ts";
import { PostgresServer } from "../fakes/postgres_server.ts";

const started = await PostgresServer.start();
const server = typeof started === "string" ? undefined : started;
const skipped = typeof started === "string" ? ` (not run: ${started})` : "";
if (server !== undefined) globalThis.addEventListener("unload", () => server.killNow());

const tables =
  "create table t (company text, title text, seniority bigint, sluice_rest jsonb, sluice_object text); " +
  "create table t_objects (name text primary key, etag text, source_etag text, recipe text, rejects bigint, rows bigint, " +
  "bytes bigint, written_at timestamptz); " +
  "create table t_rejects (object text, line bigint, reason text, text text, base64 text, bytes bigint); ";
const all = "grant all on t, t_objects, t_rejects to guest; ";

const cases: readonly (readonly [what: string, sql: string, said: string, flags?: Record<string, string>])[] =
  [
    [
      "no table, and no right to create one",
      "",
      "the user lacks CREATE on schema public, to create t, t_objects, t_rejects: GRANT it",
    ],
    [
      "no right to insert and delete",
      `${tables}grant select on t to guest; grant all on t_objects, t_rejects to guest`,
      "the user lacks INSERT, DELETE on table t: GRANT it",
    ],
    [
      "no right to update, for an upsert",
      `${tables}create unique index on t (title); ${all}revoke update on t from guest`,
      "the user lacks UPDATE on table t: GRANT it",
      { "table-key": "title" },
    ],
    [
      "no right to the ledger",
      `${tables}grant all on t, t_rejects to guest; grant select on t_objects to guest`,
      "the user lacks INSERT, UPDATE on table t_objects: GRANT it",
    ],
    [
      "no right to create temporary tables",
      `${tables}${all}revoke temporary on database DATABASE from public`,
      "the user lacks TEMPORARY on database DATABASE: GRANT it",
    ],
    [
      "no right to the schema",
      "create schema s",
      "the user lacks USAGE on schema s: GRANT it",
      { table: "s.t" },
    ],
    ["a schema that is not there", "", "schema nowhere does not exist", { table: "nowhere.t" }],
    [
      "a session that is read-only",
      `${tables}${all}alter role guest in database DATABASE set default_transaction_read_only = on`,
      "the session is read-only: default_transaction_read_only is on",
    ],
  ];

for (const [what, sql, said, flags] of cases) {
  Deno.test({
    name: `check and run at PostgreSQL with ${what} say so, before the model is asked${skipped}`,
    ignore: server === undefined,
    async fn() {
      await using scene = await Scene.create();
      const database = await server!.createDatabase();
      await server!.sql(
        "postgres",
        "do $$ begin create role guest login; exception when duplicate_object then end $$",
      );
      for (
        const statement of sql.replaceAll("DATABASE", database).split("; ").filter((text) => text !== "")
      ) {
        await server!.sql(database, statement);
      }
      const to = server!.url(database).replace("sluice@", "guest@"), model = await scene.model();
      const given = { table: "t", ...flags, to, model: model.url };
      const expected = said.replaceAll("DATABASE", database);
      const checked = await scene.check(given);
      assertStringIncludes(checked.text, expected);
      assertEquals(checked.status, 1);
      const calls = model.calls.length;
      const { status, text } = await scene.run(given);
      assertStringIncludes(text, expected);
      assertEquals([status, model.calls.length], [1, calls]);
    },
  });
}
