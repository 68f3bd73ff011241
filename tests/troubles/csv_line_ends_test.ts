/** CSV whose lines end in CR, or in CR CR LF: all that reads CSV takes these for line ends. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert/mod.js";
import { Serving } from "../service/serving.ts";
import { FakeModel } from "../fakes/model.ts";
import { Scene } from "../errors/scene.ts";

const rows = ["company,title,id", "Acme,CEO,1", 'Bolt,"Chief\rTech\nOfficer",2'];
const answered = 'company,title,id,seniority\nAcme,CEO,1,7\nBolt,"Chief\rTech\nOfficer",2,7\n';

const read = (scene: Scene, name: string) => Deno.readTextFileSync(`${scene.folder}/${name}`);

for (const [name, end] of [["CR", "\r"], ["CR CR LF", "\r\r\n"], ["CR LF", "\r\n"], ["LF", "\n"]] as const) {
  Deno.test(`sluice run reads CSV whose lines end in ${name}, and keeps line breaks in quotes`, async () => {
    await using scene = await Scene.create();
    // With the LF in quotes, which a table that ends its lines in CR may hold as well.
    scene.write("in/a.csv", rows.join(end) + end);
    scene.write("in/b.csv", rows.join(end));
    assertEquals(await scene.run(), { status: 0, text: "" });
    assertEquals([read(scene, "out/a.csv"), read(scene, "out/b.csv")], [answered, answered]);
  });

  Deno.test(`sluice estimate and warm read CSV whose lines end in ${name}`, async () => {
    await using scene = await Scene.create();
    await Deno.remove(`${scene.folder}/in/a.jsonl`);
    const pairs = scene.write("in/a.csv", rows.join(end) + end);
    const from = `${scene.folder}/in`, model = ["--model", "reference:"];
    const estimate = await scene.figures(["estimate", "--from", from, "--cache", "none:"]);
    assertEquals([estimate.status, estimate.figures.records.in, estimate.figures.keys.distinct], [0, 2, 2]);
    const cache = ["--cache", `sqlite:${scene.folder}/cache.db`];
    const warm = await scene.figures(["warm", "--pairs", pairs, ...model, ...cache]);
    assertEquals([warm.status, warm.figures.pairs.distinct], [0, 2]);
  });

  Deno.test(`sluice match reads menus and terms whose lines end in ${name}`, async () => {
    await using scene = await Scene.create();
    const { folder } = scene;
    scene.write(
      "menus.csv",
      ["MenuId,ProductName,ProductDescription", "1,Pepsi can,x", "2,Fanta,y"].join(end) + end,
    );
    scene.write("terms.csv", ["TermId,Term,Note", "1,Pepsi,a", "2,Fanta,b"].join(end) + end);
    const { figures, status } = await scene.figures([
      ...[
        "match",
        "--from",
        `${folder}/menus.csv`,
        "--terms",
        `${folder}/terms.csv`,
        "--to",
        `${folder}/out.csv`,
      ],
    ]);
    assertEquals([status, figures.rows.in, figures.pairs.found], [0, 2, 2]);
  });

  Deno.test(`sluice report reads CSV whose lines end in ${name}`, async () => {
    await using scene = await Scene.create();
    scene.write("scored/a.csv", ["company,seniority,x", "Acme,3,1", "Bolt,4,2"].join(end) + end);
    const args = ["report", "--from", `${scene.folder}/scored`, "--by", "company", "--format", "csv"];
    const { status, stdout } = await scene.streams(args);
    assertEquals(status, 0);
    assertMatch(stdout, /"?Acme"?,1,3/);
    assertMatch(stdout, /"?Bolt"?,1,4/);
  });
}

Deno.test("POST /v1/records and /v1/menus read CSV whose lines end in CR", async () => {
  await using scene = await Scene.create();
  const terms = scene.write("terms.csv", "TermId,Term\r1,Pepsi\r");
  await using model = await FakeModel.start();
  await using serving = await Serving.start({ model: model.url, flags: { terms } });
  const send = (path: string, body: string) =>
    serving.fetch(path, { method: "POST", headers: { "content-type": "text/csv" }, body });
  const records = await send("/v1/records?trailer=none", "company,title\rAcme,CEO\rBolt,CTO\r");
  assertMatch(await records.text(), /^company,title,seniority\nAcme,CEO,\d\nBolt,CTO,\d\n$/);
  const menus = await send("/v1/menus", "MenuId,ProductName,ProductDescription\r7,Pepsi can,x\r8,Tea,y\r");
  const [match, trailer] = (await menus.text()).split("\n").map((line) => line && JSON.parse(line));
  assertEquals([match.menu_id, match.line, trailer.sluice.in], ["7", 2, 2]);
});

Deno.test("sluice run fails where a header row holds a CR and other lines end in LF", async () => {
  await using scene = await Scene.create();
  scene.write("in/a.csv", "company,title,i\rd\nAcme,CEO,1\n");
  const { status, text } = await scene.run();
  assertEquals(status, 1);
  assertStringIncludes(
    text,
    "its header row holds a line end (CR) outside quotes, at byte 15, and other lines end in LF",
  );
});

Deno.test("sluice run reads JSON lines that end in CR", async () => {
  await using scene = await Scene.create();
  const line = (title: string) => `{ "company": "Acme",\t"title": "${title}" }`;
  scene.write("in/a.jsonl", ["CEO", "Intern"].map(line).join("\r") + "\r");
  assertEquals(await scene.run(), { status: 0, text: "" });
  const out = read(scene, "out/a.jsonl").trimEnd().split("\n").map((line) => JSON.parse(line).seniority);
  assertEquals(out, [7, 1]);
});
