import { assertEquals } from "@std/assert/mod.js";
import { rows } from "../chaos/rows.ts";
import { docPages, nameOf, proseOf, root } from "./doc_pages.ts";

Deno.test("Links between the documents lead to pages and headings that are there", async () => {
  const broken: string[] = [];
  for (const page of await docPages()) {
    for (const [, target] of (await proseOf(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(?:https?|mailto):/.test(target!)) continue;
      const url = new URL(target!, page), anchor = url.hash.slice(1);
      url.hash = "";
      const found = await Deno.stat(url).catch(() => undefined);
      const hasAnchor = anchor === "" || found?.isFile && (await anchorsOf(url)).includes(anchor);
      if (found === undefined || !hasAnchor) broken.push(`${nameOf(page)}: ${target}`);
    }
  }
  assertEquals(broken, []);
});

/** What GitHub makes of a page's headings. */
async function anchorsOf(page: URL): Promise<string[]> {
  return Array.from(
    (await proseOf(page)).matchAll(/^#+ (.+)$/gm),
    ([, heading]) => heading!.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"),
  );
}

Deno.test("Files that the documents name are there", async () => {
  const missing: string[] = [];
  for (const page of await docPages()) {
    const text = await Deno.readTextFile(page);
    for (const [, path] of text.matchAll(/(?<![\w/.:-])((?:lib|tests|proto)\/[\w./-]*[\w/])/g)) {
      if (/NAME|FAMILY/.test(path!)) continue;
      if (await Deno.stat(new URL(path!, root)).catch(() => undefined) === undefined) {
        missing.push(`${nameOf(page)}: ${path}`);
      }
    }
  }
  assertEquals(missing, []);
});

const architecture = new URL("docs/architecture.md", root);

Deno.test("docs/architecture.md has every room of lib/", async () => {
  const rooms = (await proseOf(architecture)).split("## Folders\n")[1]!.split("\n## ")[0]!;
  const named = new Set(Array.from(rooms.matchAll(/`lib\/(\w+)\/`/g), ([, room]) => room!));
  const there = Array.from(Deno.readDirSync(new URL("lib/", root)), ({ name }) => name);
  assertEquals([...named].sort(), there.sort());
});

Deno.test("docs/architecture.md names symbols that are in the files it says where to change what", async () => {
  const places = (await proseOf(architecture)).split("## Where to change what\n")[1]!.split("\n## ")[0]!;
  const missing: string[] = [];
  let named = 0;
  // A path, and behind it in parentheses its symbols, with words between them.
  for (const [, path, words] of places.matchAll(/`([\w./]+\.\w+)`\s+\(((?:`[^`]*`|[^`)])*)\)/g)) {
    const source = await Deno.readTextFile(new URL(path!, root));
    for (const [, symbol] of words!.matchAll(/`([^`]+)`/g)) {
      if (/^(?:--|lib\/)/.test(symbol!)) continue;
      named++;
      if (!source.includes(symbol!)) missing.push(`${path}: ${symbol}`);
    }
  }
  assertEquals(missing, []);
  assertEquals(named >= 100, true, `${named} symbols`);
});

Deno.test("docs/architecture.md names a test, or a file of tests, for each invariant", async () => {
  const invariants = (await proseOf(architecture)).split("## Invariants\n")[1]!.split("\n## ")[0]!;
  const tests = Array.from(invariants.matchAll(/^\| \d+ .*\| `(.+?)` +\|$/gm), ([, test]) => test!);
  assertEquals(tests.length, 11);
  const source = await allTests();
  assertEquals(tests.filter((test) => !test.startsWith("tests/") && !source.includes(`"${test}"`)), []);
});

Deno.test("docs/guarantees.md names tests and fault rows that are there for its promises", async () => {
  const page = await Deno.readTextFile(new URL("docs/guarantees.md", root));
  const named = [...page.matchAll(/^ +- (row )?`(.+)`$/gm)].map(([, row, name]) => ({
    isRow: row !== undefined,
    name: name!,
  }));
  const faults = new Set(rows.map(({ fault }) => fault));
  const source = await allTests();
  const missing = named.filter(({ isRow, name }) =>
    isRow ? !faults.has(name) : !source.includes(`"${name}"`)
  );
  assertEquals(missing, []);
  const twice = [...page.matchAll(/^ +- rows `(.+)`, in `run` and `watch`$/gm)].map(([, name]) => name!);
  assertEquals(twice.filter((name) => !faults.has(`${name}, run`) || !faults.has(`${name}, watch`)), []);
  assertEquals(page.split("- rows ").length - 1, twice.length);
  assertEquals(named.length >= 25, true);
  assertEquals([...page.matchAll(/^\d+\. /gm)].length, 17);
});

/** The source of all tests. */
async function allTests(folder = new URL("tests/", root)): Promise<string> {
  let source = "";
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) source += await allTests(new URL(`${name}/`, folder));
    else if (name.endsWith("_test.ts")) source += await Deno.readTextFile(new URL(name, folder));
  }
  return source;
}
