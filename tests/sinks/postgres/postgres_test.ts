import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert/mod.js";
import fc from "fast-check";
import { PostgresSink, type PostgresSinkOptions } from "../../../lib/sinks/postgres/postgres_sink.ts";
import { ConditionFailedError, WriteConflictError } from "../../../lib/stores/store.ts";
import { numRuns } from "../../property_runs.ts";
import { until } from "../../until.ts";
import { PostgresServer } from "../../fakes/postgres_server.ts";
import { ObjectCounts } from "../../../lib/records/batch.ts";
import { readRecords } from "../../../lib/records/read_records.ts";
import { type SinkUnderTest, testSink } from "../sink_conformance.ts";
import { batchOf, recipe, rejectOf, send, unitOf, writeOutput as put } from "../write_output.ts";

const { signal } = new AbortController();
const mark = { sourceEtag: "s", recipe: "r", rejects: 0 };

async function listed(sink: PostgresSink) {
  return (await Array.fromAsync(sink.list(signal))).flat();
}

const started = await PostgresServer.start();
const server = typeof started === "string" ? undefined : started;
const skipped = typeof started === "string" ? started : undefined;
if (server !== undefined) globalThis.addEventListener("unload", () => server.killNow());

/** A store in a database of its own. */
interface Under extends SinkUnderTest {
  readonly sink: PostgresSink;
  readonly store: PostgresSink;
  readonly server: PostgresServer;
  readonly database: string;
  /** What `psql` prints. */
  sql(statements: string): Promise<string>;
  /** One more store of the same tables, as another run has it. */
  another(options?: PostgresSinkOptions): PostgresSink;
}

async function open(options: PostgresSinkOptions = {}): Promise<Under> {
  const database = await server!.createDatabase();
  const stores: PostgresSink[] = [];
  const another = (own = options) => {
    const store = new PostgresSink(server!.url(database), own);
    stores.push(store);
    return store;
  };
  const store = another();
  const sql = (statements: string) => server!.sql(database, statements);
  const rows = async (statement: string) => JSON.parse(await sql(statement) || "[]") ?? [];
  return {
    sink: store,
    store,
    server: server!,
    database,
    sql,
    another,
    async records(name) {
      if (await sql("select to_regclass('records') is null") === "t") return [];
      return await rows(
        `select json_agg(json_build_object('text', text, 'level', level) order by sluice_line) from records ` +
          `where sluice_object = '${name}'`,
      );
    },
    async rejects(name) {
      if (await sql("select to_regclass('records_rejects') is null") === "t") return [];
      return await rows(
        `select json_agg(json_build_array(line, text) order by line) from records_rejects where object = '${name}'`,
      );
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store.close();
    },
  };
}

function test(behaviour: string, run: (under: Under) => Promise<void>, options: PostgresSinkOptions = {}) {
  Deno.test({
    name: `PostgresSink${behaviour}${skipped === undefined ? "" : ` (not run: ${skipped})`}`,
    ignore: skipped !== undefined,
    async fn() {
      await using under = await open(options);
      await run(under);
    },
  });
}

const lines = (...records: unknown[]) =>
  records.map((record) => typeof record === "string" ? record : JSON.stringify(record)).join("\n") + "\n";

testSink("PostgresSink", open, skipped);

test(" lists all pages", async ({ sql, store }) => {
  const names = Array.from({ length: 2_500 }, (_, i) => `${1_721_183_934 + i * 60}.jsonl`);
  await put(store, names[0]!, lines({ text: "x" }));
  await sql(
    "insert into records_objects (name, etag, source_etag, recipe, rejects, rows, bytes) " +
      "select planted, etag, source_etag, recipe, rejects, rows, bytes " +
      `from records_objects, unnest(array['${names.slice(1).join("', '")}']) as planted`,
  );
  const pages = await Array.fromAsync(store.list(signal));
  assertEquals(pages.flat().map(({ name }) => name), names);
  assert(pages.every((page) => page.length > 0 && page.length <= 1_000));
});

