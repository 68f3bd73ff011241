/** Files that lie under `--from` and are not processed: each command counts them, and names them with the reason. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert/mod.js";
import { gzipSync } from "node:zlib";
import { record, Scene } from "../errors/scene.ts";

const model = ["--model", "reference:", "--cache", "none:"];

/** The command lines that read the objects of a folder. */
const readers: Readonly<Record<string, (from: string, scene: Scene) => string[]>> = {
  run: (from, { folder }) => [
    ...["run", "--from", from, "--to", `${folder}/out`, ...model, "--ledger", `${folder}/state/l.db`],
  ],
  estimate: (from) => ["estimate", "--from", from, "--cache", "none:"],
  warm: (from, { folder }) => [
    ...["warm", "--from", from, "--model", "reference:", "--cache", `sqlite:${folder}/c.db`],
  ],
};

async function skipped(scene: Scene, command: string, from = `${scene.folder}/in`, ...more: string[]) {
  const { figures, status, text } = await scene.figures([...readers[command]!(from, scene), ...more]);
  return { ...figures.skippedObjects, ignored: figures.objects.ignored, status, text };
}

for (const command of Object.keys(readers)) {
  Deno.test(`${command} counts and names the files that are no record files by their names`, async () => {
    await using scene = await Scene.create();
    for (const name of ["part-0.txt", "b.log.gz", "c", "d.parquet"]) scene.write(`in/${name}`, record(name));
    const found = await skipped(scene, command);
    assertEquals([found.status, found.ignored, found.reasons], [0, 4, { not_a_record_file: 4 }]);
    assertEquals(found.names.map(({ name }: { name: string }) => name), [
      "b.log.gz",
      "c",
      "d.parquet",
      "part-0.txt",
    ]);
  });

  Deno.test(`${command} counts and names what is hidden, as folders`, async () => {
    await using scene = await Scene.create();
    for (const name of ["_export/a.jsonl", "_export/b.jsonl", ".x.jsonl", "sub/_y.jsonl"]) {
      scene.write(`in/${name}`, record(name));
    }
    const found = await skipped(scene, command);
    assertEquals(found.reasons, { hidden: 3 });
    assertEquals(found.names.map(({ name }: { name: string }) => name).toSorted(), [
      ".x.jsonl",
      "_export/",
      "sub/_y.jsonl",
    ]);
  });

  Deno.test(`${command} counts links that lead nowhere, links to folders, and pipes`, async () => {
    await using scene = await Scene.create();
    scene.write("elsewhere/b.jsonl", record("b"));
    await Deno.symlink(`${scene.folder}/elsewhere/b.jsonl`, `${scene.folder}/in/good.jsonl`);
    await Deno.symlink(`${scene.folder}/none.jsonl`, `${scene.folder}/in/broken.jsonl`);
    await Deno.symlink(`${scene.folder}/elsewhere`, `${scene.folder}/in/folder.jsonl`);
    await new Deno.Command("mkfifo", { args: [`${scene.folder}/in/pipe.jsonl`] }).output();
    const found = await skipped(scene, command);
    assertEquals(found.reasons, { broken_link: 1, folder_link: 1, not_a_file: 1 });
  });

  Deno.test(`${command} fails where a name is not UTF-8, and names the file`, async () => {
    await using scene = await Scene.create();
    await unnameable(scene, "in/caf\\xe9.jsonl");
    await unnameable(scene, "in/\\xfcber/a.jsonl");
    const { status, text } = await scene.sluice(readers[command]!(`${scene.folder}/in`, scene));
    assertEquals(status, 1, text);
    assertMatch(text, /Cannot read file:.*\/in\/caf\\ufffd\.jsonl: its name is not UTF-8/);
    assertMatch(text, /Cannot read file:.*\/in\/\\ufffdber\/: its name is not UTF-8/);
  });

  Deno.test(`${command} takes endings in letters of any case`, async () => {
    await using scene = await Scene.create();
    await Deno.remove(`${scene.folder}/in/a.jsonl`);
    scene.write("in/A.JSONL", record("A"));
    scene.write("in/b.ndjson.GZ", gzipSync(record("b")));
    scene.write("in/h.Csv", "company,title\nAcme,CEO\n");
    scene.write("in/c.jsonl.gzip", gzipSync(record("c")));
    const { figures, status } = await scene.figures(readers[command]!(`${scene.folder}/in`, scene));
    assertEquals([status, figures.objects.found, figures.objects.ignored], [0, 4, 0]);
    if (command === "run") assertEquals([figures.objects.done, figures.records.out], [4, 4]);
  });

  Deno.test(`${command} --format takes files of any name`, async () => {
    await using scene = await Scene.create();
    for (const name of ["part-0.txt", "b.log", "c"]) scene.write(`in/${name}`, record(name));
    const found = await skipped(scene, command, undefined, "--format", "jsonl");
    assertEquals([found.status, found.ignored], [0, 0]);
  });

  Deno.test(`${command} takes a .json file that begins with a record, and no other`, async () => {
    await using scene = await Scene.create();
    await Deno.remove(`${scene.folder}/in/a.jsonl`);
    scene.write("in/part-00.json", record("a") + record("b"));
    scene.write("in/part-01.json.gz", gzipSync(record("c")));
    scene.write("in/settings.json", '{\n  "name": "no record"\n}\n');
    scene.write("in/list.json", "[1, 2]\n");
    const { figures, status } = await scene.figures(readers[command]!(`${scene.folder}/in`, scene));
    assertEquals([status, figures.records.in, figures.objects.failed], [0, 3, 0]);
    assertEquals(figures.skippedObjects.reasons, { not_records: 2 });
    assertEquals(figures.objects.ignored, 2);
  });
}

