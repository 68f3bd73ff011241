/** A source in which there is nothing to process: no status 0 by mistake, and a hint at what was meant. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert/mod.js";
import { record, Scene } from "../errors/scene.ts";

const model = ["--model", "reference:", "--cache", "none:"];

/** The command lines that read objects. */
const commands: Readonly<Record<string, (from: string, folder: string) => string[]>> = {
  run: (from, folder) => [
    ...["run", "--from", from, "--to", `${folder}/out`, ...model, "--ledger", `${folder}/state/l.db`],
  ],
  estimate: (from) => ["estimate", "--from", from, "--cache", "none:"],
  warm: (from, folder) => [
    ...["warm", "--from", from, "--model", "reference:", "--cache", `sqlite:${folder}/c.db`],
  ],
  "warm --from-output": (from, folder) => ["warm", "--from-output", from, "--cache", `sqlite:${folder}/c.db`],
  report: (from) => ["report", "--from", from, "--by", "company"],
  match: (
    from,
    folder,
  ) => ["match", "--from", from, "--terms", `${folder}/terms.csv`, "--to", `${folder}/m.csv`],
};

async function empty(): Promise<Scene> {
  const scene = await Scene.create();
  await Deno.remove(`${scene.folder}/in/a.jsonl`);
  scene.write("terms.csv", "TermId,Term\n1,Rum\n");
  return scene;
}

for (const [command, args] of Object.entries(commands)) {
  Deno.test(`${command} ends with 4 where there is nothing, with 0 if that is allowed`, async () => {
    await using scene = await empty();
    const { folder } = scene;
    const none = await scene.sluice(args(`${folder}/in`, folder));
    assertEquals(none.status, 4, none.text);
    assertMatch(none.text, /there are no objects in file:|Cannot report on file:.*: there are no objects/);
    const allowed = await scene.sluice([...args(`${folder}/in`, folder), "--allow-empty"]);
    assertEquals(allowed.status, 0, allowed.text);
  });

  Deno.test(`${command} ends with 4 where all is skipped for what it is`, async () => {
    await using scene = await empty();
    scene.write("in/a.txt", record("a"));
    scene.write("in/_b/c.jsonl", record("c"));
    const { status, text } = await scene.sluice(args(`${scene.folder}/in`, scene.folder));
    assertEquals(status, 4, text);
    assertStringIncludes(text, "_b/ (its name begins with _ or .)");
  });

  Deno.test(`${command} ends with 4 where an S3 prefix holds nothing, and says which keys begin so`, async () => {
    await using scene = await empty();
    const s3 = await scene.s3();
    for (const day of ["01", "02", "03", "04"]) s3.put("raw", `in/2026-11-${day}.jsonl`, record(day));
    const partial = await scene.sluice(args("s3://raw/in/2026-11-", scene.folder));
    assertEquals(partial.status, 4, partial.text);
    if (command === "report") return;
    assertStringIncludes(partial.text, "in/2026-11-01.jsonl");
    assertStringIncludes(partial.text, "use --from s3://raw/in/ --include '2026-11-*'");
    const glob = await scene.sluice(args("s3://raw/in/*.jsonl", scene.folder));
    assertEquals(glob.status, 4);
    assertStringIncludes(glob.text, "use --from s3://raw/in/ --include '*.jsonl'");
  });
}

Deno.test("run ends with 4 where --include matches nothing, and with 0 where others were left out on purpose", async () => {
  await using scene = await Scene.create();
  const typo = await scene.run({ include: "*.jsnl" });
  assertEquals([typo.status, typo.text.includes("1 not selected by --include")], [4, true], typo.text);
  for (const flags of [{ exclude: "a*" }, { until: "2001-01-01" }] as Record<string, string>[]) {
    const { status, text } = await scene.run(flags);
    assertEquals(status, 0, text);
    assertStringIncludes(text, "NOTHING TO DO: of 1 object in ");
  }
});

