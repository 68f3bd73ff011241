import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { record, Scene } from "../errors/scene.ts";

for (const prefix of ["in/sub/../", "in/./", "../", "in/..", "."]) {
  for (const setting of ["from", "to"]) {
    Deno.test(`run refuses ${JSON.stringify(prefix)} in the prefix of --${setting}, with 2`, async () => {
      await using scene = await Scene.create();
      const s3 = await scene.s3();
      const bucket = setting === "from" ? "raw" : "mod";
      const said = await scene.run({
        ...{ from: "s3://raw/in/", to: "s3://mod/x/" },
        [setting]: `s3://${bucket}/${prefix}`,
      });
      assertEquals(said.status, 2);
      const part = prefix.split("/").find((part) => /^\.\.?$/.test(part));
      assertStringIncludes(said.text, `s3://${bucket}/${prefix}: its prefix has a part "${part}"`);
      assertEquals(s3.requests, []);
    });
  }
}

for (const command of ["check", "estimate", "watch", "report", "match", "warm"]) {
  Deno.test(`${command} refuses .. in a prefix, with 2`, async () => {
    await using scene = await Scene.create();
    const s3 = await scene.s3();
    const from = ["--from", "s3://raw/in/../menus.csv"];
    const answering = ["--model", "reference:", "--cache", "memory:"];
    const flags: Readonly<Record<string, string[]>> = {
      check: ["--to", "s3://mod/x/", ...answering],
      estimate: ["--cache", "memory:", "--model-version", "1"],
      watch: ["--to", "s3://mod/x/", "--listen", "127.0.0.1:0", ...answering],
      report: ["--by", "company"],
      match: ["--terms", scene.write("terms.csv", "id,term\n1,Cola\n"), "--to", `${scene.folder}/out.csv`],
      warm: ["--top", "1", "--model", "reference:", "--cache", `sqlite:${scene.folder}/cache.db`],
    };
    const { status, text } = await scene.sluice([command, ...from, ...flags[command]!]);
    assertEquals(s3.requests.filter(({ bucket }) => bucket === "raw"), [], text);
    assertEquals(status, command === "check" ? 1 : 2, text);
    assertStringIncludes(
      text,
      `its prefix has a part \\"..\\"`.replaceAll("\\", command === "watch" ? "\\" : ""),
    );
  });
}

Deno.test("run reads keys that look folded as they are, and names those that cannot be read", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3();
  const odd = ["%2e%2e/a.jsonl", "a//b.jsonl", "c d+e?f#g%20h.jsonl", "x..y/b.jsonl", "...z/c.jsonl"];
  for (const name of odd) s3.put("raw", `in/${name}`, record(name.replaceAll(/\W/g, " ")));
  s3.put("raw", "in/sub/../up.jsonl", record("up"));
  s3.put("raw", "in/./here.jsonl", record("here"));
  const args = ["run", "--from", "s3://raw/in/", "--to", "s3://mod/x/", "--model", "reference:"];
  const { status, text } = await scene.sluice(
    [...args, "--cache", "none:", "--ledger", `${scene.folder}/state/ledger.db`],
  );
  assertEquals(status, 0, text);
  assertStringIncludes(text, "3 skipped: ");
  for (const name of ["...z/", "./", "sub/../"]) assertStringIncludes(text, name);
  assertEquals(s3.keys("mod"), ["a.jsonl", ...odd.slice(0, 4)].map((name) => `x/${name}`).sort());
});
