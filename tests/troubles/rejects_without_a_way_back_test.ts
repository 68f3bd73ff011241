import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { record, Scene } from "../errors/scene.ts";
import { PostgresServer } from "../fakes/postgres_server.ts";
import { until } from "../until.ts";

/** What every command takes, with the source and the destination of the scene's folder. */
const flags = (folder: string) => [
  ...["--from", `${folder}/in`, "--to", `${folder}/out`, "--model", "reference:", "--cache", "none:"],
  ...["--ledger", `${folder}/state/ledger.db`],
];

Deno.test("sluice run says which line came first, why and what it is, and where all rejects are", async () => {
  await using scene = await Scene.create();
  scene.write("in/a.jsonl", record("x") + "no json\n[]\n");
  scene.write("in/b.jsonl", "{\n" + record("x"));
  const { status, text } = await scene.sluice(["run", ...flags(scene.folder)]);
  assertEquals(status, 3);
  assertStringIncludes(
    text,
    `rejects:  the first is line 2 of file://${scene.folder}/in/a.jsonl: not JSON (invalid_json): no json\n`,
  );
  assertStringIncludes(
    text,
    `kept:     in file://${scene.folder}/out/_rejects/; once the cause is fixed, sluice replay`,
  );
});

Deno.test("sluice run cuts a long reject with a word, and spells out what terminals act on", async () => {
  await using scene = await Scene.create();
  scene.write("in/a.jsonl", record("x") + `\x1b]0;title\x07${"x".repeat(300_000)}\n`);
  const { figures, text } = await scene.figures(["run", ...flags(scene.folder)]);
  assertStringIncludes(
    text,
    `not JSON (invalid_json): \\u{1b}]0;title\\u{7}${"x".repeat(110)}… (cut: it has 300,010 bytes)\n`,
  );
  assertEquals(figures.firstReject.bytes, 300_010);
  assertEquals(figures.rejectsIn, `file://${scene.folder}/out/_rejects/`);
});

Deno.test("sluice run says how many rejects objects have that were processed earlier", async () => {
  await using scene = await Scene.create();
  scene.write("in/a.jsonl", record("x") + "no json\n".repeat(13));
  scene.write("in/b.jsonl", record("x") + "no json\n");
  assertEquals((await scene.run()).status, 3);
  const { figures, status, text } = await scene.figures(["run", ...flags(scene.folder)]);
  assertEquals(status, 0);
  assertEquals(figures.earlierRejects, { objects: 2, records: 14 });
  assertStringIncludes(
    text,
    "earlier:  2 objects processed earlier have 14 rejects: sluice replay processes them again\n",
  );
});

Deno.test("sluice replay processes what has rejects again, and says what is left", async () => {
  await using scene = await Scene.create();
  const good = record("x");
  scene.write("in/a.jsonl", `${good}{"employer":"Acme","title":"CEO"}\nno json\n`);
  scene.write("in/b.jsonl", good);
  scene.write("in/c.csv", 'company,title\nAcme,CEO\n"Acme,CTO\n');
  assertEquals((await scene.run()).status, 3);
  const untouched = await Deno.stat(`${scene.folder}/out/b.jsonl`);

  // Nothing was fixed: as many rejects as before.
  const again = await scene.sluice(["replay", ...flags(scene.folder)]);
  assertEquals(again.status, 3);
  assertStringIncludes(
    again.text,
    "a.jsonl: 2 rejects before, 2 now (1 missing_key_field, 1 invalid_json)\n",
  );
  assertStringIncludes(again.text, "replay:   2 objects had 3 rejects, 3 are left");

  // One file is fixed in part, the other one as a whole.
  scene.write("in/a.jsonl", `${good}{"company":"Acme","title":"CEO"}\nno json\n`);
  scene.write("in/c.csv", "company,title\nAcme,CEO\nAcme,CTO\n");
  const { figures, status, text } = await scene.figures(["replay", ...flags(scene.folder)]);
  assertEquals(status, 3);
  assertStringIncludes(
    text,
    "a.jsonl: 2 rejects before, 1 now (1 invalid_json); its source was replaced\n",
  );
  assertStringIncludes(text, "c.csv: 1 reject before, 0 now; its source was replaced\n");
  assertStringIncludes(
    text,
    "replay:   2 objects had 3 rejects, 1 is left; objects: 2 with a replaced source\n",
  );
  assertEquals([figures.replay.objects, figures.replay.before, figures.replay.after], [2, 3, 1]);
  assertEquals(await Deno.readTextFile(`${scene.folder}/out/c.csv`).then((csv) => csv.split("\n").length), 4);
  assertEquals(
    (await Deno.stat(`${scene.folder}/out/b.jsonl`)).mtime,
    untouched.mtime,
    "nothing to replay in it",
  );

  scene.write("in/a.jsonl", `${good}{"company":"Acme","title":"CEO"}\n${good}`);
  assertEquals((await scene.sluice(["replay", ...flags(scene.folder)])).status, 0);
  assertEquals([...Deno.readDirSync(`${scene.folder}/out/_rejects`)], []);
  const last = await scene.sluice(["replay", ...flags(scene.folder)]);
  assertEquals(last.status, 0);
  assertStringIncludes(
    last.text,
    `NOTHING TO REPLAY: of 3 outputs in file://${scene.folder}/out/, none has rejects`,
  );
});

