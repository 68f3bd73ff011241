/** Brings the generated parts of docs/ up to date: `deno task docs`; with `--check`, says which are stale. */
import { docsFolder, markdownFiles, updatedPage } from "./reference_pages.ts";

const stale: string[] = [];
for (const path of await markdownFiles(docsFolder)) {
  const before = await Deno.readTextFile(path), after = await updatedPage(before);
  if (before === after) continue;
  stale.push(path.pathname.slice(docsFolder.pathname.length));
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(path, after);
}
const isCheck = Deno.args.includes("--check");
console.log(
  stale.length === 0 ? "docs/ is up to date" : `${isCheck ? "Stale" : "Written"}: ${stale.join(", ")}`,
);
if (isCheck && stale.length > 0) Deno.exit(1);
