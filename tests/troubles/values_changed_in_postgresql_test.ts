/** What a column of a table that is there would change goes into `sluice_rest` as it was written. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert/mod.js";
import { Scene } from "../errors/scene.ts";
import { PostgresServer } from "../fakes/postgres_server.ts";

const started = await PostgresServer.start();
const server = typeof started === "string" ? undefined : started;
const skipped = typeof started === "string" ? ` (not run: ${started})` : "";
if (server !== undefined) globalThis.addEventListener("unload", () => server.killNow());

const types =
  "create domain cents as numeric(5,2); create domain cents2 as cents; create domain short as varchar(3); " +
  "create type mood as enum ('sad', 'ok'); create domain feeling as mood; create type pair as (a int, b text); ";

/** Values of a type that its column keeps, and values that it would change or cannot take, as JSON. */
const kept = Symbol(), moved = Symbol();
const cases:
  readonly (readonly [type: string, Readonly<Record<typeof kept | typeof moved, readonly unknown[]>>])[] = [
    ["text", { [kept]: ["ab  ", "now", ""], [moved]: [1, true, {}, []] }],
    ["varchar(3)", { [kept]: ["abc", "a  ", "👔👔👔"], [moved]: ["abcd", "abc ", 1] }],
    ["char(3)", { [kept]: ["abc", "ab"], [moved]: ["ab ", "abc ", "abcd", " "] }],
    ["short", { [kept]: ["abc"], [moved]: ["abc ", "abcd"] }],
    ["bpchar", { [kept]: ["abc"], [moved]: ["abc "] }],
    ["name", { [kept]: ["abc"], [moved]: ["x".repeat(64)] }],
    ['"char"', { [kept]: ["a"], [moved]: ["ab"] }],
    ["smallint", { [kept]: [-32768], [moved]: [32768, "1", 1.5] }],
    ["integer", { [kept]: [2147483647], [moved]: [2147483648] }],
    ["bigint", { [kept]: [7], [moved]: ["7", 1e30] }],
    ["oid", { [kept]: [4294967295], [moved]: [-1, 4294967296] }],
    ["numeric", { [kept]: [1.239, 1e30], [moved]: ["1.239"] }],
    ["numeric(5,2)", { [kept]: [1.23, 1.5], [moved]: [1.239, 1234] }],
    ["cents", { [kept]: [1.23], [moved]: [1.239, 1234] }],
    ["cents2", { [kept]: [1.23], [moved]: [1.239, 1234] }],
    ["numeric(3,-1)", { [kept]: [], [moved]: [15] }],
    ["real", { [kept]: [0.1, 1.5], [moved]: ["0.1", 0.1234567, 16777217] }],
    ["double precision", { [kept]: [0.1, 1e300], [moved]: ["0.1"] }],
    ["money", { [kept]: ["$12.34", "-$1,234.50"], [moved]: ["12.345", "12.34", 12.345, 12.34] }],
    ["boolean", { [kept]: [true, false], [moved]: ["yes", "t", 1, 0] }],
    ["date", {
      [kept]: ["2024-01-01", "2024-02-29", "0001-01-01"],
      [moved]: [
        ...[
          "2024-01-01T23:30:00+02:00",
          "2024-01-01 10:00",
          "20240105",
          "01/02/2024",
          "2023-02-29",
          "0000-01-01",
        ],
        ...[
          "now",
          "today",
          "tomorrow",
          "yesterday",
          "epoch",
          "infinity",
          "-infinity",
          "2024-01-01 BC",
          20240105,
        ],
      ],
    }],
    ["timestamp", {
      [kept]: [
        "2024-01-01T23:30:00",
        "2024-01-01t23:30",
        "2024-01-01 23:30:00.123456",
        "2024-01-01T10:00:00.500000000",
      ],
      [moved]: [
        ...["2024-01-01T23:30:00+02:00", "2024-01-01T23:30:00Z", "2024-01-01 03:04 PST", "2024-01-01"],
        ...[
          "2024-01-01T24:00:00",
          "2024-01-01T23:59:60",
          "2024-01-01T10:00:00.1234567",
          "now",
          "epoch",
          "infinity",
        ],
      ],
    }],
    ["timestamp(0)", {
      [kept]: ["2024-01-01T00:00:00", "2024-01-01T00:00:00.0"],
      [moved]: ["2024-01-01T00:00:00.6"],
    }],
    ["timestamptz", {
      [kept]: ["2024-01-01T23:30:00+02:00", "2024-01-01 23:30Z", "2024-01-01T23:30:00.5-0330"],
      [moved]: [
        "2024-01-01T23:30:00",
        "2024-01-01 03:04 PST",
        "2024-01-01",
        "now",
        "today",
        "infinity",
        1704067200,
      ],
    }],
    ["timestamptz(3)", { [kept]: ["2024-01-01T23:30:00.123Z"], [moved]: ["2024-01-01T23:30:00.1239Z"] }],
    ["time", {
      [kept]: ["10:00", "10:00:00.5"],
      [moved]: ["10:00:00+02", "now", "allballs", "10 PM", "24:00:00"],
    }],
    ["time(3)", { [kept]: ["10:00:00.123"], [moved]: ["10:00:00.123456789"] }],
    ["timetz", { [kept]: ["10:00:00+02:00", "10:00Z"], [moved]: ["10:00:00", "now"] }],
    ["interval", {
      [kept]: ["PT90M", "P1DT2H", "PT0.5S", "P2W", "36:00:00"],
      [moved]: ["90 minutes", "P1.5D", "1 year ago", "PT0.1234567S", "P", "PT", "10:61"],
    }],
    ["interval(0)", { [kept]: ["00:00:01"], [moved]: ["PT0.6S"] }],
    ["interval day to second", { [kept]: ["00:00:01"], [moved]: ["P1Y"] }],
    ["uuid", {
      [kept]: ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"],
      [moved]: ["{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", "a0eebc999c0b4ef8bb6d6bb9bd380a11"],
    }],
    ["bit(3)", { [kept]: ["101"], [moved]: ["1011", "10", "x5", 101] }],
    ["bit varying(3)", { [kept]: ["10"], [moved]: ["1011"] }],
    ["bytea", { [kept]: ["\\x00ff"], [moved]: ["abc", "\\x00FF"] }],
    ["inet", {
      [kept]: ["10.0.0.1", "10.0.0.0/8", "::1"],
      [moved]: ["10.0.0.1/32", "::FFFF", "0:0:0:0:0:0:0:1"],
    }],
    ["cidr", { [kept]: ["10.0.0.0/8"], [moved]: ["10", "10.0.0.1"] }],
    ["macaddr", { [kept]: ["08:00:2b:01:02:03"], [moved]: ["08-00-2B-01-02-03"] }],
    ["mood", { [kept]: ["ok"], [moved]: ["fine", "OK", "ok "] }],
    ["feeling", { [kept]: ["ok"], [moved]: ["fine"] }],
    ["text[]", { [kept]: ["{a,b}"], [moved]: ["{a, b}", ["a", "b"]] }],
    ["numeric(5,2)[]", { [kept]: ["{1.25}"], [moved]: ["{1.239}"] }],
    ["varchar(2)[]", { [kept]: ["{ab}"], [moved]: ["{abc}"] }],
    ["pair", { [kept]: ["(1,b)"], [moved]: ["( 1,b)"] }],
    ["int4range", { [kept]: ["[1,5)"], [moved]: ["[1,4]"] }],
    ["point", { [kept]: ["(1,2)"], [moved]: ["1,2"] }],
    ["tsvector", { [kept]: ["'a' 'b'"], [moved]: ["b a"] }],
    ["jsonb", { [kept]: [{ b: 1, a: [null] }, "x", 1, true, null], [moved]: [] }],
    ["json", { [kept]: [{ b: 1, a: [] }, "x"], [moved]: [] }],
  ];

