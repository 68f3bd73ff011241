import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert/mod.js";
import { parse } from "csv-parse/sync";
import { gzipSync } from "node:zlib";
import { Stop } from "../../../lib/cli/io.ts";
import { csvChunks } from "../../../lib/records/csv/csv_chunks.ts";
import type { MatchSummary } from "../../../lib/menus/match_summary.ts";
import { awsEnvironment } from "../../fakes/aws_environment.ts";
import { FakeS3 } from "../../fakes/s3.ts";
import { startSluice } from "../../story/sluice_process.ts";
import { call, flags, inFolder, menusCsv, sqlite, terms } from "./match_scene.ts";

function pairsOf(path: string): Record<string, string>[] {
  return parse(Deno.readTextFileSync(path), { columns: true });
}

const sqlitePairs = (path: string) => sqlite(path, "SELECT * FROM matches ORDER BY menu_id, term_id");

Deno.test("match() finds terms in all columns, and distinguishes kinds", async () => {
  await inFolder(async (folder) => {
    const { status, stdout, stderr } = await call([...flags(folder), "--json"]);
    assertEquals(status, 0, stderr);
    const summary: MatchSummary = JSON.parse(stdout);
    const pairs = pairsOf(`${folder}/out.csv`);
    assertEquals(summary.rows, { in: 60, matched: 60, rejected: 0, blank: 0 });
    assertEquals([summary.terms.read, summary.pairs.new], [4, pairs.length]);
    const { exact, folded, found, fuzzy } = summary.pairs;
    assertEquals(found, exact + folded + fuzzy);
    assert(exact > 0 && folded > 0 && fuzzy > 0);
    assertEquals(new Set(pairs.map(({ menu_id, term_id }) => `${menu_id} ${term_id}`)).size, pairs.length);
    const cola = pairs.find(({ term_id }) => term_id === "1")!;
    assertEquals([cola.matched, cola.kind], ["Cocacola", "folded"]);
    assertMatch(
      stderr,
      /^objects: {2}1 processed\nterms: {4}4\nrows: {5}60 in, 60 matched\npairs: {4}\d+ found in rows: /,
    );
    assertStringIncludes(stderr, ` ${pairs.length} new in ${folder}/out.csv\n`);
  });
});

Deno.test("match() looks through the named columns only, on wish for no misspellings, from a score on", async () => {
  await inFolder(async (folder) => {
    const pairs = async (...more: string[]) =>
      (JSON.parse((await call([...flags(folder), "--json", ...more])).stdout) as MatchSummary).pairs;
    const all = await pairs();
    const narrow = await pairs("--text-fields", "ProductName");
    assert(narrow.fuzzy === 0 && narrow.found < all.found && narrow.exact > 0);
    assertEquals((await pairs("--fuzzy", "off")).fuzzy, 0);
    const sure = await pairs("--min-score", "1");
    assertEquals([sure.exact, sure.folded, sure.fuzzy], [all.exact, 0, 0]);
  });
});

