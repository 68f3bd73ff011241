import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { parse } from "csv-parse/sync";
import { CsvMatchTable, rejectsPathOf } from "../../../lib/menus/tables/csv_match_table.ts";
import type { MatchRow } from "../../../lib/menus/tables/match_table.ts";
import { rejected, row, testMatchTable, type TestTable } from "./match_table_conformance.ts";

const { signal } = new AbortController();

async function open(): Promise<TestTable & { folder: string }> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/new/out.csv`;
  const table = new CsvMatchTable(path);
  return {
    table,
    folder,
    isKept: false,
    again: () => Promise.resolve(new CsvMatchTable(path)),
    rows: async () => {
      const records = parse(await Deno.readTextFile(path), { columns: true }) as Record<string, string>[];
      return records.map(({ menu_id, term_id, score, matched, kind }) =>
        ({ menuId: menu_id, termId: term_id, score: Number(score), matched, kind }) as MatchRow
      );
    },
    rejects: async () => {
      const lines = (await Deno.readTextFile(`${folder}/new/out.rejects.jsonl`)).trimEnd().split("\n");
      return lines.map((line) => JSON.parse(line)).map((
        { object, line, reason, text },
      ) => [object, line, reason, text]);
    },
    async close() {
      await table.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

testMatchTable("CsvMatchTable()", open, { runs: 15 });

Deno.test("CsvMatchTable() writes pairs by menu and term, in quotes where they are wanted", async () => {
  const opened = await open();
  try {
    await opened.table.write([
      row("2", "a"),
      row("10", "b", { matched: 'a "b"' }),
      row("10", "a", { score: 0.8 }),
    ], signal);
    await opened.table.finish(signal);
    assertEquals(
      await Deno.readTextFile(`${opened.folder}/new/out.csv`),
      "menu_id,term_id,score,matched,kind\n10,a,0.8,Coca-Cola,exact\n" +
        '10,b,1,"a ""b""",exact\n2,a,1,Coca-Cola,exact\n',
    );
  } finally {
    await opened.close();
  }
});

Deno.test("CsvMatchTable() leaves files as they were until all is written", async () => {
  const opened = await open();
  const { folder, table } = opened;
  try {
    await Deno.mkdir(`${folder}/new`);
    await Deno.writeTextFile(`${folder}/new/out.csv`, "old");
    await Deno.writeTextFile(`${folder}/new/out.rejects.jsonl`, "old");
    await table.write([row("1", "a")], signal);
    await table.reject([rejected(2)], signal);
    await table.close();
    const names = Array.from(Deno.readDirSync(`${folder}/new`), ({ name }) => name).sort();
    assertEquals(names, ["out.csv", "out.rejects.jsonl"]);
    assertEquals(await Deno.readTextFile(`${folder}/new/out.csv`), "old");
    assertEquals(await Deno.readTextFile(`${folder}/new/out.rejects.jsonl`), "old");

    const second = new CsvMatchTable(`${folder}/new/out.csv`);
    await second.finish(signal);
    await second.close();
    assertEquals(Array.from(Deno.readDirSync(`${folder}/new`), ({ name }) => name), ["out.csv"]);
    assertEquals(await Deno.readTextFile(`${folder}/new/out.csv`), "menu_id,term_id,score,matched,kind\n");
  } finally {
    await opened.close();
  }
});

Deno.test("CsvMatchTable() says which file cannot be written", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/file`, "");
  const table = new CsvMatchTable(`${folder}/file/out.csv`);
  try {
    await assertRejects(() => table.finish(signal), Error, `Cannot write ${folder}/file/out.csv: `);
  } finally {
    await table.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("rejectsPathOf() names the file beside a CSV file", () => {
  assertEquals(rejectsPathOf("/a/out.csv"), "/a/out.rejects.jsonl");
  assertEquals(rejectsPathOf("/a/OUT.CSV"), "/a/OUT.rejects.jsonl");
});

Deno.test("CsvMatchTable() leaves the file as it was over a full disk, and writes it whole in a second run", async (test) => {
  const folder = await Deno.makeTempDir();
  const mount = (...args: string[]) =>
    new Deno.Command("mount", { args }).output().catch(() => ({ success: false }));
  const mounted = await mount("-t", "tmpfs", "-o", "size=256k", "tmpfs", folder);
  try {
    await test.step({
      name: mounted.success ? "on a small file system" : "skipped: no file system can be mounted here",
      ignore: !mounted.success,
      fn: async () => {
        const path = `${folder}/out.csv`;
        await Deno.writeTextFile(path, "old");
        const pairs = Array.from({ length: 5_000 }, (_, i) => row(`${i}`, "a", { matched: "x".repeat(100) }));
        const writeAll = async () => {
          const table = new CsvMatchTable(path);
          try {
            await table.write(pairs, signal);
            await table.finish(signal);
          } finally {
            await table.close();
          }
        };
        await assertRejects(writeAll, Error, `Cannot write ${path}: ENOSPC`);
        assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["out.csv"]);
        assertEquals(await Deno.readTextFile(path), "old");
        await mount("-o", "remount,size=16m", folder);
        await writeAll();
        assertEquals((await Deno.readTextFile(path)).split("\n").length, pairs.length + 2);
      },
    });
  } finally {
    if (mounted.success) await new Deno.Command("umount", { args: [folder] }).output();
    await Deno.remove(folder, { recursive: true });
  }
});