Deno.test("run prints how many files it skipped, the first few names of each reason, and what takes them", async () => {
  await using scene = await Scene.create();
  for (const name of ["part-0.txt", "part-1.txt", "part-2.txt", "part-3.txt"]) scene.write(`in/${name}`, "");
  scene.write("in/_x/a.jsonl", record("x"));
  scene.write("in/old.jsonl", record("old"));
  const { status, stderr } = await scene.runStreams({ exclude: "old*" });
  assertEquals(status, 0);
  assertStringIncludes(
    stderr,
    "1 processed, 5 skipped: _x/ (its name begins with _ or .), part-0.txt, part-1.txt, part-2.txt and 1 more " +
      "(not record files by their names: --format jsonl takes them); 1 not selected by --exclude",
  );
});

Deno.test("run counts a .json file that it found to be no records once in a run, and in each run", async () => {
  await using scene = await Scene.create();
  scene.write("in/settings.json", '{\n  "name": "no record"\n}\n');
  for (const done of [1, 0]) {
    const { figures, status } = await scene.figures(readers.run!(`${scene.folder}/in`, scene));
    const { found, ignored, failed } = figures.objects;
    assertEquals([status, figures.objects.done, found, ignored, failed], [0, done, 2, 1, 0]);
  }
  assert(!await exists(`${scene.folder}/out/settings.json`));
});

Deno.test("run counts keys of S3 that are hidden, and keys of folders with content", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  const odd = [
    "in/_a/1.jsonl",
    "in/_a/2.jsonl",
    "in/x/./y.jsonl",
    "in/x/../z.jsonl",
    "in/folder/",
    "in/b.txt",
  ];
  for (const key of odd) s3.put("raw", key, record(key));
  s3.put("raw", "in/empty/", "");
  const { figures, status } = await scene.figures([
    ...["run", "--from", "s3://raw/in/", "--to", "s3://mod/out/", ...model],
    ...["--ledger", `${scene.folder}/state/l.db`],
  ]);
  assertEquals(status, 0);
  assertEquals(figures.skippedObjects.reasons, { hidden: 3, not_a_record_file: 1, folder_key: 1 });
  assertEquals([figures.objects.found, figures.objects.done, figures.objects.ignored], [6, 1, 5]);
});

Deno.test("report says what it skipped", async () => {
  await using scene = await Scene.create();
  scene.write("in/levels.jsonl", '{"company":"Acme","seniority":3}\n');
  scene.write("in/b.txt", "");
  const args = ["report", "--from", `${scene.folder}/in`, "--by", "company"];
  const { status, stdout } = await scene.streams(args);
  assertEquals(status, 0);
  assertStringIncludes(
    stdout,
    "1 skipped: b.txt (not a record file by its name: --from-format jsonl takes it)",
  );
  const json = JSON.parse((await scene.streams([...args, "--format", "json"])).stdout);
  assertEquals(json.skippedObjects.names, [{ name: "b.txt", reason: "not_a_record_file" }]);
});