Deno.test("match() takes other names of columns and another delimiter", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/menus.csv`, "Dish;Card;Text\nCoca-Cola;7;x\n");
    await Deno.writeTextFile(`${folder}/terms.csv`, "Name;Id\nCoca-Cola;t1\n");
    const columns = {
      "id-field": "Card",
      "text-fields": "Dish,Text",
      "term-id-field": "Id",
      "term-field": "Name",
    };
    const { status, stderr } = await call(flags(folder, { ...columns, "csv-delimiter": "semicolon" }));
    assertEquals(status, 0, stderr);
    assertEquals(
      await Deno.readTextFile(`${folder}/out.csv`),
      "menu_id,term_id,score,matched,kind\n7,t1,1,Coca-Cola,exact\n",
    );
  });
});

Deno.test("match() writes the same pairs to SQLite, once however often it runs", async () => {
  await inFolder(async (folder) => {
    await call(flags(folder));
    const args = [...flags(folder, { to: `sqlite:${folder}/m.db` }), "--json"];
    const first = await call(args);
    const pairs = pairsOf(`${folder}/out.csv`).map((pair) => ({ ...pair }));
    assertEquals([first.status, JSON.parse(first.stdout).pairs.new], [0, pairs.length]);
    assertEquals(sqlitePairs(`${folder}/m.db`), pairs);
    const second = await call(args);
    assertEquals([second.status, JSON.parse(second.stdout).pairs.new], [0, 0]);
    assertEquals(sqlitePairs(`${folder}/m.db`), pairs);
  });
});

Deno.test("match() sets bad rows aside, and says so by its status", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/menus.csv`, menusCsv(10, { hasBadRows: true }));
    const { status, stderr } = await call(flags(folder));
    assertEquals(status, 3);
    assertStringIncludes(
      stderr,
      "rows:     10 in, 8 matched, 2 rejected (1 ragged_row, 1 missing_key_field)",
    );
    const rejects = (await Deno.readTextFile(`${folder}/out.rejects.jsonl`)).trimEnd().split("\n")
      .map((line) => JSON.parse(line));
    assertEquals(rejects.map(({ line, reason, text }) => [line, reason, text]), [
      [5, "ragged_row", "7,too few"],
      [6, "missing_key_field", ',"no id",x'],
    ]);
    assertMatch(rejects[0].object, /^file:.*\/menus\.csv$/);
    const allowed = await call([...flags(folder), "--allow-rejects", "--quiet"]);
    assertEquals(allowed, { status: 0, stdout: "", stderr: "" });
    assertEquals((await call(flags(folder, { to: `sqlite:${folder}/m.db` }))).status, 3);
    assertEquals(sqlite(`${folder}/m.db`, "SELECT line, reason FROM match_rejects"), [
      { line: "5", reason: "ragged_row" },
      { line: "6", reason: "missing_key_field" },
    ]);
  });
});

Deno.test("match() takes terms of an id that comes again for spellings of one term", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/terms.csv`, `${terms}1,Coca-Cola\n1,Fanta\n9,!!!\n,x\n`);
    const { status, stdout } = await call([...flags(folder), "--json"]);
    const summary: MatchSummary = JSON.parse(stdout);
    assertEquals([status, summary.terms], [3, { read: 5, spellings: 6, rejected: 1, unusable: 1 }]);
    assertEquals(summary.rejects, { missing_key_field: 1 });
  });
});

Deno.test("match() takes the CSV files of a folder, gzip too, and continues after one that fails", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/in/sub`, { recursive: true });
    await Deno.writeTextFile(`${folder}/in/a.csv`, menusCsv(6));
    await Deno.writeFile(`${folder}/in/sub/b.csv.gz`, gzipSync(menusCsv(12)));
    await Deno.writeTextFile(`${folder}/in/c.txt`, "no CSV");
    await Deno.writeTextFile(`${folder}/in/old.csv`, "no menus\n");
    const from = { from: `${folder}/in` };
    const some = await call([
      ...flags(folder, { ...from, to: `sqlite:${folder}/m.db` }),
      "--json",
      "--exclude",
      "old*",
    ]);
    const { objects, rows }: MatchSummary = JSON.parse(some.stdout);
    assertEquals([some.status, rows.in, objects], [0, 18, { found: 4, done: 2, failed: 0, ignored: 2 }]);

    const all = await call([...flags(folder, from), "--json"]);
    assertEquals([all.status, JSON.parse(all.stdout).objects], [1, {
      found: 4,
      done: 2,
      failed: 1,
      ignored: 1,
    }]);
    assertMatch(
      all.stderr,
      /Cannot match file:.*old\.csv: there is no column MenuId and no column ProductName/,
    );
    // What is not whole does not take the place of anything.
    const written = Array.from(Deno.readDirSync(folder), ({ name }) => name).filter((name) =>
      /^\.|^out/.test(name)
    );
    assertEquals(written, []);

    const none = await call([...flags(folder, from), "--include", "none*"]);
    assertEquals(none.status, 4);
    assertStringIncludes(none.stderr, "NOTHING TO DO: of 4 objects in file:");
  });
});

