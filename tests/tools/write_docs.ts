/** Brings the generated parts of docs/ up to date: `deno task docs`; with `--check`, says which are stale. */
import { docsFolder, generatedFiles, markdownFiles, updatedPage } from "./reference_pages.ts";

const stale: string[] = [];
for (const path of await markdownFiles(docsFolder)) {
  const before = await Deno.readTextFile(path);
  await put(path, before, await updatedPage(before));
}
for (const [name, content] of Object.entries(generatedFiles)) {
  const path = new URL(name, docsFolder);
  await put(path, await Deno.readTextFile(path).catch(() => undefined), content());
}

async function put(path: URL, before: string | undefined, after: string): Promise<void> {
  if (before === after) return;
  stale.push(path.pathname.slice(docsFolder.pathname.length));
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(path, after);
}

const isCheck = Deno.args.includes("--check");
console.log(
  stale.length === 0 ? "docs/ is up to date" : `${isCheck ? "Stale" : "Written"}: ${stale.join(", ")}`,
);
if (isCheck && stale.length > 0) Deno.exit(1);
