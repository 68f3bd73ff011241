/** Header rows of CSV whose names, delimiter or first line are not as expected. */
import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { Scene } from "../errors/scene.ts";

const read = (scene: Scene, name: string) => Deno.readTextFileSync(`${scene.folder}/${name}`);

Deno.test("sluice run --csv-header loose compares names without case and blanks around them", async () => {
  await using scene = await Scene.create();
  scene.write("in/x.csv", " Company ,TITLE, Seniority\nAcme,CEO,x\n");
  const exact = await scene.run();
  assertEquals(exact.status, 1);
  assertStringIncludes(exact.text, "--csv-header loose compares names without case and blanks around them");
  assertEquals(await scene.run({ "csv-header": "loose" }), { status: 0, text: "" });
  assertEquals(read(scene, "out/x.csv"), " Company ,TITLE, Seniority\nAcme,CEO,7\n");
});

Deno.test("--csv-header loose takes the name that is the same to the letter first", async () => {
  await using scene = await Scene.create();
  scene.write("in/x.csv", "title,company,Title,COMPANY\nCEO,Acme,Intern,Bolt\n");
  assertEquals((await scene.run({ "csv-header": "loose" })).status, 0);
  assertEquals(read(scene, "out/x.csv").split("\n")[1], "CEO,Acme,Intern,Bolt,7");
});

Deno.test("--csv-header loose holds for match, report and warm", async () => {
  await using scene = await Scene.create();
  const { folder } = scene;
  scene.write("menus.csv", "MENUID ,productname,ProductDescription\n1,Pepsi can,x\n");
  scene.write("terms.csv", "termid,TERM\n1,Pepsi\n");
  const loose = ["--csv-header", "loose"];
  const match = await scene.figures([
    ...[
      "match",
      "--from",
      `${folder}/menus.csv`,
      "--terms",
      `${folder}/terms.csv`,
      "--to",
      `${folder}/o.csv`,
    ],
    ...loose,
  ]);
  assertEquals([match.status, match.figures.pairs.found], [0, 1]);
  const pairs = scene.write("pairs.csv", "Company,Title\nAcme,CEO\n");
  const cache = ["--model", "reference:", "--cache", `sqlite:${folder}/cache.db`];
  assertEquals(
    (await scene.figures(["warm", "--pairs", pairs, ...cache, ...loose])).figures.pairs.distinct,
    1,
  );
  scene.write("scored/a.csv", "Company,SENIORITY\nAcme,3\n");
  const report = await scene.streams([
    ...["report", "--from", `${folder}/scored`, "--by", "company", "--format", "csv"],
    ...loose,
  ]);
  assertEquals([report.status, report.stdout.includes("Acme")], [0, true]);
});

Deno.test("sluice run understands a first line sep=; and keeps it", async () => {
  await using scene = await Scene.create();
  scene.write("in/x.csv", "\ufeffsep=;\r\ncompany;title\r\nAcme;CEO, VP\r\n");
  scene.write("in/y.csv", '"SEP=|"\ncompany|title\n"a|b"|Intern\n');
  assertEquals(await scene.run(), { status: 0, text: "" });
  assertEquals(read(scene, "out/x.csv"), "sep=;\ncompany;title;seniority\nAcme;CEO, VP;7\n");
  assertEquals(read(scene, "out/y.csv"), '"SEP=|"\ncompany|title|seniority\n"a|b"|Intern|1\n');
  // Its own output is read in the same way.
  const report = await scene.streams([
    ...["report", "--from", `${scene.folder}/out`, "--by", "company", "--format", "csv"],
  ]);
  assertEquals([report.status, report.stdout.includes("a|b")], [0, true]);
});

for (const [name, delimiter] of [["semicolon", ";"], ["tab", "\t"], ["pipe", "|"]] as const) {
  Deno.test(`sluice run takes ${name}s where a header row would have one column, and says so once`, async () => {
    await using scene = await Scene.create();
    const table = ["company", "title"].join(delimiter) + "\n" + ["Acme, Inc.", "CEO"].join(delimiter) + "\n";
    for (const file of ["x", "y"]) scene.write(`in/${file}.csv`, table);
    const { status, text } = await scene.run();
    assertEquals(status, 0);
    assertEquals(text.split(`set --csv-delimiter ${name} to say so`).length - 1, 1);
    assertEquals(
      read(scene, "out/x.csv"),
      ["company", "title", "seniority"].join(delimiter) + "\n" + ["Acme, Inc.", "CEO", "7"].join(delimiter) +
        "\n",
    );
    assertEquals(await scene.run({ to: `${scene.folder}/out2`, "csv-delimiter": name }), {
      status: 0,
      text: "",
    });
  });
}

Deno.test("sluice run names --csv-delimiter where another one would make the missing columns", async () => {
  await using scene = await Scene.create();
  scene.write("in/x.csv", "company;title;salary, EUR\nAcme;CEO;1\n");
  const { status, text } = await scene.run();
  assertEquals(status, 1);
  assertStringIncludes(
    text,
    "its columns are company;title;salary,  EUR: --csv-delimiter semicolon separates them",
  );
});

Deno.test("--csv-header loose lets no answer replace what was asked about, or where it is from", async () => {
  await using scene = await Scene.create();
  Deno.removeSync(`${scene.folder}/in/a.jsonl`);
  scene.write("in/b.csv", "company,title,Level\nAcme,CEO,old\n");
  for (
    const [flags, said] of [
      [
        { "output-field": "Company" },
        'its column "company" is part of the question and "Company", which replaces',
      ],
      [{ provenance: "TITLE" }, 'its column "title" is part of the question and "TITLE", which replaces'],
      [
        { "output-field": "level", provenance: "LEVEL" },
        'its column "Level" is both "LEVEL" and "level", which',
      ],
    ] as const
  ) {
    const { status, text } = await scene.run({ ...flags, "csv-header": "loose" });
    assertEquals(status, 1, text);
    assertStringIncludes(text, said);
  }
});