/** An S3 with an empty bucket `menus`, as the environment names it. */
async function withS3(work: (s3: FakeS3) => Promise<void>): Promise<void> {
  await using s3 = await FakeS3.start({ buckets: ["menus"] });
  using _ = await awsEnvironment(s3.environment);
  await work(s3);
}

Deno.test("match() reads menus and terms from S3, gzip too, and resumes where a connection is cut", async () => {
  await withS3((s3) =>
    inFolder(async (folder) => {
      const long = menusCsv(20_000), { length } = new TextEncoder().encode(long);
      s3.put("menus", "in/a.csv", long);
      s3.put("menus", "in/b.csv.gz", gzipSync(menusCsv(6)));
      s3.put("menus", "in/c.jsonl", "{}");
      s3.put("menus", "in/d.csv", menusCsv(12));
      s3.put("menus", "terms.csv.gz", gzipSync(terms));
      const run = async (from: string, db: string, more: Record<string, string> = {}) => {
        const to = `sqlite:${folder}/${db}.db`;
        const args = flags(folder, { from, terms: "s3://menus/terms.csv.gz", to, ...more });
        const { status, stdout, stderr } = await call([...args, "--json"]);
        assertEquals(status, 0, stderr);
        const { objects, rows }: MatchSummary = JSON.parse(stdout);
        return [objects.done, objects.ignored, rows.in];
      };
      assertEquals(await run("s3://menus/in/", "whole"), [3, 1, 20_018]);
      assertEquals(await run("s3://menus/in/b.csv.gz", "one"), [1, 0, 6]);
      const cut = s3.fault({ operation: "GetObject", key: "in/a.csv" }, {
        cutAfterBytes: length / 2 | 0,
      });
      assertEquals(await run("s3://menus/in/", "cut"), [3, 1, 20_018]);
      assertEquals(cut.left, 0);
      const start = long.indexOf("\n1001,") + 1;
      assertEquals(await run("s3://menus/in/a.csv", "part", { range: `${start}-${length}` }), [
        1,
        0,
        19_999,
      ]);
      const [whole, afterCut] = ["whole", "cut"].map((db) => sqlitePairs(`${folder}/${db}.db`));
      assert(whole!.length > 10);
      assertEquals(afterCut, whole);
    })
  );
});

Deno.test("match() does not keep objects back for one that S3 does not have any more, and takes that up again", async () => {
  await withS3((s3) =>
    inFolder(async (folder) => {
      for (const name of ["a", "b", "c"]) {
        s3.put("menus", `in/${name}.csv`, `MenuId,ProductName,ProductDescription\n${name},Coca-Cola,\n`);
      }
      s3.fault({ operation: "GetObject", key: "in/b.csv" }, { status: 404, code: "NoSuchKey" });
      const args = flags(folder, { from: "s3://menus/in/", to: `sqlite:${folder}/m.db` });
      const menus = () => sqlitePairs(`${folder}/m.db`).map(({ menu_id }) => menu_id);
      const first = await call([...args, "--json"]);
      const { objects }: MatchSummary = JSON.parse(first.stdout);
      assertEquals([first.status, objects], [1, { found: 3, done: 2, failed: 1, ignored: 0 }]);
      assertMatch(first.stderr, /^Cannot match s3:\/\/menus\/in\/b\.csv: ./m);
      assertEquals(menus(), ["a", "c"]);
      assertEquals((await call(args)).status, 0);
      assertEquals(menus(), ["a", "b", "c"]);
    })
  );
});

