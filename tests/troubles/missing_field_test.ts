import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert/mod.js";
import { Scene } from "../errors/scene.ts";

/** So many lines of JSON. */
function lines(records: number, make: (i: number) => unknown): string {
  return Array.from({ length: records }, (_, i) => JSON.stringify(make(i)) + "\n").join("");
}

const base = (folder: string) => [
  ...["--from", `${folder}/in`, "--to", `${folder}/out`, "--model", "reference:", "--cache", "none:"],
  ...["--ledger", `${folder}/state/ledger.db`],
];

Deno.test("sluice run says which field all records lack, which fields they have, and the flag", async () => {
  await using scene = await Scene.create();
  scene.write("in/a.jsonl", lines(500, (id) => ({ id, employer: "Acme", position: "CEO" })));
  const { status, text } = await scene.run();
  assertEquals(status, 1);
  assertStringIncludes(
    text,
    `Cannot finish file://${scene.folder}/in/a.jsonl: all 500 records lack the field "company" ` +
      "(found: id, employer, position): set --company-field",
  );
});

Deno.test("sluice run names --title-field where that is the one that is not there", async () => {
  await using scene = await Scene.create();
  scene.write("in/a.jsonl", lines(200, (id) => ({ id, company: "Acme", "job title": "CEO" })));
  const { text } = await scene.run();
  assertStringIncludes(
    text,
    'all 200 records lack the field "title" (found: id, company, "job title"): set --title-field',
  );
});

Deno.test("sluice run names the field that is not there under its own name", async () => {
  await using scene = await Scene.create();
  scene.write("in/a.jsonl", lines(100, () => ({ employer: "Acme", position: "CEO" })));
  const { text } = await scene.run({ "company-field": "employr", "title-field": "position" });
  assertStringIncludes(text, 'all 100 records lack the field "employr" (found: employer, position)');
});

Deno.test("sluice run names no more than 20 of the fields", async () => {
  await using scene = await Scene.create();
  const wide = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, i]));
  scene.write("in/a.jsonl", lines(100, () => wide));
  const { text } = await scene.run();
  assertStringIncludes(text, "f18, f19, …): set --company-field");
});

Deno.test("sluice run says that a field is null or no text, rather than missing", async () => {
  await using scene = await Scene.create();
  scene.write(
    "in/a.jsonl",
    '{"company":"A","title":"CEO"}\n' +
      '{"company":42,"title":"CEO"}\n{"company":null,"title":"CEO"}\n{"company":{"name":"A"},"title":"CEO"}\n' +
      '{"company":"A","title":true}\n{"company":"A"}\n',
  );
  const { figures, status, text } = await scene.figures(["run", ...base(scene.folder)]);
  assertEquals(status, 3);
  assertEquals(figures.rejects, { key_field_not_text: 3, null_key_field: 1, missing_key_field: 1 });
  assertEquals(figures.firstReject, {
    object: `file://${scene.folder}/in/a.jsonl`,
    line: 2,
    reason: "key_field_not_text",
    field: "company",
    bytes: 28,
    text: '{"company":42,"title":"CEO"}',
  });
  assertStringIncludes(
    text,
    `the first is line 2 of file://${scene.folder}/in/a.jsonl: the field "company" is not text ` +
      '(key_field_not_text): {"company":42,"title":"CEO"}\n',
  );
  assertStringIncludes(text, '2 of 6 records have no text in the field "company"; ');
  assertStringIncludes(text, '1 of 6 records has null in the field "company"; ');
  assertStringIncludes(text, '1 of 6 records lacks the field "title" (found: company)\n');
  const reasons = (await Deno.readTextFile(`${scene.folder}/out/_rejects/a.jsonl`)).trimEnd().split("\n")
    .map((line) => JSON.parse(line)).map(({ line, reason }) => [line, reason]);
  assertEquals(reasons, [
    [2, "key_field_not_text"],
    [3, "null_key_field"],
    [4, "key_field_not_text"],
    [5, "key_field_not_text"],
    [6, "missing_key_field"],
  ]);
});

