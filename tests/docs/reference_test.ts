import { assertEquals } from "@std/assert/mod.js";
import { docsFolder, generatedFiles, markdownFiles, updatedPage } from "../tools/reference_pages.ts";

Deno.test("docs/ holds what is generated from the code as it is: else run deno task docs", async () => {
  const stale: string[] = [];
  for (const path of await markdownFiles(docsFolder)) {
    const page = await Deno.readTextFile(path);
    if (await updatedPage(page) !== page) stale.push(path.pathname.slice(docsFolder.pathname.length));
  }
  for (const [name, content] of Object.entries(generatedFiles)) {
    if (await Deno.readTextFile(new URL(name, docsFolder)) !== content()) stale.push(name);
  }
  assertEquals(stale, []);
});
