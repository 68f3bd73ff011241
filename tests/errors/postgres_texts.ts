import { GroupTable } from "../../lib/report/group_table.ts";
import { PostgresRecords } from "../../lib/report/postgres_records.ts";
import { openStore } from "../../lib/stores/open_store.ts";
import { PostgresSink, type PostgresSinkOptions } from "../../lib/sinks/postgres/postgres_sink.ts";
import { PostgresServer } from "../fakes/postgres_server.ts";
import { writeOutput } from "../sinks/write_output.ts";
import { type ErrorText, type ErrorTexts, failureOf } from "./error_text.ts";

const { signal } = new AbortController();

/** One server for all texts; it is gone with the process. */
const started = await PostgresServer.start();
const server = typeof started === "string" ? undefined : started;
const missing = typeof started === "string" ? started : undefined;
if (server !== undefined) globalThis.addEventListener("unload", () => server.killNow());

const put = (store: PostgresSink, text: string, name = "a.jsonl") => writeOutput(store, name, text);

/** Reports by company on the table of a store, as the user `sluice`. */
async function reportOn(url: string): Promise<void> {
  const database = url.replace("//", "//sluice@").replace(/\/[^/]*\/?$/, "");
  const records = new PostgresRecords(database, { table: "records", timeoutSeconds: 10 });
  try {
    await records.readInto(new GroupTable(["company"]), { field: "seniority", signal });
  } finally {
    await records.close();
  }
}

/** What a store in a database of its own fails with. */
function postgres(
  when: string,
  text: string,
  work: (store: PostgresSink, sql: (statements: string) => Promise<string>) => unknown,
  { database: how = "", ...options }: PostgresSinkOptions & { readonly database?: string } = {},
): ErrorText {
  return {
    when,
    text,
    missing,
    async provoke(scene) {
      const database = await server!.createDatabase(how);
      scene.hide(`${server!.port}`, "<PORT>");
      scene.hide(`/${database}/`, "/<DB>/");
      const store = new PostgresSink(server!.url(database).replace("sluice@", "sluice:s3cret@"), options);
      const message = await failureOf(() => work(store, (statements) => server!.sql(database, statements)));
      await store.close();
      return message;
    },
  };
}

/** An address that no database can be opened at. */
function address(when: string, text: string, url: string, options: PostgresSinkOptions = {}): ErrorText {
  return { when, text, provoke: () => failureOf(() => new PostgresSink(url, options)) };
}

const form = "postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE[?sslmode=disable|require|verify-full]";
const place = "postgres://127.0.0.1:<PORT>/<DB>/records";

export const databaseTexts: ErrorTexts = {
  name: "PostgresSink()",
  rows: [
    address(
      "an address without a database",
      `Cannot open a database: its address must be ${form}`,
      "postgres://me:s3cret@host",
    ),
    address(
      "an unsupported way to use TLS",
      "Cannot open a database: parameter channel_binding of its address cannot be used: this client cannot bind a login " +
        "to TLS: leave it out or set prefer, and set sslmode=verify-full, which checks the server's certificate",
      "postgres://me:s3cret@host/db?sslmode=require&channel_binding=require",
    ),
    address(
      "an address that is not percent-encoded",
      "Cannot open a database: what stands in its address must be percent-encoded UTF-8",
      "postgres://me:s3cret%@host/db",
    ),
    address(
      "a table whose name is too long",
      `Cannot use table ${"t".repeat(60)}: its name has more than 50 bytes`,
      "postgres://me@host/db",
      { table: "t".repeat(60) },
    ),
    {
      when: "a database as a source",
      text: "Cannot read from a database: it can be a destination only",
      provoke: () => failureOf(() => openStore("postgres://me:s3cret@host/db", { role: "source" })),
    },
  ],
};

