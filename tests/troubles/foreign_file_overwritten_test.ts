import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert/mod.js";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { until } from "../until.ts";
import { record, Scene } from "../errors/scene.ts";
import { PostgresServer } from "../fakes/postgres_server.ts";

const foreign = "a file of that name is there that Sluice did not write";
const wayOut = "move it, choose another --to, or use --overwrite";
const mine = '{"mine":1}\n';

/** Objects `a` and `b`, and a file of somebody else where the output of `a` would go. */
async function begin() {
  const scene = await Scene.create();
  scene.write("in/b.jsonl", record("x"));
  const output = scene.write("out/a.jsonl", mine);
  return {
    scene,
    output,
    folder: scene.folder,
    read: (name: string) => Deno.readTextFileSync(`${scene.folder}/${name}`),
    [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose](),
  };
}

Deno.test("run keeps a file that it did not write, asks nothing about its object, and does the others", async () => {
  await using it = await begin();
  const model = await it.scene.model();
  it.scene.write("in/b.jsonl", record("y"));
  const flags = { model: model.url, "model-calls-per-second": "1000" };
  const { status, text } = await it.scene.run(flags);
  assertEquals(status, 1);
  assertStringIncludes(
    text,
    `Cannot finish file://${it.folder}/in/a.jsonl: Cannot write ${`file://${it.output}`}: `,
  );
  assertStringIncludes(text, `${foreign}, or that was changed since, or whose mark is lost (marks are in `);
  assertStringIncludes(text, `${it.folder}/out/.sluice-manifest.db): ${wayOut}`);
  assertEquals(it.read("out/a.jsonl"), mine);
  assertEquals(it.read("out/b.jsonl").length > record("y").length, true);
  const asked = model.calls.flatMap(({ questions }) => questions.map(({ title }) => title));
  assertEquals(asked, ["y"]);
  // The next run says so again, also with --force; --overwrite replaces the file.
  assertEquals((await it.scene.run(flags)).status, 1);
  assertEquals((await it.scene.sluice(["run", "--force", ...args(it.folder, "run")])).status, 1);
  assertEquals(it.read("out/a.jsonl"), mine);
  const { figures } = await it.scene.figures(["run", "--overwrite", ...args(it.folder, "run")]);
  assertEquals([figures.objects.done, figures.objects.skipped, figures.objects.failed], [1, 1, 0]);
  assertStringIncludes(it.read("out/a.jsonl"), '"seniority":');
  // From then on it is an output like any other.
  assertEquals((await it.scene.figures(["run", ...args(it.folder, "run")])).figures.objects.skipped, 2);
});

for (const [ending, compress] of [["gz", gzipSync], ["zst", zstdCompressSync]] as const) {
  Deno.test(`run replaces its own rejects of .${ending} sources, and replay reads them`, async () => {
    await using scene = await Scene.create();
    scene.write(`in/c.jsonl.${ending}`, new Uint8Array(compress(record("x") + "no json\n")));
    assertEquals((await scene.run()).status, 3);
    const { status, stderr, stdout } = await scene.streams([
      "replay",
      "--dry-run",
      ...args(scene.folder, "run"),
    ]);
    assertEquals(status, 3, stderr);
    assertStringIncludes(stdout, `c.jsonl.${ending}: 1 reject (1 invalid_json)`);
    scene.write(`in/c.jsonl.${ending}`, new Uint8Array(compress(record("y") + "no json either\n")));
    const again = await scene.run();
    assertEquals(again.status, 3, again.text);
  });
}

Deno.test("run replaces its own outputs when the source or the recipe is another one", async () => {
  await using it = await begin();
  Deno.removeSync(it.output);
  assertEquals((await it.scene.run()).status, 0);
  it.scene.write("in/a.jsonl", record("x") + record("y"));
  assertEquals((await it.scene.run()).status, 0);
  assertEquals(it.read("out/a.jsonl").trimEnd().split("\n").length, 2);
  assertEquals((await it.scene.run({ "model-version": "2" })).status, 0);
});

Deno.test("run keeps an output that was changed by hand, or lost its mark", async () => {
  await using it = await begin();
  Deno.removeSync(it.output);
  await it.scene.run();
  it.scene.write("out/a.jsonl", mine.repeat(3));
  const changed = await it.scene.run();
  assertEquals(changed.status, 1);
  assertEquals(it.read("out/a.jsonl"), mine.repeat(3));
  Deno.removeSync(`${it.folder}/out/.sluice-manifest.db`);
  const lost = await it.scene.run();
  assertEquals([lost.status, lost.text.split(foreign).length - 1], [1, 2]);
  assertEquals(
    (await it.scene.sluice(["run", "--quiet", "--overwrite", ...args(it.folder, "run")])).status,
    0,
  );
});

