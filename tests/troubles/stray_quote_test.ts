/** One quote of CSV that is not meant as one: it costs its own row, not the rows behind it. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert/mod.js";
import { record, Scene } from "../errors/scene.ts";

const goodRows = Array.from({ length: 6_000 }, (_, i) => `C${i},Engineer ${i},${i}`);

/** `Bolt` has a quote that is not closed before that of a later row. */
const table = (...last: string[]) =>
  ["company,title,id", "Acme,CEO,1", 'Bolt,"5 inch pipe fitter,2', ...goodRows, ...last].join("\n") + "\n";

const base = ({ folder }: Scene) => [
  ...["--from", `${folder}/in`, "--to", `${folder}/out`, "--model", "reference:", "--cache", "none:"],
  ...["--ledger", `${folder}/state/ledger.db`],
];

async function rejectsOf(scene: Scene, name: string) {
  const text = await Deno.readTextFile(`${scene.folder}/out/_rejects/${name}`);
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

const tails: Readonly<Record<string, readonly [last: readonly string[], reason: string]>> = {
  "the quote that comes next is stray": [['Dora,"VP",9', "Ebro,CEO,10"], "invalid_csv"],
  "the record turns out ragged": [["Dora,VP,9", 'x",y,z', "Ebro,CEO,10"], "ragged_row"],
  "no other quote comes": [["Dora,VP,9", "Ebro,CEO,10"], "invalid_csv"],
};
for (const [when, [last, reason]] of Object.entries(tails)) {
  Deno.test(`sluice run sets aside only the row of an open quote where ${when}`, async () => {
    await using scene = await Scene.create();
    await Deno.remove(`${scene.folder}/in/a.jsonl`);
    scene.write("in/x.csv", table(...last));
    const { figures, status } = await scene.figures(["run", ...base(scene)]);
    const strayToo = last.some((row) => row.startsWith("x"));
    assertEquals(status, 3);
    assertEquals([figures.records.in, figures.records.rejected], [6_002 + last.length, strayToo ? 2 : 1]);
    const [first, ...others] = await rejectsOf(scene, "x.csv");
    assertEquals([first.line, first.reason, first.text], [3, reason, 'Bolt,"5 inch pipe fitter,2']);
    assertEquals(others.map(({ text }) => text), strayToo ? ['x",y,z'] : []);
    const out = (await Deno.readTextFile(`${scene.folder}/out/x.csv`)).trimEnd().split("\n");
    assertEquals(out.length - 1, figures.records.out);
    assertEquals(out.at(-1)!.split(",")[0], "Ebro");
  });
}

Deno.test("sluice run counts rejects behind stray quotes against --max-rejects", async () => {
  await using scene = await Scene.create();
  const rows = Array.from({ length: 200 }, (_, i) => i % 3 === 0 ? `A${i},CEO` : `A${i},"C"EO`);
  scene.write("in/x.csv", ["company,title", ...rows].join("\n"));
  const { status, text } = await scene.run();
  assertEquals(status, 1);
  assertStringIncludes(text, "133 of 200 records are rejects (133 invalid_csv)");
});

Deno.test("sluice run says where a record takes more than 1,000 lines, once for each object", async () => {
  await using scene = await Scene.create();
  const valid = [
    "company,title",
    'Bolt,"5 inch pipe fitter',
    ...goodRows.slice(0, 1_000),
    'Dora,pipe fitter 6"',
  ];
  scene.write("in/x.csv", [...valid, ...valid.slice(1), "Ebro,CEO"].join("\n"));
  const { figures, text } = await scene.figures(["run", ...base(scene)]);
  assertEquals(figures.records.in, 4);
  const told = text.split("\n").filter((line) => line.includes("1,002 lines"));
  assertEquals(told.length, 1);
  assertMatch(told[0]!, /in\/x\.csv: the record at line 2 has 1,002 lines/);
});

Deno.test("sluice match and warm read on behind a stray quote", async () => {
  await using scene = await Scene.create();
  const { folder } = scene;
  scene.write("menus.csv", 'id,name\n1,"Pepsi\n2,Fanta\n3,"Sprite"\n4,Tea\n');
  scene.write("terms.csv", "TermId,Term\n1,Fanta\n2,Sprite\n");
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
    ...["--id-field", "id", "--text-fields", "name"],
  ]);
  assertEquals([match.figures.rows, match.figures.pairs.found], [
    { in: 4, matched: 3, rejected: 1, blank: 0 },
    2,
  ]);
  const pairs = scene.write("pairs.csv", 'company,title\nA,"b\nC,d\nE,"f"\n');
  const cache = ["--model", "reference:", "--cache", `sqlite:${folder}/cache.db`];
  const warm = await scene.figures(["warm", "--pairs", pairs, ...cache]);
  assertEquals([warm.figures.pairs.distinct, warm.figures.records.rejected], [2, 1]);
});

Deno.test("sluice run reads 200,000 rows with stray quotes in seconds", async () => {
  await using scene = await Scene.create();
  // Each line leaves a quote open for those that are read from its beginning, and for those that are read into it.
  const rows = Array.from({ length: 200_000 }, () => 'x"y,"z');
  scene.write("in/x.csv", ["company,title", "Acme,CEO", ...rows].join("\n") + "\n");
  scene.write("in/y.jsonl", record("y"));
  const { text } = await scene.run();
  assertStringIncludes(text, "200,000 of 200,001 records are rejects");
});