export const postgresTexts: ErrorTexts = {
  name: "PostgresSink",
  rows: [
    {
      when: "nothing listens",
      text: "Cannot list postgres://127.0.0.1:<PORT>/db/records/: connect ECONNREFUSED 127.0.0.1:<PORT>",
      async provoke(scene) {
        const store = new PostgresSink(`postgres://me:s3cret@127.0.0.1:${scene.unusedPort()}/db`);
        const message = await failureOf(() => Array.fromAsync(store.list(signal)));
        await store.close();
        return message;
      },
    },
    {
      when: "a database that is not there",
      text: 'Cannot look at postgres://127.0.0.1:<PORT>/absent/records/a: database "absent" does not exist',
      missing,
      async provoke(scene) {
        scene.hide(`${server!.port}`, "<PORT>");
        const store = new PostgresSink(server!.url("absent"));
        const message = await failureOf(() => store.head("a", signal));
        await store.close();
        return message;
      },
    },
    {
      when: "a server that does not speak TLS",
      text: "Cannot look at postgres://127.0.0.1:<PORT>/postgres/records/a: " +
        "127.0.0.1 does not speak TLS, which sslmode asks for",
      missing,
      async provoke(scene) {
        scene.hide(`${server!.port}`, "<PORT>");
        const store = new PostgresSink(`${server!.url()}?sslmode=require`);
        const message = await failureOf(() => store.head("a", signal));
        await store.close();
        return message;
      },
    },
    {
      when: "a server that is silent",
      text: "Cannot look at postgres://127.0.0.1:<PORT>/db/records/a: no answer in 0.2 s",
      async provoke(scene) {
        using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
        scene.hide(`${listener.addr.port}`, "<PORT>");
        const accepted = listener.accept();
        const store = new PostgresSink(`postgres://me@127.0.0.1:${listener.addr.port}/db`, {
          timeoutSeconds: 0.2,
        });
        const message = await failureOf(() => store.head("a", signal));
        await store.close();
        (await accepted).close();
        return message;
      },
    },
    postgres(
      "a name that cannot be held",
      `Cannot write "a\\u0000" to ${place}/: no text of PostgreSQL can hold this name`,
      (store) => put(store, "", "a\0"),
    ),
    postgres(
      "a report on a table that is not there",
      `Cannot read ${place}: relation "records" does not exist`,
      (store) => reportOn(store.url),
    ),
    postgres(
      "a report on a table without levels",
      `Cannot report on ${place}: it has no record with a level in seniority`,
      async (store, sql) => {
        await sql("create table records (company text)");
        await reportOn(store.url);
      },
    ),
    postgres(
      "a database in another encoding",
      `Cannot write ${place}/a.jsonl: the database's encoding is LATIN1; it must be UTF8 to hold every record`,
      (store) => put(store, ""),
      { database: "encoding 'LATIN1' template template0" },
    ),
    postgres(
      "a field that the table has no place for",
      `Cannot write ${place}/a.jsonl: line 1 has no place for "b": there is no such column, ` +
        "and the table has no column sluice_rest of type jsonb for such",
      async (store, sql) => {
        await sql("create table records (a text, level int, sluice_object text)");
        await put(store, '{"a":"x","b":1}\n');
      },
    ),
    postgres(
      "a table that has no place for the object",
      `Cannot write ${place}/a.jsonl: Cannot use table records: it has no column sluice_object of type text, ` +
        "to know the rows of an object by",
      async (store, sql) => {
        await sql("create table records (a text)");
        await put(store, '{"a":"x"}\n');
      },
    ),
    postgres(
      "a key that the table does not have",
      `Cannot write ${place}/a.jsonl: Cannot use table records: it has no column b, which tableKey names`,
      async (store, sql) => {
        await sql("create table records (a text, level int, sluice_object text)");
        await put(store, '{"a":"x"}\n');
      },
      { key: ["b"] },
    ),
    postgres(
      "a key that is not unique",
      `Cannot write ${place}/a.jsonl: Cannot use table records: it has no unique index on (a), which tableKey names`,
      async (store, sql) => {
        await sql("create table records (a text, level int, sluice_object text)");
        await put(store, '{"a":"x"}\n');
      },
      { key: ["a"] },
    ),
    postgres(
      "a value that a column of the user's does not take",
      `Cannot write ${place}/a.jsonl: line 1 has no place for "a": "no day" does not fit its column of type date, ` +
        "and the table has no column sluice_rest of type jsonb for such",
      async (store, sql) => {
        await sql("create table records (a date, level int, sluice_object text)");
        await put(store, '{"a":"no day"}\n');
      },
    ),
    postgres(
      "a value that only the server can judge, and changes",
      `Cannot write ${place}/a.jsonl: line 1 has no place for "a": "10.0.0.1/32" does not fit its column of type inet, ` +
        "and the table has no column sluice_rest of type jsonb for such",
      async (store, sql) => {
        await sql("create table records (a inet, level int, sluice_object text)");
        await put(store, '{"a":"10.0.0.1/32"}\n');
      },
    ),
    postgres(
      "a value that only the server can judge, and cannot read",
      `Cannot write ${place}/a.jsonl: invalid input syntax for type inet: "no address"`,
      async (store, sql) => {
        await sql("create table records (a inet, level int, sluice_object text)");
        await put(store, '{"a":"no address"}\n');
      },
    ),
    postgres(
      "a clash with a unique index of the user's",
      `Cannot write ${place}/a.jsonl: duplicate key value violates unique constraint "records_a_key"; ` +
        "Key (a)=(x) already exists",
      async (store, sql) => {
        await sql("create table records (a text unique, level int, sluice_object text)");
        await put(store, '{"a":"x"}\n{"a":"x"}\n');
      },
    ),
    postgres(
      "another writer has written the output",
      `Cannot write ${place}/a.jsonl: another writer has written it`,
      async (store) => {
        await put(store, '{"a":"x"}\n');
        await writeOutput(store, "a.jsonl", '{"a":"x"}\n', { condition: { ifAbsent: true } });
      },
    ),
  ],
};