Deno.test("run replaces the outputs of a folder that was copied with its marks", async () => {
  await using it = await begin();
  Deno.removeSync(it.output);
  await it.scene.run();
  for (const name of ["a.jsonl", "b.jsonl", ".sluice-manifest.db"]) {
    const [from, to] = [`${it.folder}/out/${name}`, `${it.folder}/copy/${name}`];
    Deno.mkdirSync(`${it.folder}/copy`, { recursive: true });
    Deno.copyFileSync(from, to);
    const { atime, mtime } = Deno.statSync(from);
    Deno.utimeSync(to, atime!, mtime!);
  }
  const { status } = await it.scene.run({ to: `${it.folder}/copy` });
  assertEquals(status, 0);
});

Deno.test("run keeps what it did not write under _rejects/, and replaces its own", async () => {
  await using it = await begin();
  Deno.removeSync(it.output);
  it.scene.write("out/_rejects/a.jsonl", mine);
  it.scene.write("in/c.jsonl.gz", new Uint8Array(gzipSync(record("x"))));
  it.scene.write(
    "out/_rejects/c.jsonl.gz",
    new Uint8Array(gzipSync('{"object":"c","line":1,"reason":"x"}\n')),
  );
  const { status, text } = await it.scene.run();
  assertEquals(status, 1);
  assertStringIncludes(text, `Cannot write file://${it.folder}/out/_rejects/a.jsonl: ${foreign}: ${wayOut}`);
  assertEquals(text.split(foreign).length, 2);
  assertEquals(it.read("out/_rejects/a.jsonl"), mine);
  const names = [...Deno.readDirSync(`${it.folder}/out`)].map(({ name }) => name).filter((name) =>
    /^[a-z]/.test(name)
  );
  assertEquals(names.sort(), ["b.jsonl", "c.jsonl.gz"]);
});

Deno.test("run keeps an object in S3 that it did not write", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  s3.put("mod", "out/a.jsonl", mine);
  const flags = { from: "s3://raw/in/", to: "s3://mod/out/" };
  const { status, text } = await scene.run(flags);
  assertEquals(status, 1);
  assertStringIncludes(
    text,
    `Cannot write s3://mod/out/a.jsonl: ${foreign}, or that was changed since, or whose mark is lost (marks are in ` +
      `the metadata of objects): ${wayOut}`,
  );
  assertEquals(await s3.text("mod", "out/a.jsonl"), mine);
});

Deno.test("watch says once that a file is in the way, and does the others", async () => {
  await using it = await begin();
  let end = () => {};
  const stop = new Promise<void>((resolve) => end = resolve);
  const watching = it.scene.sluice(
    ["watch", ...args(it.folder, "watch"), "--every", "1s", "--log-format", "text"],
    { stop },
  );
  const isThere = (name: string) => Deno.stat(`${it.folder}/out/${name}`).then(() => true, () => false);
  await until(() => isThere("b.jsonl"));
  // It looks at the first one again meanwhile.
  it.scene.write("in/c.jsonl", record("x"));
  await until(() => isThere("c.jsonl"));
  end();
  const { text } = await watching;
  assertEquals(text.split(foreign).length, 2, text);
  assertEquals(it.read("out/a.jsonl"), mine);
});

Deno.test("check counts the files at the destination that Sluice did not write", async () => {
  await using it = await begin();
  const { stdout } = await it.scene.streams(["check", ...args(it.folder, "check")]);
  assertMatch(
    stdout,
    /^ok +destination .*; 1 of the first 1 was not written by Sluice, as a\.jsonl: a run does not replace it without --overwrite/m,
  );
});

Deno.test("match keeps a CSV file, and one of rejects, that it did not write", async () => {
  await using scene = await Scene.create();
  const { folder } = scene;
  const menus = scene.write("menus.csv", "id,text\n1,Cola\n");
  const terms = scene.write("terms.csv", "id,term\n1,Cola\n");
  const match = (...more: string[]) =>
    scene.sluice([
      ...["match", "--quiet", "--from", menus, "--terms", terms, "--to", `${folder}/pairs.csv`],
      ...[
        "--id-field",
        "id",
        "--text-fields",
        "text",
        "--term-id-field",
        "id",
        "--term-field",
        "term",
        ...more,
      ],
    ]);
  const notes = scene.write("pairs.csv", "my,notes\n");
  const refused = await match();
  assertEquals(refused, { status: 1, text: `sluice: Cannot write ${notes}: ${foreign}: ${wayOut}` });
  assertEquals(Deno.readTextFileSync(notes), "my,notes\n");
  assertEquals(await match("--overwrite"), { status: 0, text: "" });
  // Its own pairs are replaced without a word, and so are its rejects.
  scene.write("pairs.rejects.jsonl", '{"object":"file:///x","line":1,"reason":"ragged_row","text":"x"}\n');
  assertEquals(await match(), { status: 0, text: "" });
  const rejects = scene.write("pairs.rejects.jsonl", mine);
  assertEquals(await match(), { status: 1, text: `sluice: Cannot write ${rejects}: ${foreign}: ${wayOut}` });
  assertEquals(Deno.readTextFileSync(rejects), mine);
});

