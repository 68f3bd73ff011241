import { csvChunks } from "../../lib/records/csv/csv_chunks.ts";
import { openObject } from "../../lib/stores/open_object.ts";
import { CsvMatchTable } from "../../lib/menus/tables/csv_match_table.ts";
import { PostgresServer } from "../fakes/postgres_server.ts";
import { OpenBody, Serving } from "../service/serving.ts";
import { type ErrorText, type ErrorTexts, failureOf } from "./error_text.ts";
import type { Scene } from "./scene.ts";

const menus = "MenuId,ProductName,ProductDescription\n";
const { signal } = new AbortController();

/** One server for all texts; it is gone with the process. */
const started = await PostgresServer.start();
const server = typeof started === "string" ? undefined : started;
const missing = typeof started === "string" ? started : undefined;
if (server !== undefined) globalThis.addEventListener("unload", () => server.killNow());

type Flags = Readonly<Record<string, string>>;

/** `sluice match` of one row with one term, which fails. */
function match(
  when: string,
  text: string,
  flags: (scene: Scene) => Promise<Flags> | Flags,
  { status = 1, missing, stop }: Pick<ErrorText, "status" | "missing"> & {
    readonly stop?: (scene: Scene) => Promise<unknown>;
  } = {},
): ErrorText {
  return {
    when,
    text,
    status,
    missing,
    async provoke(scene) {
      const from = scene.write("menus.csv", `${menus}7,Coca-Cola,\n`);
      const terms = scene.write("terms.csv", "TermId,Term\n1,Coca-Cola\n");
      const all = { from, terms, to: `sqlite:${scene.folder}/m.db`, ...await flags(scene) };
      const args = [
        "match",
        "--quiet",
        ...Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]),
      ];
      return await scene.sluice(args, { stop: stop?.(scene) });
    },
  };
}