test(" makes columns as the first records have fields, exact to the last digit", async ({ store, sql }) => {
  await put(
    store,
    "a",
    lines(
      `{"s":"ü👔\\"\\\\\\t\\n","i":9223372036854775807,"n":123456789012345678901234567890,"f":0.1,"b":true,"o":{"a": [1]},` +
        `"m":1,"z":null,"ctid":1}`,
      `{"s":null,"i":-9223372036854775808,"n":-1,"f":1e3,"b":false,"o":[],"m":"x","Ä \\"q\\"":1}`,
    ),
  );
  assertEquals(
    await sql(
      "select string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' order by attnum) " +
        "from pg_attribute where attrelid = 'records'::regclass and attnum > 0",
    ),
    `s text, i bigint, n numeric, f double precision, b boolean, o jsonb, m jsonb, level bigint, Ä "q" bigint, ` +
      "sluice_rest jsonb, sluice_object text, sluice_line bigint",
  );
  assertEquals(
    await sql("select to_json(s), i, n, f, b, o, m, sluice_rest from records order by sluice_line"),
    [
      String
        .raw`"ü👔\"\\\t\n"|9223372036854775807|123456789012345678901234567890|0.1|t|{"a": [1]}|1|{"z": null, "ctid": 1}`,
      `|-9223372036854775808|-1|1000|f|[]|"x"|`,
    ].join("\n"),
  );
  assertEquals(await sql("select name, rows, bytes > 100 from records_objects"), "a|2|t");
});

test(" keeps what has no column, or does not fit it, in sluice_rest", async ({ store, sql }) => {
  await put(store, "a", lines({ s: "x", i: 1, f: 0.5, b: true }));
  await put(
    store,
    "b",
    lines(
      { s: 1, i: "x", f: "y", b: 0, later: { deep: ["é"] } },
      `{"i":9223372036854775808,"f":0.12345678901234567890}`,
      `{"i":1.5,"f":12345678901234567,"s":"1","s":"2"}`,
    ),
  );
  assertEquals(
    await sql("select s, i, f, b, sluice_rest from records where sluice_object = 'b' order by sluice_line"),
    [
      `||||{"b": 0, "f": "y", "i": "x", "s": 1, "later": {"deep": ["é"]}}`,
      `||||{"f": 0.12345678901234567890, "i": 9223372036854775808}`,
      `2||||{"f": 12345678901234567, "i": 1.5}`,
    ].join("\n"),
  );
});

test(" keeps what PostgreSQL cannot hold as the text of its JSON", async ({ store, sql }) => {
  const deep = "[".repeat(5_000) + "]".repeat(5_000);
  await put(
    store,
    "a",
    lines(
      String.raw`{"s":"x","o":{}}`,
      String.raw`{"s":"a\u0000b","o":{"k":["\u0000\\"]}}`,
      String.raw`{"s":"\ud800","o":{"\udc00":1}}`,
      String.raw`{"s":"\ud83d\udc54","n\u0000":1,"o":1e999999}`,
      `{"o":${deep}}`,
      String.raw`{"s":"\\u0000"}`,
    ),
  );
  assertEquals(
    await sql(
      "select s, o, left(sluice_rest->'o'->>'sluice_json', 24), sluice_rest->'n\\u0000' from records order by sluice_line",
    ),
    [
      "x|{}||",
      String.raw`||{"k":["\u0000\\"]}|`,
      String.raw`||{"\udc00":1}|`,
      "👔||1e999999|1",
      `||${"[".repeat(24)}|`,
      String.raw`\u0000|||`,
    ].join("\n"),
  );
  const [json] = (await sql("select sluice_rest->'s'->>'sluice_json' from records where sluice_line = 2"))
    .split("\n");
  assertEquals(JSON.parse(json!), "a\0b");
});

