import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert/mod.js";
import fc from "fast-check";
import { gzipSync } from "node:zlib";
import { PostgresStore, type PostgresStoreOptions } from "../../../lib/sinks/postgres/postgres.ts";
import { ConditionFailedError, WriteConflictError } from "../../../lib/stores/store.ts";
import { numRuns } from "../../property_runs.ts";
import { PostgresServer } from "../../fakes/postgres_server.ts";
import { listed, put, record, type StoreUnderTest, testStore } from "../../stores/store_conformance.ts";

const { signal } = new AbortController();
const mark = { sourceEtag: "s", recipe: "r", rejects: 0 };
const writing = { condition: "always", contentType: "application/x-ndjson", mark, signal } as const;
const utf8 = new TextEncoder();

const started = await PostgresServer.start();
const server = typeof started === "string" ? undefined : started;
const skipped = typeof started === "string" ? started : undefined;
if (server !== undefined) globalThis.addEventListener("unload", () => server.killNow());

/** A store in a database of its own. */
interface Under extends StoreUnderTest {
  readonly store: PostgresStore;
  readonly server: PostgresServer;
  readonly database: string;
  /** What `psql` prints. */
  sql(statements: string): Promise<string>;
  /** One more store of the same tables, as another run has it. */
  another(options?: PostgresStoreOptions): PostgresStore;
}

async function open(options: PostgresStoreOptions = {}): Promise<Under> {
  const database = await server!.createDatabase();
  const stores: PostgresStore[] = [];
  const another = (own = options) => {
    const store = new PostgresStore(server!.url(database), own);
    stores.push(store);
    return store;
  };
  const store = another();
  const sql = (statements: string) => server!.sql(database, statements);
  return {
    store,
    server: server!,
    database,
    sql,
    another,
    lines: async (name) => {
      const texts = await sql(
        `select text from records where sluice_object = '${name}' order by sluice_line`,
      );
      return texts.split("\n").map(record).join("\n");
    },
    async plant(name, text) {
      await put(store, name, record(text));
    },
    async plantAll([first, ...others]) {
      await put(store, first!, record("x"));
      await sql(
        "insert into records_objects (name, etag, source_etag, recipe, rejects, rows, bytes) " +
          "select planted, etag, source_etag, recipe, rejects, rows, bytes " +
          `from records_objects, unnest(array['${others.join("', '")}']) as planted`,
      );
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store.close();
    },
  };
}

function test(behaviour: string, run: (under: Under) => Promise<void>, options: PostgresStoreOptions = {}) {
  Deno.test({
    name: `PostgresStore${behaviour}${skipped === undefined ? "" : ` (not run: ${skipped})`}`,
    ignore: skipped !== undefined,
    async fn() {
      await using under = await open(options);
      await run(under);
    },
  });
}

const lines = (...records: unknown[]) =>
  records.map((record) => typeof record === "string" ? record : JSON.stringify(record)).join("\n") + "\n";