Deno.test("sluice replay makes the bytes that a first run with the corrected settings makes", async () => {
  await using scene = await Scene.create();
  const lines = Array.from(
    { length: 60 },
    (_, i) =>
      i % 3 === 0
        ? `{"id":${i},"employer":"B${i}","title":"CTO"}`
        : `{"id":${i},"employer":"E","company":"C","title":"CEO"}`,
  );
  scene.write("in/a.jsonl", lines.join("\r\n"));
  assertEquals((await scene.run()).status, 3);
  const corrected = [...flags(scene.folder), "--company-field", "employer"];
  assertEquals((await scene.sluice(["replay", ...corrected])).status, 0);
  const replayed = await Deno.readFile(`${scene.folder}/out/a.jsonl`);
  const to = `${scene.folder}/fresh`;
  assertEquals((await scene.sluice(["run", ...corrected, "--to", to])).status, 0);
  assertEquals(replayed, await Deno.readFile(`${to}/a.jsonl`));
  // It is done: neither a run nor a replay has anything left to do.
  const { figures } = await scene.figures(["run", ...corrected]);
  assertEquals([figures.objects.done, figures.objects.skipped, figures.earlierRejects], [0, 1, undefined]);
});

Deno.test("sluice replay asks the model again what it refused, and nothing that is in the cache", async () => {
  await using scene = await Scene.create();
  scene.write("in/a.jsonl", ["a", "bad", "b", "bad", "c"].map((title) => record(title)).join(""));
  const cache = ["--cache", `sqlite:${scene.folder}/cache.db`];
  const refusing = await scene.model({ refuse: ({ title }) => title === "bad" });
  const first = await scene.figures(["run", ...flags(scene.folder), ...cache, "--model", refusing.url]);
  assertEquals(first.figures.rejects, { model_refused: 2 });
  const mended = await scene.model();
  const { figures, status } = await scene.figures([
    ...["replay", ...flags(scene.folder), ...cache, "--model", mended.url],
  ]);
  assertEquals([status, figures.records.out, figures.replay.after, figures.keys.asked], [0, 5, 0, 1]);
});

Deno.test("sluice replay says which objects with rejects are not in the source any more", async () => {
  await using scene = await Scene.create();
  scene.write("in/b.jsonl", record("x") + "no json\n");
  assertEquals((await scene.run()).status, 3);
  await Deno.remove(`${scene.folder}/in/b.jsonl`);
  const { figures, status, text } = await scene.figures(["replay", ...flags(scene.folder)]);
  assertEquals(status, 3);
  assertStringIncludes(text, "b.jsonl: 1 reject stays: it is not in the source any more\n");
  assertEquals(figures.replay.outcomes, { processed: 0, failed: 0, gone: 1, left: 0 });
  assertEquals((await scene.sluice(["replay", ...flags(scene.folder), "--allow-rejects"])).status, 0);
  assertEquals((await scene.sluice(["replay", ...flags(scene.folder), "--exclude", "b*"])).status, 0);
});

Deno.test("sluice replay leaves an output as it is where nothing but rejects would come of it", async () => {
  await using scene = await Scene.create();
  scene.write("in/a.jsonl", record("x").repeat(150) + "no json\n");
  assertEquals((await scene.run()).status, 3);
  const before = await Deno.readFile(`${scene.folder}/out/a.jsonl`);
  const wrong = await scene.sluice(["replay", ...flags(scene.folder), "--title-field", "titel"]);
  assertEquals(wrong.status, 1);
  assertStringIncludes(wrong.text, 'lack the field "titel" (found: company, title): set --title-field');
  assertStringIncludes(wrong.text, "a.jsonl: 1 reject stays: it could not be processed\n");
  assertEquals(await Deno.readFile(`${scene.folder}/out/a.jsonl`), before);
  assertStringIncludes(await Deno.readTextFile(`${scene.folder}/out/_rejects/a.jsonl`), "no json");
});

