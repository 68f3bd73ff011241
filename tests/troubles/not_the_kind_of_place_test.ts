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

Deno.test("cache import, cache export and warm say that a folder is no file of theirs", async () => {
  await using scene = await Scene.create();
  const cache = ["--cache", `sqlite:${scene.folder}/c.db`];
  const commands = [
    ["cache", "import", `${scene.folder}/in`, ...cache],
    ["cache", "export", "--keys", `${scene.folder}/in`, ...cache],
    ["warm", "--pairs", `${scene.folder}/in`, "--model", "reference:", ...cache],
  ];
  for (const command of commands) {
    const { text, status } = await scene.sluice(command);
    assertEquals(status, 1, text);
    assertMatch(scene.shown(text), /^sluice: Cannot read <DIR>\/in: it is a folder, not a file$/m);
  }
});

Deno.test("sample --help says what --to is in a sample, and sample writes to no database", async () => {
  await using scene = await Scene.create();
  const { stdout } = await scene.streams(["sample", "--help"]);
  assertMatch(stdout.replace(/\s+/g, " "), /Where the postings are written/);
  const { text, status } = await scene.sluice(["sample", "--to", "postgres://u@127.0.0.1:1/db"]);
  assertEquals([text, status], ["sluice: Cannot write to a database: files are wanted here", 1]);
});