/** Runs the program on records, into a table of a fresh database. */
async function load(scene: Scene, columns: string, records: readonly string[], more: readonly string[] = []) {
  const database = await server!.createDatabase();
  const rest = more.includes("no rest") ? "" : "sluice_rest jsonb, ";
  await server!.sql(
    database,
    `${types}create table t (${columns}, company text, title text, seniority bigint, ${rest}sluice_object text, ` +
      "sluice_line bigint); create index on t (sluice_object)",
  );
  scene.write("in/a.jsonl", records.map((record) => `${record}\n`).join(""));
  const said = await scene.run({ to: server!.url(database), table: "t" });
  const sql = async (statement: string) => await server!.sql(database, statement);
  return { said: said as Exclude<typeof said, string>, sql };
}

function test(name: string, run: (scene: Scene) => Promise<void>) {
  Deno.test({
    name: name + skipped,
    ignore: server === undefined,
    async fn() {
      await using scene = await Scene.create();
      await run(scene);
    },
  });
}

test("run to PostgreSQL keeps each value in its column, or as it was written in sluice_rest, for every type", async (scene) => {
  const columns = cases.map(([type], i) => `c${i} ${type}`).join(", ");
  const records = cases.flatMap(([type, { [kept]: good, [moved]: bad }], i) =>
    [...good.map((value) => [true, value] as const), ...bad.map((value) => [false, value] as const)]
      .map(([isKept, value]) => ({ type, column: `c${i}`, isKept, value }))
  );
  const lines = records.map(({ column, value }) =>
    JSON.stringify({ company: "A", title: "CEO", [column]: value })
  );
  const { said, sql } = await load(scene, columns, lines);
  assertEquals(said.status, 0);
  const misfits = cases.filter(([, values]) => values[moved].length > 0);
  assertEquals(said.text.split("\n").length, misfits.length, "a line for each column with such values");
  assertMatch(
    said.text,
    /^Column c35 of type inet would change 3 values of postgres:.*\/t\/a.jsonl, the first in line \d+: such values are kept in sluice_rest/m,
  );
  const found = JSON.parse(
    await sql(
      `select json_agg(json_build_array(sluice_line, sluice_rest, to_jsonb(t)) order by sluice_line) from t`,
    ),
  ) as [number, Record<string, unknown> | null, Record<string, unknown>][];
  assertEquals(found.length, records.length);
  const wrong = records.flatMap(({ column, isKept, type, value }, i) => {
    const [, rest, row] = found[i]!;
    const isRight = isKept || value === null
      ? rest === null && (value === null || row[column] !== null)
      : row[column] === null && JSON.stringify(rest) === JSON.stringify({ [column]: value });
    return isRight ? [] : [{ type, value, isKept, rest, row: row[column] }];
  });
  assertEquals(wrong, []);
});