Deno.test("sluice replay --dry-run lists objects, rejects and reasons, and writes nothing", async () => {
  await using scene = await Scene.create();
  scene.write("in/a.jsonl", record("x") + "no json\n[]\n{}\n");
  scene.write("in/b.jsonl", record("x") + "no json\n");
  scene.write("in/c.jsonl", record("x"));
  assertEquals((await scene.run()).status, 3);
  await Deno.remove(`${scene.folder}/in/b.jsonl`);
  const before = await Deno.stat(`${scene.folder}/out/a.jsonl`);
  const dry = ["replay", "--dry-run", ...flags(scene.folder)];
  const { status, stdout } = await scene.streams(dry);
  assertEquals(status, 3);
  assertEquals(
    stdout,
    "a.jsonl: 3 rejects (1 invalid_json, 1 not_an_object, 1 missing_key_field)\n" +
      "b.jsonl: 1 reject (1 invalid_json); it is not in the source any more\n" +
      "replay:   2 objects have 4 rejects (2 invalid_json, 1 not_an_object, 1 missing_key_field); " +
      "objects: 1 not in the source any more\n",
  );
  const { figures } = await scene.figures(dry);
  assertEquals(figures.rejects, { invalid_json: 2, not_an_object: 1, missing_key_field: 1 });
  assertEquals((await Deno.stat(`${scene.folder}/out/a.jsonl`)).mtime, before.mtime);
});

Deno.test("sluice replay --dry-run knows what replay knows: files of any name with --format, sources that are gone", async () => {
  await using scene = await Scene.create();
  scene.write("in/b.log", record("x") + "no json\n");
  scene.write("in/c.jsonl", record("y") + "no json\n");
  const taken = [...flags(scene.folder), "--format", "jsonl"];
  assertEquals((await scene.sluice(["run", ...taken])).status, 3);
  Deno.removeSync(`${scene.folder}/in/c.jsonl`);
  const { status, stdout } = await scene.streams(["replay", "--dry-run", ...taken]);
  assertEquals(status, 3);
  assertEquals(
    stdout,
    "b.log: 1 reject (1 invalid_json)\n" +
      "c.jsonl: 1 reject (1 invalid_json); it is not in the source any more\n" +
      "replay:   2 objects have 2 rejects (2 invalid_json); objects: 1 not in the source any more\n",
  );
});

Deno.test("sluice replay ends with 4 where there are no outputs, and says what a run has left", async () => {
  await using scene = await Scene.create();
  const { status, text } = await scene.sluice(["replay", ...flags(scene.folder)]);
  assertEquals(status, 4);
  assertStringIncludes(
    text,
    `NOTHING TO REPLAY: there are no outputs of Sluice in file://${scene.folder}/out/`,
  );
  assertStringIncludes(text, "1 object has no output: sluice run processes it");
  assertEquals((await scene.sluice(["replay", ...flags(scene.folder), "--allow-empty"])).status, 0);
});

Deno.test("sluice replay ends with 4 where --include matches no output, as a run does", async () => {
  await using scene = await Scene.create();
  scene.write("in/a.jsonl", record("x") + "no json\n");
  await scene.run();
  const replay = (...more: string[]) => scene.figures(["replay", ...flags(scene.folder), ...more]);
  const { figures, status } = await replay("--include", "b*");
  assertEquals([status, figures.replay.included, figures.replay.notSelected], [4, 0, 1]);
  assertEquals((await replay("--include", "b*", "--allow-empty")).status, 0);
  assertEquals((await replay("--exclude", "a*")).status, 0);
});

Deno.test("sluice replay works on S3, where marks are asked for", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  s3.put("raw", "in/b/c.jsonl", record("x") + "no json\n");
  const onS3 = [...flags(scene.folder), "--from", "s3://raw/in/", "--to", "s3://mod/out/"];
  const { text } = await scene.sluice(["run", ...onS3]);
  assertStringIncludes(text, "kept:     in s3://mod/out/_rejects/; ");
  const dry = await scene.streams(["replay", "--dry-run", ...onS3]);
  assertStringIncludes(dry.stdout, "b/c.jsonl: 1 reject (1 invalid_json)\n");
  s3.put("raw", "in/b/c.jsonl", record("x") + record("y"));
  const { status, text: said } = await scene.sluice(["replay", ...onS3]);
  assertStringIncludes(said, "b/c.jsonl: 1 reject before, 0 now; its source was replaced\n");
  assertEquals(status, 0);
});