Deno.test("report --from-format takes files of any name", async () => {
  await using scene = await Scene.create();
  scene.write("in/b.txt", '{"company":"Acme","seniority":3}\n');
  const args = ["report", "--from", `${scene.folder}/in`, "--by", "company", "--from-format", "jsonl"];
  const { stdout } = await scene.streams([...args, "--format", "json"]);
  assertEquals(JSON.parse(stdout).total.records, 1);
});

Deno.test("match takes Menus.CSV, names what it skipped, and --format csv takes files of any name", async () => {
  await using scene = await Scene.create();
  const menus = "MenuId,ProductName,ProductDescription\n7,Rum,\n";
  scene.write("m/Menus.CSV", menus);
  scene.write("m/more.txt", menus);
  const terms = scene.write("terms.csv", "TermId,Term\n1,Rum\n");
  const args = ["match", "--from", `${scene.folder}/m`, "--terms", terms, "--to", `${scene.folder}/out.csv`];
  const first = await scene.figures(args);
  assertEquals([first.status, first.figures.rows.in], [0, 1], first.text);
  assertEquals(first.figures.skippedObjects.reasons, { not_a_record_file: 1 });
  assertStringIncludes(first.text, "1 skipped: more.txt (not a CSV file by its name: --format csv takes it)");
  const all = await scene.figures([...args, "--format", "csv"]);
  assertEquals([all.status, all.figures.rows.in, all.figures.objects.ignored], [0, 2, 0]);
});

Deno.test("watch logs each file that it skips, at the start and later, once", async () => {
  await using scene = await Scene.create();
  scene.write("in/early.txt", "");
  const stop = Promise.withResolvers<void>();
  const watching = scene.sluice(
    [
      ...["watch", "--from", `${scene.folder}/in`, "--to", `${scene.folder}/out`, "--every", "1s", ...model],
      ...["--listen", "127.0.0.1:0", "--ledger", `${scene.folder}/state/l.db`],
    ],
    { stop: stop.promise },
  );
  const clock = scene.hurry(20);
  void clock;
  await soon(() => exists(`${scene.folder}/out/a.jsonl`));
  scene.write("in/late.txt", "");
  scene.write("in/b.jsonl", record("b"));
  await soon(() => exists(`${scene.folder}/out/b.jsonl`));
  stop.resolve();
  const { text } = await watching;
  const lines = text.split("\n").filter((line) => line.includes("Skipped")).map((line) => JSON.parse(line));
  assertEquals(lines.map(({ object, reason }) => [object, reason]), [
    ["early.txt", "not_a_record_file"],
    ["late.txt", "not_a_record_file"],
  ]);
});

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Waits until something holds, by the clock of the machine. */
async function soon(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !await holds() && tries < 2_000; tries++) {
    await new Promise((done) => setImmediate(done));
  }
}

/** Writes a file under a name that is not UTF-8, as a shell does; `\xe9` stands for a byte. */
async function unnameable(scene: Scene, name: string): Promise<void> {
  const script = `mkdir -p "$(dirname "$(printf '${name}')")"; printf '%s' '${
    record("x")
  }' > "$(printf '${name}')"`;
  const { success } = await new Deno.Command("bash", { args: ["-c", script], cwd: scene.folder }).output();
  assert(success);
}

Deno.test("run --limit says that it ended at the limit, and counts no file that is no records for it", async () => {
  await using scene = await Scene.create();
  for (const name of ["0.json", "1.json"]) scene.write(`in/${name}`, '{\n  "not": "records"\n}\n');
  for (const name of ["b", "c"]) scene.write(`in/${name}.jsonl`, record(name));
  const { folder } = scene;
  const run = () =>
    scene.figures([
      ...["run", "--quiet", "--from", `${folder}/in`, "--to", `${folder}/out`, ...model],
      ...["--ledger", `${folder}/state/l.db`, "--limit", "1"],
    ]);
  const limited = await run();
  assertEquals([limited.status, limited.figures.objects.done], [0, 1]);
  assertEquals(
    limited.text,
    "Stopped at the limit of 1 object: the next run processes the rest, if there is any\n",
  );
  for (const done of [1, 1]) assertEquals((await run()).figures.objects.done, done);
  const none = await run();
  assertEquals([none.status, none.figures.objects.done, none.text], [0, 0, ""]);
});
