/** A table of PostgreSQL, judged row by row: what its columns would change, and what its user may not do. */
import { fakeLevel } from "../../fakes/model_behaviour.ts";
import type { PostgresServer } from "../../fakes/postgres_server.ts";
import {
  ended,
  endedUndone,
  endedWell,
  inRunAndWatch,
  missing,
  pause,
  questionsAskedOnce,
  type Row,
  type Way,
} from "../row.ts";
import { sharedPostgres } from "../shared_postgres.ts";
import type { World } from "../world.ts";

/** Values that a column keeps, with their texts there; and others, which it would change. */
const columns: Readonly<
  Record<string, { type: string; kept: readonly (readonly [unknown, string])[]; changed: readonly unknown[] }>
> = {
  d: {
    type: "date",
    kept: [["2024-01-01", "2024-01-01"], ["2024-02-29", "2024-02-29"]],
    changed: ["2024-01-01T23:30:00+02:00", "now", "today", "2023-02-29", "20240105"],
  },
  ts: {
    type: "timestamp(0)",
    kept: [["2024-01-01T23:30:00", "2024-01-01 23:30:00"]],
    changed: ["2024-01-01T23:30:00+02:00", "2024-01-01T00:00:00.6", "tomorrow", "infinity"],
  },
  c: { type: "char(3)", kept: [["abc", "abc"]], changed: ["ab ", "abcd", 7] },
  n: { type: "numeric(5,2)", kept: [[1.25, "1.25"], [7, "7.00"]], changed: [1.239, 123456, "1.5"] },
  m: { type: "money", kept: [["$12.34", "$12.34"]], changed: ["12.345", 12.345] },
};

interface Record_ {
  readonly id: number;
  readonly title: string;
  readonly values: Readonly<Record<string, unknown>>;
}

const pick = <T>(world: World, from: readonly T[]): T => from[world.random(0, from.length - 1)]!;

function putObjects(world: World, objects: number): Record_[] {
  const records: Record_[] = [];
  for (let object = 0; object < objects; object++) {
    const lines = Array.from({ length: world.random(1, 200) }, () => {
      const values = Object.fromEntries(
        Object.entries(columns).map(([name, { kept, changed }]) => [
          name,
          world.random(0, 1) === 0 ? pick(world, kept)[0] : pick(world, changed),
        ]),
      );
      const record = { id: records.length, title: `Title ${records.length % 90}`, values };
      records.push(record);
      return JSON.stringify({ id: record.id, company: "Acme", title: record.title, ...values });
    });
    world.put(`${object}.jsonl`, `${lines.join("\n")}\n`);
  }
  return records;
}

/** Holds the table against what was issued. */
async function judge(
  sql: (statement: string) => Promise<string>,
  records: readonly Record_[],
): Promise<string[]> {
  const fields = Object.keys(columns).map((name) => `'${name}', ${name}::text`).join(", ");
  const text = await sql(
    `select json_build_object('id', id, 'title', title, 'level', seniority, 'rest', sluice_rest, ${fields}) from t`,
  );
  const rows = new Map<number, Record<string, unknown>[]>();
  for (const row of text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line))) {
    rows.set(row.id, [...rows.get(row.id) ?? [], row]);
  }
  const remarks: string[] = [];
  for (const { id, title, values } of records) {
    const found = rows.get(id) ?? [];
    if (found.length !== 1) remarks.push(`record ${id} is there ${found.length} times`);
    const [row] = found;
    if (row === undefined) continue;
    const rest = row.rest as Record<string, unknown> | null ?? {};
    if (row.level !== fakeLevel("Acme", title)) remarks.push(`record ${id} has level ${row.level}`);
    for (const [name, value] of Object.entries(values)) {
      const kept = columns[name]!.kept.find(([good]) => good === value)?.[1];
      const isRight = kept === undefined ? row[name] === null && rest[name] === value : row[name] === kept;
      if (!isRight) {
        remarks.push(`${name} of record ${id} is ${JSON.stringify([value, row[name], rest[name]])}`);
      }
    }
  }
  const issued = new Set(records.map(({ id }) => id));
  for (const id of rows.keys()) if (!issued.has(id)) remarks.push(`record ${id} was never issued`);
  return remarks.slice(0, 10);
}

/** A row with a database of its own. */
function inDatabase(
  fault: string,
  play: (
    world: World,
    way: Way,
    server: PostgresServer,
    database: string,
  ) => Promise<string[]>,
): Row[] {
  return inRunAndWatch(fault, async (world, way) => {
    const server = await sharedPostgres();
    if (typeof server === "string") {
      world.skipped = server;
      return [];
    }
    return await play(world, way, server, await server.createDatabase());
  });
}

const table = `create table t (id int, company text, title text, seniority bigint, sluice_rest jsonb, ` +
  `sluice_object text, sluice_line bigint, ${
    Object.entries(columns).map(([name, { type }]) => `${name} ${type}`).join(", ")
  }); create index on t (sluice_object)`;

export const postgresRows: Row[] = [
  ...inDatabase(
    "PostgreSQL: values that its columns would change, and a kill",
    async (world, way, server, database) => {
      const sql = (statement: string) => server.sql(database, statement);
      await sql(table);
      const objects = 4;
      const records = putObjects(world, objects);
      world.model.options = { delayMs: 30 };
      const to = ["--to", server.url(database), "--table", "t"];
      const killed = way.command === "run" ? world.start(...to) : world.startWatch(...to);
      await pause(world.random(500, 2_000));
      killed.kill("SIGKILL");
      await killed.ended;
      const result = await way.process(world, {
        args: to,
        // The killed one may not have come as far as the table of objects.
        isDone: async () => await sql("select count(*) from t_objects").catch(() => "0") === String(objects),
      });
      return [...ended(way, result, 0), ...await judge(sql, records)];
    },
  ),
  ...inDatabase("rights: none to insert in PostgreSQL", async (world, way, server, database) => {
    const guest = `guest_${database}`;
    const sql = (statement: string) => server.sql(database, statement);
    await sql(table);
    await sql(
      `create role ${guest} login; grant select on t to ${guest}; grant create on schema public to ${guest}`,
    );
    const records = putObjects(world, 2);
    const to = ["--to", server.url(database).replace("sluice@", `${guest}@`), "--table", "t"];
    const remarks: string[] = [];
    const noneAsked = () => {
      const { questions } = world.model.stats();
      if (questions > 0) remarks.push(`${questions} questions were asked although nothing can be written`);
    };
    const isThere = async () => await sql("select count(*) from t_objects").catch(() => "") === "2";
    let isGranted = false;
    const first = await way.process(world, {
      args: to,
      async isDone(log) {
        if (!log.includes("lacks INSERT")) return false;
        if (!isGranted) {
          noneAsked();
          await sql(`grant all on t to ${guest}`);
          isGranted = true;
        }
        return await isThere();
      },
    });
    remarks.push(
      ...missing(first.stderr, "lacks INSERT, DELETE on table t"),
      ...way.command === "run" ? endedUndone(first) : ended(way, first),
    );
    if (way.command === "run") {
      noneAsked();
      await sql(`grant all on t to ${guest}`);
      remarks.push(...endedWell(await world.run(...to)));
    }
    return [
      ...remarks,
      ...questionsAskedOnce(world),
      ...await judge(sql, records),
    ];
  }),
];