test("run to PostgreSQL keeps the meaning of what it puts into columns that spell it otherwise", async (scene) => {
  const record = {
    ...{ company: "A", title: "CEO", ts: "2024-01-01T23:30", tz: "2024-01-01T23:30:00+02:00", c: "ab" },
    ...{ u: "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", iv: "P2WT90M", n: 1.5 },
  };
  const { sql } = await load(
    scene,
    "ts timestamp, tz timestamptz, c char(3), u uuid, iv interval, n numeric(5,2)",
    [
      JSON.stringify(record),
    ],
  );
  assertEquals(
    await sql("set timezone to 'UTC'; select ts, tz, c::text, u, iv, n, sluice_rest from t"),
    "2024-01-01 23:30:00|2024-01-01 21:30:00+00|ab|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11|14 days 01:30:00|1.50|",
  );
});

test("run to PostgreSQL without sluice_rest fails the object whose value a column would change", async (scene) => {
  for (const [type, value] of [["timestamp", "now"], ["inet", "::FFFF"]] as const) {
    const records = [
      '{"company":"A","title":"CEO"}',
      JSON.stringify({ company: "A", title: "CEO", v: value }),
    ];
    const { said, sql } = await load(scene, `v ${type}`, records, ["no rest"]);
    assertStringIncludes(said.text, 'line 2 has no place for "v": ');
    assertEquals([said.status, await sql("select count(*) from t")], [1, "0"]);
  }
});

test("run to PostgreSQL with a key in a column that the server judges upserts by it", async (scene) => {
  const database = await server!.createDatabase();
  await server!.sql(
    database,
    "create table t (host inet unique, company text, title text, seniority bigint, sluice_rest jsonb, sluice_object text)",
  );
  const line = (host: string, title: string) => JSON.stringify({ company: "A", title, host }) + "\n";
  scene.write("in/a.jsonl", line("10.0.0.1", "CEO") + line("10.0.0.1", "CTO") + line("10.0.0.1/32", "VP"));
  const said = await scene.run({ to: server!.url(database), table: "t", "table-key": "host" });
  assertEquals(typeof said === "string" ? said : said.status, 0);
  assertEquals(
    await server!.sql(database, "select host, title, sluice_rest from t order by title"),
    '10.0.0.1|CTO|\n|VP|{"host": "10.0.0.1/32"}',
  );
});
