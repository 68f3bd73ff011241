/**
 * Bundles `lib/page/browser/` into `lib/page/page_script.js`, the script of the live page. With `--check`, says instead
 * whether that is what the sources make. The bundler is the pinned Deno's own: another version may make other bytes.
 */
const folder = new URL("../../lib/page/browser/", import.meta.url);
const target = new URL("../../lib/page/page_script.js", import.meta.url);

/** SHA-256 over the names and texts of the page's sources, as the built script names it. */
export async function pageSourceHash(): Promise<string> {
  const names = Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  const sources: string[] = [];
  for (const name of (await names).filter((name) => name.endsWith(".ts")).sort()) {
    sources.push(`${name}\n${await Deno.readTextFile(new URL(name, folder))}`);
  }
  const bytes = new TextEncoder().encode(sources.join("\n").replaceAll("\r\n", "\n"));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

async function bundlePage(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--format", "iife", "--platform", "browser", "lib/page/browser/main.ts"],
    cwd: new URL("../../", import.meta.url),
  }).output();
  if (!success) throw new Error(`Cannot bundle the page: ${new TextDecoder().decode(stderr)}`);
  return "// deno-fmt-ignore-file\n// deno-lint-ignore-file\n" +
    "// Made by `deno task page` from lib/page/browser/. SHA-256 of the sources:\n" +
    `// ${await pageSourceHash()}\n${new TextDecoder().decode(stdout).trim()}\n`;
}

if (import.meta.main) {
  const made = await bundlePage();
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(target, made);
  else if (await Deno.readTextFile(target) !== made) {
    console.error("page_script.js is not what lib/page/browser/ makes: run `deno task page`");
    Deno.exit(1);
  }
}