test(" takes any record that is JSON", async ({ store, sql }) => {
  const text = fc.string({ unit: "binary" });
  const value = fc.oneof(
    fc.jsonValue(),
    text,
    fc.constantFrom("\0", "\ud800", "\\.", "\\N", 1e300, 5e-324, 2 ** 60),
  );
  const name = fc.oneof(fc.constantFrom("a", "b", "c"), text);
  const records = fc.sample(fc.dictionary(name, value), { numRuns, seed: 1 });
  await put(store, "a", lines(...records));
  assertEquals(await sql("select count(*), max(sluice_line) from records"), `${numRuns}|${numRuns}`);
  // What has a column stands there, or in the rest.
  const [kept] = (await sql(
    "select json_agg(coalesce(to_jsonb(a), sluice_rest->'a') order by sluice_line) from records",
  )).split("\n");
  const expected = records.map(({ a }) => a ?? null).map((given, i) => {
    const found = JSON.parse(kept!)[i];
    return found?.sluice_json === undefined ? given : { sluice_json: JSON.stringify(given) };
  });
  assertEquals(JSON.parse(kept!), JSON.parse(JSON.stringify(expected)));
});

test(" replaces an object's rows, and no others'", async ({ store, sql }) => {
  await put(store, "a", lines({ n: 1 }, { n: 2 }));
  await put(store, "b", lines({ n: 1 }));
  await put(store, "a", lines({ n: 3 }));
  assertEquals(await sql("select sluice_object, n from records order by 1, 2"), "a|3\nb|1");
  await put(store, "a", "");
  assertEquals(await sql("select sluice_object, n from records order by 1, 2"), "b|1");
});

test(
  " with a key updates rows, the last of those with the same key",
  async ({ store, sql }) => {
    await put(store, "a", lines({ id: 1, v: "a" }, { id: 2, v: "b" }, { id: 1, v: "c" }, { v: "none" }));
    await put(store, "b", lines({ id: 2, v: "d" }, { id: 3 }));
    const rows = () => sql("select id, v, sluice_object, sluice_line from records order by id, v");
    assertEquals(await rows(), "1|c|a|3\n2|d|b|1\n3||b|2\n|none|a|4");
    await put(store, "a", lines({ id: 1, v: "e" }, { v: "none" }, { id: "text", v: "f" }));
    assertEquals(await rows(), "1|e|a|1\n2|d|b|1\n3||b|2\n|f|a|3\n|none|a|2");
  },
  { key: ["id"] },
);

test(" with a key of several fields, some of them unseen, upserts by all of them", async ({ store, sql }) => {
  await put(store, "a", lines({ x: 1, v: 1 }));
  await put(store, "b", lines({ x: 1, y: "b", v: 2 }, { x: 1, y: "c", v: 3 }, { x: 1, y: "b", v: 4 }));
  assertEquals(await sql("select x, y, v from records order by x, y"), "1|b|4\n1|c|3\n1||1");
}, { key: ["x", "y"] });

test(" uses a table that is there as it is", async ({ another, sql, store }) => {
  await sql(
    `create schema s; create table s.jobs (id serial, "Title" varchar(3), at timestamptz, small smallint,
      price numeric(6,2), created text default 'then', level int, sluice_object text)`,
  );
  const jobs = another({ table: "s.jobs" });
  await put(jobs, "a", lines(`{"Title":"äöü","at":"2024-02-29T12:00:00Z","small":-32768,"price":1234.50}`));
  assertEquals(
    await sql(`select id, "Title", at at time zone 'UTC', small, price, created from s.jobs`),
    "1|äöü|2024-02-29 12:00:00|-32768|1234.50|then",
  );
  await assertRejects(
    () => put(jobs, "b", lines({ Title: "long" })),
    Error,
    `line 1 has no place for "Title": "long" does not fit its column of type character varying(3), and the table has no column`,
  );
  await assertRejects(
    () => put(jobs, "b", lines({ at: "no day" })),
    Error,
    `b: line 1 has no place for "at": "no day" does not fit its column of type timestamp with time zone, and the table`,
  );
  assertEquals((await listed(jobs)).map(({ name }) => name), ["a"]);
  assertEquals(await listed(store), []);
});