Deno.test("match() writes over nothing that it reads", async () => {
  await inFolder(async (folder) => {
    const before = await Deno.readTextFile(`${folder}/menus.csv`);
    await Deno.symlink(`${folder}/menus.csv`, `${folder}/link.csv`);
    const refused: Record<string, string>[] = [
      { to: `${folder}/menus.csv` },
      { to: `${folder}/terms.csv` },
      { to: `${folder}/link.csv` },
      { from: folder },
      { from: `file:${folder}/menus.csv`, to: `${folder}/menus.csv` },
    ];
    for (const changes of refused) {
      const { status, stderr } = await call(flags(folder, changes));
      assertEquals(status, 1);
      assertMatch(
        stderr,
        /^sluice: Cannot write matches to .*\.csv: it is, or lies in, .*, which is read\n$/,
      );
    }
    assertEquals(await Deno.readTextFile(`${folder}/menus.csv`), before);
    assertEquals((await call(flags(folder, { to: `${folder}/menus.csv.out.csv` }))).status, 0);
  });
});

Deno.test("match() of all chunks apart finds the pairs and rejects of the whole", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/menus.csv`, menusCsv(90, { hasBadRows: true }));
    await call(flags(folder, { to: `sqlite:${folder}/whole.db` }));
    const { readable } = await Deno.open(`${folder}/menus.csv`);
    const chunks = await Array.fromAsync(csvChunks(readable, { chunkBytes: 500, maxLineBytes: 1_000 }));
    assert(chunks.length > 4);
    for (const [i, { start, end, firstLine }] of chunks.toReversed().entries()) {
      const range = i % 2 === 0 ? `${start}-${end}` : `${start}-${end}@${firstLine}`;
      const args = flags(folder, { to: `sqlite:${folder}/parts.db`, range });
      const { status, stderr } = await call([...args, "--allow-rejects"]);
      assertEquals(status, 0, stderr);
    }
    assertEquals(sqlitePairs(`${folder}/parts.db`), sqlitePairs(`${folder}/whole.db`));
    const [parts, whole] = ["parts", "whole"].map((name) =>
      sqlite(`${folder}/${name}.db`, "SELECT * FROM match_rejects")
    );
    assertEquals(parts, whole);
  });
});

Deno.test("match() keeps what it has written when it is stopped", async () => {
  await inFolder(async (folder) => {
    const stopped = new AbortController();
    const args = flags(folder, { to: `sqlite:${folder}/m.db` });
    const running = call(args, { signal: stopped.signal });
    setTimeout(() => stopped.abort(new Stop("SIGTERM")), 30);
    const { status, stderr } = await running;
    assertEquals(status, 143);
    assertStringIncludes(stderr, "topped by ");
    assertEquals((await call(args)).status, 0);
    await call(flags(folder));
    assertEquals(sqlitePairs(`${folder}/m.db`).length, pairsOf(`${folder}/out.csv`).length);
  }, 60_000);
});

Deno.test("match() takes its table from the environment, where a password may stand", async () => {
  await inFolder(async (folder) => {
    const args = ["--from", `${folder}/menus.csv`, "--terms", `${folder}/terms.csv`];
    const env = { SLUICE_MATCHES_TO: `sqlite:${folder}/env.db`, SLUICE_TO: "s3://not/meant/" };
    assertEquals((await call(args, { env })).status, 0);
    assert(sqlitePairs(`${folder}/env.db`).length > 0);
  });
});

Deno.test("match() of several processes at once writes each pair once to one SQLite file, and as many to CSV", async () => {
  await inFolder(async (folder) => {
    const args = flags(folder, { to: `sqlite:${folder}/m.db` });
    const ended = await Promise.all(
      [args, args, flags(folder)].map((args) => startSluice(["match", ...args]).ended),
    );
    assertEquals(ended.map(({ status, stderr }) => status === 0 ? "" : stderr), ["", "", ""]);
    assertEquals(sqlitePairs(`${folder}/m.db`), pairsOf(`${folder}/out.csv`).map((pair) => ({ ...pair })));
  }, 20_000);
});