Deno.test("report keeps a file that is no report, and replaces reports of every form", async () => {
  await using it = await begin();
  Deno.removeSync(it.output);
  await it.scene.run();
  for (const name of ["r.html", "r.csv", "r.json", "r.txt"]) {
    const to = it.scene.write(name, mine);
    const flags = ["report", "--quiet", "--from", `${it.folder}/out`, "--by", "company,title", "--to", to];
    const refused = await it.scene.sluice(flags);
    assertEquals(refused, { status: 1, text: `sluice: Cannot write ${to}: ${foreign}: ${wayOut}` });
    assertEquals(it.read(name), mine);
    assertEquals((await it.scene.sluice([...flags, "--overwrite"])).status, 0);
    assertEquals((await it.scene.sluice(flags)).status, 0, name);
    assertEquals(it.read(name) === mine, false);
  }
});

Deno.test("sample keeps a file that is no sample, and replaces samples", async () => {
  await using scene = await Scene.create();
  const sample = (...more: string[]) =>
    scene.sluice([
      ...["sample", "--to", `${scene.folder}/raw`, "--records", "500", "--per-object", "250", ...more],
    ]);
  for (const seed of ["1", "2", "3", "4", "5"]) assertEquals((await sample("--seed", seed)).status, 0);
  // Real postings look much like them.
  const real =
    '{"company":"Acme","title":"CEO","location":"x","scraped_on":1,"url":"https://jobs.acme.com/1"}\n';
  const name = scene.write("raw/1767225674.jsonl", real);
  const { status, text } = await sample();
  assertEquals([status, text], [1, `sluice: Cannot write file://${name}: ${foreign}: ${wayOut}`]);
  assertEquals(Deno.readTextFileSync(name), real);
  assertEquals((await sample("--overwrite")).status, 0);
});

Deno.test("run leaves tables of PostgreSQL alone that are not for it, and asks nothing", async () => {
  const started = await PostgresServer.start();
  if (typeof started === "string") return console.log(`not run: ${started}`);
  await using server = started;
  await using scene = await Scene.create();
  const model = await scene.model();
  const database = await server.createDatabase();
  await server.sql(
    database,
    "create table mine (company text, title text); insert into mine values ('a', 'b'); " +
      "create table t_objects (what text); insert into t_objects values ('x')",
  );
  const to = { to: server.url(database), model: model.url, "model-calls-per-second": "1000" };
  const rows = await scene.run({ ...to, table: "mine" });
  assertEquals(rows.status, 1);
  assertStringIncludes(rows.text, "Cannot use table mine: it has no column sluice_object of type text");
  const objects = await scene.run({ ...to, table: "t" });
  assertEquals(objects.status, 1);
  assertStringIncludes(objects.text, "t_objects is there and is no table of Sluice (");
  assertStringIncludes(objects.text, "): choose another --table");
  assertEquals(model.stats().questions, 0);
  assertEquals(await server.sql(database, "select * from mine; select * from t_objects"), "a|b\nx");
});

Deno.test("run moves a file aside that --ledger names and that is no ledger", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  assertEquals(s3.keys("mod"), []);
  const notes = scene.write("state/notes.txt", "my notes\n".repeat(200));
  const { status, text } = await scene.run({ from: "s3://raw/in/", to: "s3://mod/out/", ledger: notes });
  assertEquals(status, 0);
  assertMatch(
    text,
    /Continuing with a new ledger: \S+notes\.txt is damaged, or no ledger, and was moved to \S+notes\.txt\.unusable-[0-9a-f]{8}/,
  );
  const moved = [...Deno.readDirSync(`${scene.folder}/state`)].find(({ name }) =>
    name.includes(".unusable-")
  )!;
  assertEquals(Deno.readTextFileSync(`${scene.folder}/state/${moved.name}`), "my notes\n".repeat(200));
});

/** The ordinary settings of a command over the folders of a scene. */
function args(folder: string, command: "run" | "watch" | "check"): string[] {
  return [
    ...["--from", `${folder}/in`, "--to", `${folder}/out`, "--model", "reference:", "--cache", "none:"],
    ...["--ledger", `${folder}/state/ledger.db`],
    ...command === "watch" ? ["--listen", "127.0.0.1:0"] : [],
  ];
}
