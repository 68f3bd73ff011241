import { assert, assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { gzipSync } from "node:zlib";
import { PostgresServer } from "../fakes/postgres_server.ts";
import { expectedOutput, expectedRejects, joinLines, oddLines, plainLines } from "./corpus.ts";
import { sluice, startSluice } from "./sluice_process.ts";
import { until } from "../until.ts";

const found = await PostgresServer.find();
const decoder = new TextDecoder();

function test(behaviour: string, run: (server: PostgresServer, folder: string) => Promise<void>) {
  Deno.test({
    name: `sluice run into PostgreSQL ${behaviour}${found === undefined ? "" : ` (not run: ${found})`}`,
    ignore: found !== undefined,
    async fn() {
      const server = await PostgresServer.start();
      if (typeof server === "string") throw new Error(server);
      await using _ended = server;
      const folder = await Deno.makeTempDir();
      try {
        await run(server, folder);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

const flags = (server: PostgresServer) => [
  ...["--from", "in", "--to", server.url().replace("sluice@", "sluice:s3cret@")],
  ...["--model", "reference:", "--cache", "memory:", "--json"],
];

test("makes a row of each record and of each reject, once", async (server, folder) => {
  await Deno.mkdir(`${folder}/in`);
  const odd = oddLines(), plain = plainLines(3_000, 1_700);
  const objects = [{ name: "1.jsonl", lines: odd }, { name: "2.jsonl.gz", lines: [...plain, ...odd] }];
  for (const { name, lines } of objects) {
    const bytes = joinLines(lines.map(({ input }) => input));
    await Deno.writeFile(
      `${folder}/in/${name}`,
      name.endsWith(".gz") ? new Uint8Array(gzipSync(bytes)) : bytes,
    );
  }
  const run = () => sluice(["run", ...flags(server)], { cwd: folder });
  const first = await run();
  assertEquals(first.status, 3, first.stderr);
  assert(!`${first.stdout}${first.stderr}`.includes("s3cret"));
  for (const { name, lines } of objects) {
    const count = async (table: string, column: string) =>
      Number(await server.sql("postgres", `select count(*) from ${table} where ${column} = '${name}'`));
    const output = decoder.decode(expectedOutput(lines)).split("\n").filter((line) => line !== "");
    assertEquals(await count("records", "sluice_object"), output.length);
    assertEquals(await count("records_rejects", "object"), expectedRejects("", lines).length);
    assertEquals(
      await server.sql("postgres", `select rows, rejects from records_objects where name = '${name}'`),
      `${output.length}|${expectedRejects("", lines).length}`,
    );
  }
  const second = await run();
  assertEquals([second.status, JSON.parse(second.stdout).objects.skipped], [0, 2], second.stderr);
  const check = await sluice(["check", ...flags(server).slice(0, -1), "--probe"], { cwd: folder });
  assertEquals(check.status, 0, check.stdout);
  assertStringIncludes(check.stdout, "; objects written: 2 (");
  assert(!check.stdout.includes("s3cret"));
});

test("loses and doubles nothing when the server is killed in the middle", async (server, folder) => {
  const sample = ["sample", "--to", "in", "--records", "60000", "--per-object", "400"];
  assertEquals((await sluice(sample, { cwd: folder })).status, 0);
  const run = startSluice(["run", ...flags(server)], { cwd: folder });
  const written = async () =>
    Number(await server.sql("postgres", "select count(*) from records_objects").catch(() => "0"));
  await until(async () => await written() >= 20);
  await server.kill();
  const { status, stdout, stderr } = await run.ended;
  assertEquals(status, 1, stderr);
  const { done, failed } = JSON.parse(stdout).objects;
  assert(done >= 20 && failed > 0, stdout);
  await server.restart();
  const before = await written();
  assert(before >= done && before < 150, `${before}`);
  const again = await sluice(["run", ...flags(server)], { cwd: folder });
  assertEquals(again.status, 0, again.stderr);
  assertEquals(JSON.parse(again.stdout).objects.skipped, before);
  assertEquals(
    await server.sql(
      "postgres",
      "select count(*), count(distinct (sluice_object, sluice_line)), count(distinct sluice_object) from records",
    ),
    "60000|60000|150",
  );
  assertEquals(await server.sql("postgres", "select count(*), sum(rows) from records_objects"), "150|60000");
});

test("gives each object to one of two runs at once", async (server, folder) => {
  const sample = ["sample", "--to", "in", "--records", "20000", "--per-object", "500"];
  assertEquals((await sluice(sample, { cwd: folder })).status, 0);
  const runs = await Promise.all([1, 2].map(() => sluice(["run", ...flags(server)], { cwd: folder })));
  for (const { status, stderr } of runs) assertEquals(status, 0, stderr);
  const totals = runs.map(({ stdout }) => JSON.parse(stdout).objects.done as number);
  assertEquals(totals[0]! + totals[1]!, 40);
  assertEquals(
    await server.sql(
      "postgres",
      "select count(*), count(distinct (sluice_object, sluice_line)) from records",
    ),
    "20000|20000",
  );
});