/** Rows of CSV as a run reads them, all answered with 3. */
async function csvBatches(text: string) {
  const options = {
    format: "csv",
    recipe,
    maxLineBytes: 1_000,
    windowRecords: 2,
    windowBytes: 1_000,
  } as const;
  const counts = new ObjectCounts();
  const batches = await Array.fromAsync(
    readRecords(new Blob([text]).stream(), { ...options, maxCallBytes: 1_000, maxExpansion: 200, counts }),
  );
  for (const { answers } of batches) answers.fill(3);
  return batches;
}

async function putCsv(sink: PostgresSink, name: string, text: string): Promise<void> {
  const unit = unitOf(name, { format: "csv" });
  const output = sink.begin(unit);
  await send(output, ...await csvBatches(text));
  await output.commit(unit.mark);
}

test(" takes rows of CSV: texts as they are, nothing for an empty field, and the answer", async ({ sql, store }) => {
  await putCsv(
    store,
    "a.csv",
    'id,company,title,note,level\n007,"A, ""x""",b,,9\n12345678901234567890,c,"d\ne",z,\n8,f,g\n',
  );
  assertEquals(
    await sql(
      "select string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' order by attnum) " +
        "from pg_attribute where attrelid = 'records'::regclass and attnum > 0",
    ),
    "id text, company text, title text, note text, level bigint, sluice_rest jsonb, sluice_object text, sluice_line bigint",
  );
  assertEquals(
    await sql(
      "select id, company, to_json(title), note, level, sluice_rest, sluice_line from records order by sluice_line",
    ),
    `007|A, "x"|"b"||3||1\n12345678901234567890|c|"d\\ne"|z|3||2`,
  );
});

test(" takes rows of CSV into columns of other types, exactly", async ({ sql, store }) => {
  await sql(
    "create table records (id bigint, price numeric, at date, ok boolean, level int, sluice_rest jsonb, sluice_object text)",
  );
  await putCsv(
    store,
    "a.csv",
    "id,price,at,ok,company,title\n9223372036854775807,0.10000000000000000001,2024-02-29,true,c,t\n07,x,2024-03-01,yes,c,t\n",
  );
  assertEquals(
    await sql("select id, price, at, ok, level, sluice_rest - 'company' - 'title' from records order by at"),
    '9223372036854775807|0.10000000000000000001|2024-02-29|t|3|{}\n||2024-03-01||3|{"id": "07", "ok": "yes", "price": "x"}',
  );
});

test(" with a key updates rows from CSV and from JSON lines alike", async ({ sql, store }) => {
  await sql(
    "create table records (id bigint unique, company text, title text, level int, sluice_object text)",
  );
  await putCsv(store, "a.csv", "id,company,title\n1,a,b\n2,c,d\n");
  await put(store, "b.jsonl", lines({ id: 2, company: "e" }));
  assertEquals(
    await sql("select id, company, sluice_object from records order by id"),
    "1|a|a.csv\n2|e|b.jsonl",
  );
}, { key: ["id"] });

test(" keeps what a reject holds: its text, base64 of what is no text, and how long it was", async ({ sql, store }) => {
  const rejects = [
    rejectOf(3, "no\0json"),
    { line: 4, reason: "invalid_utf8", text: Uint8Array.of(0xff), bytes: 1 } as const,
    { line: 5, reason: "line_too_long", text: new TextEncoder().encode("\tü\\"), bytes: 70_000 } as const,
  ];
  await put(store, "a", lines({ n: 1 }), { mark: { ...mark, rejects: 3 }, rejects });
  assertEquals(
    await sql("select object, line, reason, to_json(text), base64, bytes from records_rejects order by line"),
    'a|3|invalid_json||bm8AanNvbg==|\na|4|invalid_utf8||/w==|\na|5|line_too_long|"\\tü\\\\"||70000',
  );
});