/** Resolves when there is a file. */
async function written(path: string): Promise<void> {
  while (await Deno.stat(path).then(() => false, () => true)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A database of PostgreSQL for matches, made ready by statements. */
async function postgres(scene: Scene, statements?: string): Promise<Flags> {
  const database = await server!.createDatabase();
  scene.hide(`${server!.port}`, "<PORT>");
  scene.hide(database, "<DB>");
  if (statements !== undefined) await server!.sql(database, statements);
  return { to: server!.url(database) };
}

const matches = "matches (menu_id TEXT, term_id TEXT, score REAL, matched TEXT, kind TEXT";

/** A SQLite file that refuses some pairs. */
async function sqliteWithout(scene: Scene, refused: string): Promise<string> {
  const { DatabaseSync } = await import("node:sqlite");
  using database = new DatabaseSync(`${scene.folder}/full.db`);
  database.exec(
    `CREATE TABLE ${matches}, PRIMARY KEY (menu_id, term_id));
     CREATE TRIGGER full BEFORE INSERT ON matches WHEN ${refused} BEGIN SELECT RAISE(ABORT, 'on demand'); END`,
  );
  return `sqlite:${scene.folder}/full.db`;
}

export const matchTexts: ErrorTexts = {
  name: "sluice match",
  rows: [
    match(
      "menus without the columns",
      "Cannot match file://<DIR>/menus.csv: there is no column Text; its columns are MenuId, ProductName, ProductDescription",
      () => ({ "text-fields": "Text" }),
    ),
    match(
      "names of columns with none among them",
      'sluice: Cannot set textFields by --text-fields: must be names of columns, with commas between them, not "A,"',
      () => ({ "text-fields": "A," }),
      { status: 2 },
    ),
    match(
      "an invalid range",
      'sluice: Cannot set range by --range: must be START-END, or START-END@LINE, in bytes of the object, as csvChunks() returns them, not "9"',
      () => ({ range: "9" }),
      { status: 2 },
    ),
    match(
      "a range that begins in the header row",
      "Cannot match file://<DIR>/menus.csv: its header row ends at byte 38, no record begins at 5",
      () => ({ range: "5-52" }),
    ),
    match(
      "a range that begins in a record",
      "Cannot match file://<DIR>/menus.csv: no record begins at byte 40",
      () => ({ range: "40-51@2" }),
    ),
    match(
      "a range that ends in a record",
      "Cannot match file://<DIR>/menus.csv: no record ends at byte 45",
      () => ({ range: "38-45@2" }),
    ),
    match(
      "a range behind the end",
      "Cannot match file://<DIR>/menus.csv: it has 51 bytes, no record ends at byte 99",
      () => ({ range: "38-99@2" }),
    ),
    match(
      "a range of compressed menus",
      "Cannot match file://<DIR>/m/menus.csv.gz: it is compressed, a range of it cannot be read by itself",
      (scene) => ({ from: scene.write("m/menus.csv.gz", "x"), range: "1-2" }),
    ),
    match(
      "a range of several objects",
      "Cannot match file://<DIR>/m/b.csv: range is of one object; name it by from",
      (scene) => {
        for (const name of ["a", "b"]) scene.write(`m/${name}.csv`, `${menus}7,Rum,\n`);
        return { from: `${scene.folder}/m`, range: "38-45@2" };
      },
    ),
    match(
      "an empty folder",
      "NOTHING TO DO: there are no objects in file://<DIR>/none/",
      (scene) => {
        Deno.mkdirSync(`${scene.folder}/none`);
        return { from: `${scene.folder}/none` };
      },
      { status: 4 },
    ),
    match(
      "a folder without CSV",
      "NOTHING TO DO: of 1 object in file://<DIR>/in/, none is to be processed: " +
        "1 skipped: a.jsonl (not a CSV file by its name: --format csv takes it)",
      (scene) => ({ from: `${scene.folder}/in` }),
      { status: 4 },
    ),
    match(
      "a signal",
      "Stopped by a signal: what was not written yet is left to the next run",
      (scene) => {
        const line = "7,Coca-Cola,\n";
        return { from: scene.write("many.csv", menus + line.repeat(200_000)) };
      },
      { status: 143, stop: (scene) => written(`${scene.folder}/m.db`) },
    ),
    match(
      "terms that are a folder",
      "sluice: Cannot open <DIR>/in: it is a folder, not a file",
      (scene) => ({ terms: `${scene.folder}/in` }),
    ),
    match(
      "terms that are not there",
      "sluice: Cannot open <DIR>/none.csv: there is no such file",
      (scene) => ({ terms: `${scene.folder}/none.csv` }),
    ),
    match(
      "terms that are a bucket",
      "sluice: Cannot open s3://raw/: it names a bucket, not an object",
      () => ({ terms: "s3://raw/" }),
    ),
    {
      when: "terms in a database",
      text: "Cannot open a database: a file is wanted",
      provoke: () => failureOf(() => openObject("postgres://me:s3cret@host/db", { signal })),
    },
    match(
      "terms without their columns",
      "sluice: Cannot read the terms in file://<DIR>/t.csv: there is no column TermId and no column Term; its columns are a, b",
      (scene) => ({ terms: scene.write("t.csv", "a,b\n1,x\n") }),
    ),
    match(
      "terms cut off",
      "sluice: Cannot read the terms in file://<DIR>/t.csv: gzip ends in the middle of a member, after 3 bytes",
      (scene) => ({ terms: scene.write("t.csv", Uint8Array.of(0x1f, 0x8b, 8)) }),
    ),
    match(
      "no terms",
      "sluice: Cannot read the terms in file://<DIR>/t.csv: it has none",
      (scene) => ({ terms: scene.write("t.csv", "TermId,Term\n") }),
    ),
    match(
      "a CSV file in the folder of the menus",
      "sluice: Cannot write matches to <DIR>/m/out.csv: it is, or lies in, <DIR>/m, which is read",
      (scene) => {
        scene.write("m/a.csv", menus);
        return { from: `${scene.folder}/m`, to: `${scene.folder}/m/out.csv` };
      },
    ),
    match(
      "a CSV file in place of the terms",
      "sluice: Cannot write matches to <DIR>/terms.csv: it is, or lies in, <DIR>/terms.csv, which is read",
      (scene) => ({ to: `${scene.folder}/terms.csv` }),
    ),
    match(
      "a CSV file under a file",
      "sluice: Cannot open <DIR>/in/a.jsonl/out.csv: Not a directory (os error 20): realpath '<DIR>/in/a.jsonl/out.csv'",
      (scene) => ({ to: `${scene.folder}/in/a.jsonl/out.csv` }),
    ),
    {
      when: "a CSV file that cannot be written",
      text: "Cannot write <DIR>/in/a.jsonl/out.csv: EEXIST: file already exists, mkdir '<DIR>/in/a.jsonl'",
      async provoke(scene) {
        const table = new CsvMatchTable(`${scene.folder}/in/a.jsonl/out.csv`);
        return await failureOf(() => table.finish(signal)).finally(() => table.close());
      },
    },
    match(
      "a file that is not SQLite",
      "sluice: Cannot open sqlite:<DIR>/in/a.jsonl: file is not a database",
      (scene) => ({ to: `sqlite:${scene.write("in/a.jsonl", "no database ".repeat(100))}` }),
    ),
    {
      when: "matches of a service in a CSV file",
      text:
        "Cannot write matches to <DIR>/out.csv: a service never ends, and a file is complete only at the end",
      async provoke(scene) {
        const flags = {
          terms: scene.write("terms.csv", "TermId,Term\n1,Rum\n"),
          "matches-to": `${scene.folder}/out.csv`,
        };
        return (await failureOf(() => Serving.start({ flags }))).replace(/^2: /, "");
      },
    },
    {
      when: "a table that fails in the middle of an answer",
      text: "Cannot finish /v1/menus, request 1: Cannot write to sqlite:<DIR>/full.db: on demand",
      async provoke(scene) {
        const to = await sqliteWithout(scene, "new.menu_id = '8'");
        const terms = scene.write("terms.csv", "TermId,Term\n1,Coca-Cola\n");
        await using serving = await Serving.start({ flags: { terms, "matches-to": to } });
        const body = new OpenBody();
        body.send(`${menus}7,Coca-Cola,\n`);
        const headers = { "content-type": "text/csv" };
        const response = await serving.fetch("/v1/menus", { method: "POST", body: body.stream, headers });
        body.send("8,Coca-Cola,\n");
        await response.text().catch(() => {});
        return serving.log.at(-1)!.message;
      },
    },
    {
      when: "chunks of no length",
      text: "Cannot cut CSV into chunks: chunkBytes is 0, not 1 or more",
      provoke: () =>
        failureOf(() =>
          Array.fromAsync(csvChunks(new Blob([menus]).stream(), { chunkBytes: 0, maxLineBytes: 1_000 }))
        ),
    },
    match(
      "a table with other columns",
      "sluice: Cannot open postgres://127.0.0.1:<PORT>/<DB>: its table matches has the columns id, but not menu_id, term_id, score, matched, kind; " +
        "name another database, or give the table another name",
      (scene) => postgres(scene, "CREATE TABLE matches (id int)"),
      { missing },
    ),
    match(
      "a table without the key",
      "sluice: Cannot open postgres://127.0.0.1:<PORT>/<DB>: its table matches is not unique by menu_id and term_id; make an index for it",
      (scene) => postgres(scene, `CREATE TABLE ${matches})`),
      { missing },
    ),
    match(
      "a database that refuses the pairs",
      "Cannot match file://<DIR>/menus.csv: Cannot write to postgres://127.0.0.1:<PORT>/<DB>: " +
        'new row for relation "matches" violates check constraint "matches_check"',
      (scene) =>
        postgres(
          scene,
          `CREATE TABLE ${matches}, PRIMARY KEY (menu_id, term_id), CONSTRAINT matches_check CHECK (score > 2))`,
        ),
      { missing },
    ),
    match(
      "a database that two writers clash in",
      "Retrying to write to postgres://127.0.0.1:<PORT>/<DB>: on demand",
      (scene) =>
        postgres(
          scene,
          `CREATE SEQUENCE tries;
           CREATE TABLE ${matches}, PRIMARY KEY (menu_id, term_id));
           CREATE FUNCTION clash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF nextval('tries') = 1 THEN RAISE 'on demand' USING ERRCODE = '40P01'; END IF;
             RETURN NEW; END $$;
           CREATE TRIGGER clash BEFORE INSERT ON matches FOR EACH ROW EXECUTE FUNCTION clash()`,
        ),
      { missing, status: 0 },
    ),
    match(
      "a SQLite file that refuses the pairs",
      "Cannot match file://<DIR>/menus.csv: Cannot write to sqlite:<DIR>/full.db: on demand",
      async (scene) => ({ to: await sqliteWithout(scene, "true") }),
    ),
  ],
};