Deno.test("run ends with 0 where a share of a source has no object, and where all are processed", async () => {
  await using scene = await Scene.create();
  const shares = await Promise.all([0, 1].map((index) => scene.run({ shard: `${index}/2` })));
  assertEquals(shares.map(({ status }) => status), [0, 0]);
  const again = await scene.run();
  assertEquals([again.status, again.text], [0, ""]);
});

for (
  const [command, args] of Object.entries(commands).filter(([name]) => !/match|report|output/.test(name))
) {
  Deno.test(`${command} takes one S3 object as it takes one file`, async () => {
    await using scene = await Scene.create();
    const s3 = await scene.s3();
    s3.put("raw", "in/one.jsonl", record("one"));
    const { figures, status } = await scene.figures(args("s3://raw/in/one.jsonl", scene.folder));
    assertEquals([status, figures.objects.found, figures.records.in], [0, 1, 1]);
  });
}

Deno.test("run refuses an address that is an object and a prefix of others", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  for (const key of ["in/one", "in/one/a.jsonl"]) s3.put("raw", key, record(key));
  const { status, text } = await scene.run({ from: "s3://raw/in/one" });
  assertEquals(status, 1);
  assertStringIncludes(text, "Cannot read s3://raw/in/one: it is an object, and a prefix of others");
});

Deno.test("watch refuses the events of one S3 object", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  s3.put("raw", "in/one.jsonl", record("one"));
  const watch = ["watch", "--from", "s3://raw/in/one.jsonl", "--to", `${scene.folder}/out`, ...model];
  const state = ["--listen", "127.0.0.1:0", "--ledger", `${scene.folder}/state/l.db`];
  const events = await scene.sluice([
    ...watch,
    ...state,
    "--events",
    "sqs://sqs.eu-west-1.amazonaws.com/1/q",
  ]);
  assertEquals(events.status, 2, events.text);
  assertStringIncludes(events.text, "leave out --events");
});

Deno.test("run says that a hidden S3 object is not read", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  s3.put("raw", "in/_one.jsonl", record("one"));
  const { status, text } = await scene.run({ from: "s3://raw/in/_one.jsonl" });
  assertEquals(status, 4);
  assertStringIncludes(text, "what begins with _ or . is not read");
});

Deno.test("report and match take one S3 object", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  s3.put("raw", "in/one.jsonl", '{"company":"Acme","seniority":3}\n');
  s3.put("raw", "in/Menus.CSV", "MenuId,ProductName,ProductDescription\n7,Rum,\n");
  const report = await scene.streams([
    ...commands.report!("s3://raw/in/one.jsonl", scene.folder),
    "--format",
    "json",
  ]);
  assertEquals(JSON.parse(report.stdout).total.records, 1);
  scene.write("terms.csv", "TermId,Term\n1,Rum\n");
  const match = await scene.figures(commands.match!("s3://raw/in/Menus.CSV", scene.folder));
  assertEquals([match.status, match.figures.rows.in], [0, 1]);
});

Deno.test("run hints at --include where a glob is given for a folder", async () => {
  await using scene = await Scene.create();
  const { status, text } = await scene.run({ from: `${scene.folder}/in/*.jsonl` });
  assertEquals(status, 1);
  assertStringIncludes(text, `use --from ${scene.shown("")}${scene.folder}/in/ --include '*.jsonl'`);
});

Deno.test("watch says at the start that there is nothing yet", async () => {
  await using scene = await empty();
  const stop = Promise.withResolvers<void>();
  const watching = scene.sluice([
    ...["watch", "--from", `${scene.folder}/in`, "--to", `${scene.folder}/out`, ...model],
    ...["--listen", "127.0.0.1:0", "--ledger", `${scene.folder}/state/l.db`],
  ], { stop: stop.promise });
  setTimeout(() => stop.resolve(), 500);
  const { text } = await watching;
  assertMatch(text, /NOTHING TO DO: there are no objects in file:/);
});
