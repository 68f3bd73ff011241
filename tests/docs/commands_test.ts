import { assert, assertEquals } from "@std/assert/mod.js";
import { docPages, nameOf, root } from "./doc_pages.ts";
import { DocShell } from "./doc_shell.ts";
import { assertPermissions } from "./permissions.ts";
import { docBlocks, printsLine } from "./shell_blocks.ts";

const pages = await docPages();
/** Pages that begin with nothing but Sluice. */
const fromNothing = ["README.md", "docs/getting-started.md"];

Deno.test("Every command in the documents runs, or says why not", async (test) => {
  await using shell = await DocShell.start();
  let ran = 0;
  for (const page of pages) {
    const name = nameOf(page);
    const blocks = docBlocks(await Deno.readTextFile(page));
    if (blocks.length === 0) continue;
    await test.step(name, async () => {
      await shell.beginPage(name, { isEmpty: fromNothing.includes(name) });
      let printed: string | undefined;
      for (const { kind, line, text } of blocks) {
        if (kind.is === "not run") continue;
        if (kind.is === "output") {
          const lines = printed === undefined ? [] : text.split("\n").filter((line) => line.trim() !== "");
          assertEquals(
            lines.filter((line) => !printsLine(printed!, line)),
            [],
            `${name}:${line}, of:\n${printed}`,
          );
          continue;
        }
        printed = undefined;
        if (kind.is === "file") {
          await shell.writeFile(kind.name, text);
          continue;
        }
        const missing = [...shell.missing].find(([what]) => text.includes(what));
        if (missing !== undefined) {
          console.log(`${name}:${line} is not run here: ${missing[1]}`);
          continue;
        }
        ran++;
        if (kind.is === "server") {
          const ended = await shell.begin(text);
          assert(
            ended === undefined,
            `${name}:${line} ended with ${ended?.status}:\n${text}\n${ended?.said}`,
          );
        } else {
          const { said, status } = await shell.run(text);
          printed = said;
          assertEquals(status, kind.exitsWith, `${name}:${line} exited with ${status}:\n${text}\n${said}`);
        }
      }
      await shell.endPage();
    });
  }
  assert(ran >= 40, `${ran} blocks`);
  await test.step("docs/guides/s3.md lists the permissions that commands need", () =>
    assertPermissions(shell));
});

Deno.test("README.md has at most 150 lines, and npx starts the demo first and the tests last", async () => {
  const lines = (await Deno.readTextFile(new URL("README.md", root))).trimEnd().split("\n");
  assert(lines.length <= 150, `${lines.length} lines`);
  assertEquals(lines.filter((line) => line.startsWith("npx -y deno@")), [
    "npx -y deno@2.9.3 task demo",
    "npx -y deno@2.9.3 task test",
  ]);
});
