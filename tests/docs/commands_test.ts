import { assert, assertEquals } from "@std/assert/mod.js";
import { fileURLToPath } from "node:url";
import { docsFolder, markdownFiles } from "../tools/reference_pages.ts";
import { DocShell } from "./doc_shell.ts";
import { docBlocks } from "./shell_blocks.ts";

const root = new URL("../../", import.meta.url);
const pages = [
  ...["README.md", "CONTRIBUTING.md", "deploy/README.md"].map((name) => new URL(name, root)),
  ...await markdownFiles(docsFolder),
];
const nameOf = (page: URL) => fileURLToPath(page).slice(fileURLToPath(root).length);
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
      for (const { kind, line, text } of blocks) {
        if (kind.is === "not run") continue;
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
          assertEquals(status, kind.exitsWith, `${name}:${line} exited with ${status}:\n${text}\n${said}`);
        }
      }
      await shell.endPage();
    });
  }
  assert(ran >= 2, `${ran} blocks`);
});

Deno.test("Links between the documents lead to pages and headings that are there", async () => {
  const broken: string[] = [];
  for (const page of pages) {
    const text = (await Deno.readTextFile(page)).replaceAll(/^ *```[^]*?^ *```$/gm, "");
    const targets = [
      ...text.matchAll(/\]\(([^)\s]+)\)/g),
      ...text.matchAll(/^\[[^\]]+\]: (\S+)$/gm),
    ].map(([, target]) => target!);
    for (const target of targets) {
      if (/^(?:https?|mailto):/.test(target)) continue;
      const url = new URL(target, page), anchor = url.hash.slice(1);
      url.hash = "";
      const found = await Deno.stat(url).catch(() => undefined);
      const hasAnchor = anchor === "" ||
        found?.isFile && anchorsOf(await Deno.readTextFile(url)).includes(anchor);
      if (found === undefined || !hasAnchor) broken.push(`${nameOf(page)}: ${target}`);
    }
  }
  assertEquals(broken, []);
});

/** What GitHub makes of a page's headings. */
function anchorsOf(markdown: string): string[] {
  return Array.from(
    markdown.replaceAll(/^ *```[^]*?^ *```$/gm, "").matchAll(/^#+ (.+)$/gm),
    ([, heading]) => heading!.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"),
  );
}

Deno.test("README.md has at most 150 lines, and npx starts the demo first and the tests last", async () => {
  const lines = (await Deno.readTextFile(new URL("README.md", root))).trimEnd().split("\n");
  assert(lines.length <= 150, `${lines.length} lines`);
  assertEquals(lines.filter((line) => line.startsWith("npx -y deno@")), [
    "npx -y deno@2.9.3 task demo",
    "npx -y deno@2.9.3 task test",
  ]);
});
