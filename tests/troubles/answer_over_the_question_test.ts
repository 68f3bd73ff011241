import { assert, assertEquals, assertMatch } from "@std/assert/mod.js";
import { Scene } from "../errors/scene.ts";

const csv = "company,title\nAcme,CEO\n";

for (const field of ["company", "title"]) {
  const commands: Readonly<Record<string, (folder: string) => string[]>> = {
    run: (folder) => ["run", "--from", `${folder}/in`, "--to", `${folder}/out`, "--cache", "none:"],
    check: (folder) => ["check", "--from", `${folder}/in`, "--to", `${folder}/out`, "--cache", "none:"],
    watch: (folder) => ["watch", "--from", `${folder}/in`, "--to", `${folder}/out`, "--cache", "none:"],
    serve: () => ["serve", "--cache", "none:", "--listen", "127.0.0.1:0"],
    work: () => ["work", "--cache", "none:", "--queue", "redis://127.0.0.1:1"],
  };
  for (const [name, command] of Object.entries(commands)) {
    Deno.test(`${name} refuses --output-field ${field}, which is part of the question`, async () => {
      await using scene = await Scene.create();
      const path = scene.write("in/b.csv", csv);
      const { text, status } = await scene.sluice([
        ...command(scene.folder),
        ...["--model", "reference:", "--output-field", field],
      ]);
      assertEquals(status, 2, text);
      assertMatch(text, new RegExp(`Cannot use outputField ${field}: it is the ${field}Field`));
      assertEquals(Deno.readTextFileSync(path), csv);
    });
  }
}

Deno.test("run refuses an output field that is the question's by another name, and takes the old name of one", async () => {
  await using scene = await Scene.create();
  scene.write("in/a.jsonl", '{"firm":"Acme","title":"CEO","company":"old"}\n');
  const refused = await scene.run({ "company-field": "firm", "output-field": "firm" });
  assertEquals(refused.status, 2, refused.text);
  const taken = await scene.run({ "company-field": "firm", "output-field": "company" });
  assertEquals(taken.status, 0, taken.text);
  assert(!Deno.readTextFileSync(`${scene.folder}/out/a.jsonl`).includes('"old"'));
});

Deno.test("config check names the lines of an output field that is the question's", async () => {
  await using scene = await Scene.create();
  const path = scene.write("s.jsonc", '{\n  "companyField": "firm",\n  "outputField": "firm"\n}\n');
  const { text, status } = await scene.sluice(["config", "check", path]);
  assertEquals(status, 2, text);
  assertMatch(text, /s\.jsonc line 3, .*s\.jsonc line 2/);
});