Deno.test("sluice run names the flag beside the limit, where other lines are bad as well", async () => {
  await using scene = await Scene.create();
  scene.write("in/a.jsonl", lines(150, (id) => ({ id, employer: "A" })) + "no json\n".repeat(50));
  const { status, text } = await scene.run();
  assertEquals(status, 1);
  assertMatch(text, /200 of 200 records are rejects/);
  assertStringIncludes(
    text,
    '150 of 200 records lack the field "company" (found: id, employer): set --company-field',
  );
});

Deno.test("sluice estimate says which field the first record lacks", async () => {
  await using scene = await Scene.create();
  scene.write("in/a.jsonl", lines(3, (id) => ({ id, employer: "Acme" })));
  const { text } = await scene.sluice([
    ...["estimate", "--from", `${scene.folder}/in`, "--model", "reference:", "--cache", "none:"],
  ]);
  assertStringIncludes(
    text,
    `Cannot take line 1 of file://${scene.folder}/in/a.jsonl as a record: the field "company" is missing ` +
      '(missing_key_field): {"id":0,"employer":"Acme"}',
  );
  assertStringIncludes(
    text,
    'Cannot take some records: all 3 records lack the field "company" (found: id, employer): set --company-field',
  );
});

Deno.test("sluice report says that no record has the field to group by, and which fields there are", async () => {
  await using scene = await Scene.create();
  scene.write("out/a.jsonl", lines(50, (id) => ({ id, employer: "Acme", "job title": "CEO", seniority: 3 })));
  const report = (...by: string[]) =>
    scene.streams(["report", "--from", `${scene.folder}/out`, ...by.flatMap((field) => ["--by", field])]);
  const { status, stderr, stdout } = await report("company");
  assertEquals([status, stdout], [1, ""]);
  assertStringIncludes(
    stderr,
    `Cannot report on file://${scene.folder}/out/: none of 50 records has the field "company" ` +
      '(found: id, employer, "job title", seniority): name another with --by',
  );
  assertStringIncludes(
    (await report("employer", "a.b", "c")).stderr,
    'has the fields "a.b" or "c" (found: id',
  );
  assertEquals((await report("employer")).status, 0);
});

Deno.test("sluice report groups by a field that only some records have, or that is null", async () => {
  await using scene = await Scene.create();
  scene.write("out/a.jsonl", lines(50, (id) => ({ company: id === 7 ? null : undefined, seniority: 3 })));
  const { status, stdout } = await scene.streams([
    "report",
    "--from",
    `${scene.folder}/out`,
    "--by",
    "company",
  ]);
  assertEquals(status, 0);
  assertStringIncludes(stdout, "(none)");
});

Deno.test("sluice report names the fields that there are where none holds a level", async () => {
  await using scene = await Scene.create();
  scene.write("out/a.jsonl", lines(3, () => ({ company: "A", level: 3 })));
  const { status, stderr } = await scene.streams([
    "report",
    "--from",
    `${scene.folder}/out`,
    "--by",
    "company",
  ]);
  assertEquals(status, 1);
  assertStringIncludes(
    stderr,
    'none has a level from 1 to 7 in the field "seniority" (found: company, level)',
  );
});

Deno.test("sluice run names the flag where a CSV has no column of the field's name", async () => {
  await using scene = await Scene.create();
  scene.write("in/a.csv", "id,employer,title\n1,Acme,CEO\n");
  const { status, text } = await scene.run();
  assertEquals(status, 1);
  assertStringIncludes(text, "no column company; its columns are id, employer, title: set --company-field");
});

Deno.test("sluice warm says which field records lack, in objects and in a file of pairs", async () => {
  await using scene = await Scene.create();
  const records = lines(3, (id) => ({ id, company: "Acme" }));
  scene.write("in/a.jsonl", records);
  const pairs = scene.write("pairs.jsonl", records);
  const warm = ["warm", "--model", "reference:", "--cache", `sqlite:${scene.folder}/cache.db`];
  for (const from of [["--from", `${scene.folder}/in`], ["--pairs", pairs]]) {
    assertStringIncludes(
      (await scene.sluice([...warm, ...from])).text,
      'all 3 records lack the field "title" (found: id, company): set --title-field',
    );
  }
});