testStore("PostgresStore", open, { isDestinationOnly: true, skipped });

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
    `s text, i bigint, n numeric, f double precision, b boolean, o jsonb, m jsonb, Ä "q" bigint, ` +
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
      price numeric(6,2), created text default 'then', sluice_object text)`,
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
    `line 1 has no place for "Title": there is no such column, or the value does not fit it, and the table has no column`,
  );
  await assertRejects(
    () => put(jobs, "b", lines({ at: "no day" })),
    Error,
    `b: invalid input syntax for type timestamp with time zone: "no day"; in column at`,
  );
  assertEquals((await listed(jobs)).map(({ name }) => name), ["a"]);
  assertEquals(await listed(store), []);
});

test(" takes gzip, in parts that cut it anywhere", async ({ store, sql }) => {
  const bytes = gzipSync(lines(...Array.from({ length: 5_000 }, (_, n) => ({ n, text: `ü${n}` }))));
  const upload = await store.startUpload("a.gz", { ...writing, contentEncoding: "gzip" });
  for (let at = 0, number = 1; at < bytes.length; at += 7_001) {
    await upload.part(number++, at, new Uint8Array(bytes.subarray(at, at + 7_001)), signal);
  }
  await upload.complete(signal);
  assertEquals(await sql("select count(*), sum(n), max(text) from records"), "5000|12497500|ü999");
  assertEquals((await store.head("a.gz", signal))?.bytes, bytes.length);
});

const reject = (line: number, text: string) =>
  lines({ object: "file:///in/a", line, reason: "not_json", text }, {
    object: "x",
    line: 9,
    reason: "y",
    base64: "/w==",
  });

test(" shows rejects with their output, not before, and replaces them with it", async ({ store, sql }) => {
  const rejects = () =>
    sql("select object, line, reason, text, base64 from records_rejects order by object, line");
  await put(store, "_rejects/a", reject(3, "no\0json"));
  assertEquals(await rejects(), "");
  assertEquals(await listed(store), []);
  await put(store, "a", lines({ n: 1 }), "always", { ...mark, rejects: 2 });
  assertEquals(await rejects(), "a|3|not_json||bm8AanNvbg==\na|9|y||/w==");
  await store.remove("_rejects/a", signal);
  assertEquals((await rejects()).length > 0, true);
  await put(store, "a", lines({ n: 1 }));
  assertEquals(await rejects(), "");
});

test(" takes rejects in parts, beside those of their output", async ({ store, sql }) => {
  const rejects = await store.startUpload("_rejects/a", writing);
  const output = await store.startUpload("a", writing);
  const half = utf8.encode(reject(1, "x"));
  for (let i = 0; i < 3; i++) {
    await Promise.all([
      rejects.part(2 * i + 2, 0, half.slice(9), signal),
      output.part(i + 1, 0, utf8.encode(lines({ n: i })), signal),
      rejects.part(2 * i + 1, 0, half.slice(0, 9), signal),
    ]);
  }
  await rejects.complete(signal);
  await output.complete(signal);
  assertEquals(await sql("select count(*) from records_rejects"), "6");
  assertEquals(await sql("select string_agg(n::text, ' ' order by sluice_line) from records"), "0 1 2");
});

test(" forgets rejects whose output was given up", async ({ store, sql }) => {
  await put(store, "_rejects/a", reject(3, "x"));
  await put(store, "_rejects/a", reject(4, "x"));
  await put(store, "b", lines({ n: 1 }));
  const upload = await store.startUpload("a", writing);
  await upload.abort();
  await put(store, "a", lines({ n: 1 }));
  assertEquals(await sql("select count(*) from records_rejects"), "0");
});

test(" shows nothing of an object whose connection was cut", async ({ store, sql }) => {
  await put(store, "a", lines({ n: 1 }));
  const upload = await store.startUpload("b", writing);
  await put(store, "_rejects/b", reject(3, "x"));
  await upload.part(1, 0, utf8.encode(lines({ n: 2 })), signal);
  await sql(
    "select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()",
  );
  await assertRejects(() => upload.complete(signal), Error, "b: ");
  await upload.abort();
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
      ["a", "b", "c"].map((name) => put(store, name, lines({ n: 1 }, { n: 2 }), { ifAbsent: true }))
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
  " tells a deadlock as a conflict, so that the object is begun anew",
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
  const refused = (options: PostgresStoreOptions, message: string) =>
    assertRejects(() => put(another(options), "a", lines({ id: 1 })), Error, message);
  await refused({ table: "plain" }, "Cannot use table plain: it has no column sluice_object of type text");
  await refused(
    { table: "keyed", key: ["no"] },
    "Cannot use table keyed: it has no column no, which tableKey names",
  );
  await refused({ table: "keyed", key: ["id"] }, "Cannot use table keyed: it has no unique index on (id)");
});

test(" ends an upload that is aborted, and its connection", async ({ store, sql }) => {
  const abort = new AbortController();
  const upload = await store.startUpload("a", { ...writing, signal: abort.signal });
  await upload.part(1, 0, utf8.encode(lines({ n: 1 })), abort.signal);
  abort.abort(new Error("enough"));
  await assertRejects(() => upload.complete(abort.signal), Error, "enough");
  await upload.abort();
  assertEquals(await listed(store), []);
  assertEquals(await sql("select count(*) from records"), "0");
});

test(".describe() says what is there", async ({ another, store }) => {
  assertMatch(
    await store.describe(signal),
    /records\/: PostgreSQL [\d.]+; no table records yet: a run creates it$/,
  );
  await put(store, "a", lines({ id: 1 }));
  assertMatch(await store.describe(signal), /; table records, columns for fields: 1; objects written: 1$/);
  await assertRejects(() => another({ key: ["id"] }).describe(signal), Error, "no unique index on (id)");
});

test(".probe() leaves nothing", async ({ store, sql }) => {
  assertStringIncludes(await store.probe(signal), "the ledger can be written");
  assertEquals(await sql("select count(*) from records_objects"), "0");
});

test(" asks for UTF-8", async ({ server }) => {
  const database = await server.createDatabase("encoding 'LATIN1' template template0");
  const store = new PostgresStore(server.url(database));
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
    await put(store, `_rejects/${name}`, reject(1, "x"));
    await put(store, name, lines({ name }));
    await store.remove(`_rejects/none-${name}`, signal);
  }));
  await watch();
  await written;
  await watch();
  assert(most > 0 && most <= 6, `${most}`);
  assertEquals(await sql("select count(*) from records"), "60");
  assertEquals(await sql("select count(*) from records_rejects"), "120");
});
