import { assert, assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import type { PostgresServer } from "../../fakes/postgres_server.ts";
import { startSluice } from "../../story/sluice_process.ts";
import { call, flags, inFolder, server, sqlite } from "./match_scene.ts";
import { until } from "../../until.ts";

Deno.test("match() loses and doubles no pair in SQLite when it is killed in the middle, after a second run", async () => {
  await inFolder(async (folder) => {
    const rows = Array.from({ length: 30_000 }, (_, i) => `${i},"Coca-Cola, Bollinger",x\n`).join("");
    await Deno.writeTextFile(`${folder}/menus.csv`, `MenuId,ProductName,ProductDescription\n${rows}`);
    const args = flags(folder, { to: `sqlite:${folder}/m.db` });
    const count = () => {
      const [row] = sqlite(
        `${folder}/m.db`,
        "SELECT count(*) AS n, count(DISTINCT menu_id || ' ' || term_id) AS pairs FROM matches",
      );
      return [Number(row!.n), Number(row!.pairs)];
    };
    const running = startSluice(["match", ...args]);
    await until(() => count()[0]! > 0, { what: "the first pairs" });
    running.kill("SIGKILL");
    await running.ended;
    const [kept, pairs] = count();
    assert(kept === pairs && kept! % 1_000 === 0 && kept! > 0 && kept! < 60_000, `${kept} rows`);
    const second = await call([...args, "--json"]);
    assertEquals([second.status, JSON.parse(second.stdout).pairs.new], [0, 60_000 - kept!]);
    assertEquals(count(), [60_000, 60_000]);
  });
});

Deno.test({
  name: "match() loses and doubles no pair when PostgreSQL is killed in the middle, after a second run",
  ignore: typeof server === "string",
  fn: async () => {
    const postgres = server as PostgresServer;
    const database = await postgres.createDatabase();
    await inFolder(async (folder) => {
      // So many menus that there are several batches.
      const rows = Array.from({ length: 12_000 }, (_, i) => `${i},"Coca-Cola, Bollinger",x\n`).join("");
      await Deno.writeTextFile(`${folder}/menus.csv`, `MenuId,ProductName,ProductDescription\n${rows}`);
      const args = flags(folder, { to: postgres.url(database) });
      const count = "SELECT count(*), count(DISTINCT (menu_id, term_id)) FROM matches";
      let isOver = false;
      const running = call(args).finally(() => isOver = true);
      while (!isOver) {
        const [n] = (await postgres.sql(database, count).catch(() => "0")).split("|");
        if (Number(n) > 0) break;
      }
      await postgres.kill();
      const first = await running;
      assertEquals(first.status, 1, first.stderr);
      assertStringIncludes(
        first.stderr,
        `Cannot write to postgres://127.0.0.1:${postgres.port}/${database}: `,
      );
      await postgres.start();
      const [kept] = (await postgres.sql(database, count)).split("|");
      assert(Number(kept) % 1_000 === 0 && Number(kept) < 24_000, kept);
      assertEquals((await call(args)).status, 0);
      assertEquals(await postgres.sql(database, count), "24000|24000");
    });
  },
});