Deno.test("sluice watch warns of an object's rejects: how many, the first, and where all are", async () => {
  await using scene = await Scene.create();
  scene.write("in/a.jsonl", record("x") + "no json\n[]\n");
  const { stderr } = await scene.streams(["watch", ...flags(scene.folder), "--log-format", "json"], {
    stop: until(() => Deno.statSync(`${scene.folder}/out/a.jsonl`).isFile),
  });
  const log = stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
  const done = log.find(({ message }) => message.startsWith("Done: a.jsonl"));
  assertStringIncludes(done.message, "1 record, 2 rejected, in ");
  assertStringIncludes(
    done.message,
    "; the first is line 2: not JSON (invalid_json): no json; " +
      `all are kept in file://${scene.folder}/out/_rejects/`,
  );
  assertEquals([done.level, done.rejected], ["WARN", 2]);
});

Deno.test("sluice match says which row came first, why and what it is, and where all rejects are", async () => {
  await using scene = await Scene.create();
  scene.write("menus.csv", "id,text\n1,a Coca-Cola\n2\n");
  const terms = scene.write("terms.csv", "id,name\n1,Coca-Cola\n");
  const to = `${scene.folder}/pairs.csv`;
  const { status, text } = await scene.sluice([
    ...["match", "--from", `${scene.folder}/menus.csv`, "--terms", terms, "--to", to],
    ...["--id-field", "id", "--text-fields", "text", "--term-id-field", "id", "--term-field", "name"],
  ]);
  assertEquals(status, 3, text);
  assertStringIncludes(
    text,
    `rejects:  the first is line 3 of file://${scene.folder}/menus.csv: ` +
      `CSV row with too many or too few fields (ragged_row): 2\n`,
  );
  assertStringIncludes(text, `kept:     in ${scene.folder}/pairs.rejects.jsonl\n`);
});

const started = await PostgresServer.start();
const server = typeof started === "string" ? undefined : started;
if (server !== undefined) globalThis.addEventListener("unload", () => server.killNow());

Deno.test({
  name: "sluice replay replaces an object's rows and rejects in PostgreSQL" +
    (server === undefined ? ` (not run: ${started})` : ""),
  ignore: server === undefined,
  async fn() {
    await using scene = await Scene.create();
    const database = await server!.createDatabase();
    const url = server!.url(database);
    scene.write(
      "in/a.jsonl",
      '{"id":1,"company":"A","title":"x"}\nno json\n{"id":3,"company":null,"title":"z"}\n',
    );
    scene.write("in/b.jsonl", '{"id":9,"company":"B","title":"y"}\n');
    const intoTable = [...flags(scene.folder), "--to", url];
    const first = await scene.figures(["run", ...intoTable]);
    assertEquals([first.status, first.figures.rejects], [3, { invalid_json: 1, null_key_field: 1 }]);
    assertStringIncludes(first.text, "/records_rejects; once the cause is fixed");
    const dry = await scene.streams(["replay", "--dry-run", ...intoTable]);
    assertStringIncludes(dry.stdout, "a.jsonl: 2 rejects (1 invalid_json, 1 null_key_field)\n");

    scene.write("in/a.jsonl", [1, 2, 3].map((id) => `{"id":${id},"company":"A","title":"x"}\n`).join(""));
    const { figures, status } = await scene.figures(["replay", ...intoTable]);
    assertEquals([status, figures.replay.before, figures.replay.after], [0, 2, 0]);
    const count = (what: string) => server!.sql(database, `select count(*) from ${what}`);
    assertEquals(await count("records where sluice_object = 'a.jsonl'"), "3");
    assertEquals(await count("records_rejects"), "0");
  },
});

Deno.test("sluice run names an object that no folder can hold by its own name", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  s3.put("raw", "in/a//b.jsonl", record("x") + "no json\n");
  const { status, text } = await scene.sluice(["run", ...flags(scene.folder), "--from", "s3://raw/in/"]);
  assertEquals(status, 1);
  assertStringIncludes(
    text,
    `Cannot finish s3://raw/in/a//b.jsonl: Cannot use "a//b.jsonl" as a file under `,
  );
});
