import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { GroupTable } from "../../lib/report/group_table.ts";
import { ObjectRecords } from "../../lib/report/object_records.ts";
import { PostgresRecords } from "../../lib/report/postgres_records.ts";
import { Report } from "../../lib/report/report.ts";
import { reportJson } from "../../lib/report/report_json.ts";
import { PostgresSink } from "../../lib/sinks/postgres/postgres_sink.ts";
import { MemoryStore } from "../fakes/memory_store.ts";
import { PostgresServer } from "../fakes/postgres_server.ts";
import { writeOutput } from "../sinks/write_output.ts";

const { signal } = new AbortController();
const started = await PostgresServer.start();
const skipped = typeof started === "string" ? started : undefined;
if (typeof started !== "string") globalThis.addEventListener("unload", () => started.killNow());

function test(behaviour: string, run: (server: PostgresServer) => Promise<void>): void {
  const name = `PostgresRecords${behaviour}${skipped === undefined ? "" : ` (not run: ${skipped})`}`;
  Deno.test({ name, ignore: skipped !== undefined, fn: () => run(started as PostgresServer) });
}

const lines = [
  { company: "Acme", place: { city: "Oslo" }, id: 1, seniority: 3 },
  { company: "Acme", place: { city: "Rome" }, id: 2, seniority: 5 },
  { company: "Acme", place: { city: "Oslo" }, id: 3, seniority: 3 },
  { company: 'O\'Brien "&" Co', place: "Oslo", id: 4, seniority: 7 },
  { company: null, id: 5, seniority: 1, dot: true },
  { company: 17, id: 6, seniority: 2 },
  { company: "Acme", id: 7 },
  { company: "Acme", id: 8, seniority: "3" },
].map((record) => `${JSON.stringify(record)}\n`).join("");

async function figures(by: string[], source: ObjectRecords | PostgresRecords): Promise<unknown> {
  const table = new GroupTable(by);
  try {
    await source.readInto(table, { field: "seniority", signal });
  } finally {
    await source.close();
  }
  const report = new Report(table, { source: "here", sort: "count" });
  return JSON.parse((await Array.fromAsync(reportJson(report))).join(""));
}

test(" counts what a run has written as the objects themselves would", async (server) => {
  const database = await server.createDatabase();
  const sink = new PostgresSink(server.url(database));
  const bytes = new TextEncoder().encode(lines);
  await writeOutput(sink, "a.jsonl", lines);
  await sink.close();
  for (const by of [["company"], ["place.city", "company"], ["dot"], ["id"], ["absent"]]) {
    const objects = new MemoryStore({ readBytes: 1_000 });
    objects.give("a.jsonl", bytes);
    const limits = { idleSeconds: 30, maxLineBytes: 100_000, maxExpansion: 10 };
    assertEquals(
      await figures(by, new PostgresRecords(server.url(database), { table: "records", timeoutSeconds: 10 })),
      await figures(by, new ObjectRecords({ store: objects, ...limits })),
      by.join(),
    );
  }
});

test(" says that there is no such table, or nothing in it", async (server) => {
  const database = await server.createDatabase();
  const url = server.url(database);
  await assertRejects(
    () => figures(["company"], new PostgresRecords(url, { table: "absent", timeoutSeconds: 10 })),
    Error,
    `/${database}/absent: relation "absent" does not exist`,
  );
  await server.sql(database, "create table empty (company text)");
  await assertRejects(
    () => figures(["company"], new PostgresRecords(url, { table: "empty", timeoutSeconds: 10 })),
    Error,
    "/empty: it has no record with a level in seniority",
  );
});