test(" sends a large object while it comes, its rejects too", async ({ sql, store }) => {
  const unit = unitOf("a");
  const output = store.begin(unit);
  const writer = output.records.getWriter();
  const long = "x".repeat(10_000);
  for (let i = 0; i < 20; i++) {
    const rejects = Array.from({ length: 30 }, (_, j) => rejectOf(i * 100 + j, long));
    await Promise.all([
      output.reject(rejects),
      writer.write(batchOf(lines(...Array.from({ length: 100 }, (_, j) => ({ n: i * 100 + j, long }))))),
    ]);
  }
  await writer.close();
  await output.commit({ ...mark, rejects: 600 });
  assertEquals(await sql("select count(*), count(distinct line) from records_rejects"), "600|600");
  assertEquals(
    await sql("select count(*), sum(n), bool_and(sluice_line = n + 1), max(level) from records"),
    "2000|1999000|t|3",
  );
});

/** How many transactions are open. */
const idle =
  "select count(*) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()";

test(" shows nothing of an object whose connection was cut", async ({ store, sql }) => {
  await put(store, "a", lines({ n: 1 }));
  const output = store.begin(unitOf("b"));
  await output.reject([rejectOf(3, "x")]);
  const long = "x".repeat(100_000);
  await send(output, ...Array.from({ length: 100 }, () => batchOf(lines({ n: 2, long }))));
  await until(async () => await sql(idle) !== "0");
  await sql(
    "select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()",
  );
  await assertRejects(() => output.commit(mark), Error, "b: ");
  await output.abort(undefined);
  assertEquals(await sql("select n, sluice_object from records"), "1|a");
  assertEquals(await sql("select count(*) from records_rejects"), "0");
  assertEquals((await listed(store)).map(({ name }) => name), ["a"]);
  await put(store, "b", lines({ n: 2 }));
  assertEquals(await sql("select count(*) from records"), "2");
});

test(" lets one of two runs at once write an object", async ({ another, sql, store }) => {
  await put(store, "first", lines({ n: 0 }));
  const other = another();
  const outcomes = await Promise.allSettled(
    [store, other].flatMap((store) =>
      ["a", "b", "c"].map((name) =>
        put(store, name, lines({ n: 1 }, { n: 2 }), { condition: { ifAbsent: true } })
      )
    ),
  );
  const failed = outcomes.filter((outcome) => outcome.status === "rejected");
  assertEquals(failed.length, 3);
  assert(failed.every(({ reason }) => reason instanceof ConditionFailedError));
  assertEquals(
    await sql("select sluice_object, count(*) from records group by 1 order by 1"),
    "a|2\nb|2\nc|2\nfirst|1",
  );
});

test(" creates its tables once where two runs begin at once", async ({ another, sql }) => {
  const stores = Array.from({ length: 4 }, () => another());
  await Promise.all(stores.map((store, i) => put(store, `o${i}`, lines({ n: i }))));
  assertEquals(await sql("select count(*), sum(n) from records"), "4|6");
});

