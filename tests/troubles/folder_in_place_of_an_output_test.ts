import { assert, assertEquals, assertMatch } from "@std/assert/mod.js";
import { Scene } from "../errors/scene.ts";

Deno.test("run says that a folder has an output's name", async () => {
  await using scene = await Scene.create();
  scene.write("out/a.jsonl/inner.txt", "x");
  const { text, status } = await scene.run();
  assertEquals(status, 1);
  assertMatch(text, /out\/a\.jsonl: a folder of that name is there/);
  assert(!/another (?:writer|process)/.test(text), text);
  assertEquals([...Deno.readDirSync(`${scene.folder}/out`)].map(({ name }) => name), ["a.jsonl"]);
});

Deno.test("report says that a folder has its file's name", async () => {
  await using scene = await Scene.create();
  scene.write("r.html/inner.txt", "x");
  scene.write("in/b.jsonl", '{"company":"A","seniority":1}\n');
  const { text, status } = await scene.sluice([
    ...["report", "--from", `${scene.folder}/in`, "--by", "company", "--to", `${scene.folder}/r.html`],
  ]);
  assertEquals(status, 1, text);
  assertMatch(text, /r\.html.*folder/i);
});
