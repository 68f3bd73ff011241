import { fileURLToPath } from "node:url";
import { docsFolder, markdownFiles } from "../tools/reference_pages.ts";

export const root = new URL("../../", import.meta.url);

/** All pages of the documents. */
export async function docPages(): Promise<URL[]> {
  const beside = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "deploy/README.md"];
  return [...beside.map((name) => new URL(name, root)), ...await markdownFiles(docsFolder)];
}

/** A page's path from the root: `docs/guides/s3.md`. */
export function nameOf(page: URL): string {
  return fileURLToPath(page).slice(fileURLToPath(root).length);
}

/** A page without its fenced blocks. */
export async function proseOf(page: URL): Promise<string> {
  return (await Deno.readTextFile(page)).replaceAll(/^ *```[^]*?^ *```$/gm, "");
}