test(
  " reports a deadlock as a conflict, so that the object is started over",
  async ({ server, database, store, sql }) => {
    await put(store, "a", lines({ id: 1 }, { id: 2 }));
    await sql(`create function slow() returns trigger language plpgsql as
        'begin if new.sluice_object = ''b'' and new.id = 1 then perform pg_sleep(0.4); end if; return new; end';
      create trigger slow before update on records for each row execute function slow()`);
    const mine = put(store, "b", lines({ id: 1 }, { id: 2 })).then(() => "written", (error) => error);
    // Locks the two in the other order, meanwhile.
    const others = server.sql(
      database,
      "begin; select pg_sleep(0.1); update records set sluice_line = 0 where id = 2; " +
        "update records set sluice_line = 0 where id = 1; commit",
    ).then(() => "written", (error) => error);
    const [error, other] = await Promise.all([mine, others]);
    if (error === "written") assertStringIncludes(String(other), "deadlock detected");
    else {
      assert(error instanceof WriteConflictError, String(error));
      assertMatch(error.message, /^Cannot write postgres:.*\/records\/b: deadlock detected; Process/);
    }
    await put(store, "b", lines({ id: 1 }, { id: 2 }));
    assertEquals(await sql("select id, sluice_object from records order by id"), "1|b\n2|b");
  },
  { key: ["id"] },
);

test(" names the object and the constraint of a clash", async ({ store, sql }) => {
  await put(store, "a", lines({ id: 1, code: "x" }));
  await sql("create unique index by_code on records (code)");
  const error = await assertRejects(() => put(store, "b", lines({ id: 2, code: "x" })), Error);
  assertMatch(
    error.message,
    /\/records\/b: duplicate key value violates unique constraint "by_code"; Key \(code\)=\(x\) already exists$/,
  );
  assertEquals((await listed(store)).map(({ name }) => name), ["a"]);
}, { key: ["id"] });

test(" refuses tables that it cannot use", async ({ another, sql }) => {
  await sql("create table plain (id int); create table keyed (id int, sluice_object text)");
  const refused = (options: PostgresSinkOptions, message: string) =>
    assertRejects(() => put(another(options), "a", lines({ id: 1 })), Error, message);
  await refused({ table: "plain" }, "Cannot use table plain: it has no column sluice_object of type text");
  await refused(
    { table: "keyed", key: ["no"] },
    "Cannot use table keyed: it has no column no, which tableKey names",
  );
  await refused({ table: "keyed", key: ["id"] }, "Cannot use table keyed: it has no unique index on (id)");
});

test(".describe() says what is there", async ({ another, store }) => {
  assertMatch(
    await store.describe(signal),
    /records\/: PostgreSQL [\d.]+; no table records yet: a run creates it$/,
  );
  await put(store, "a", lines({ id: 1 }));
  assertMatch(await store.describe(signal), /; table records, columns for fields: 2; objects written: 1$/);
  await assertRejects(() => another({ key: ["id"] }).describe(signal), Error, "no unique index on (id)");
});

test(".probe() leaves nothing", async ({ store, sql }) => {
  assertStringIncludes(await store.probe(signal), "the ledger can be written");
  assertEquals(await sql("select count(*) from records_objects"), "0");
});

test(" asks for UTF-8", async ({ server }) => {
  const database = await server.createDatabase("encoding 'LATIN1' template template0");
  const store = new PostgresSink(server.url(database));
  await assertRejects(() => put(store, "a", lines({ n: 1 })), Error, "encoding is LATIN1; it must be UTF8");
  await store.close();
});

test(" writes many outputs by few connections", async ({ another, sql }) => {
  const store = another({ connections: 2 });
  let most = 0;
  const watch = async () => {
    most = Math.max(
      most,
      Number(
        await sql(
          "select count(*) from pg_stat_activity where application_name = 'sluice' and datname = current_database()",
        ),
      ),
    );
  };
  const names = Array.from({ length: 60 }, (_, i) => `o${i}`);
  const written = Promise.all(names.map(async (name) => {
    await put(store, name, lines({ name }), { rejects: [rejectOf(1, "x"), rejectOf(2, "y")] });
    await store.head(`none-${name}`, signal);
  }));
  await watch();
  await written;
  await watch();
  assert(most > 0 && most <= 6, `${most}`);
  assertEquals(await sql("select count(*) from records"), "60");
  assertEquals(await sql("select count(*) from records_rejects"), "120");
});
