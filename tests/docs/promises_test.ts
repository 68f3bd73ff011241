import { assert, assertEquals } from "@std/assert/mod.js";
import { rows } from "../chaos/rows.ts";

const here = new URL("../", import.meta.url);

Deno.test("docs/guarantees.md names tests and fault rows that are there for its promises", async () => {
  const page = await Deno.readTextFile(new URL("../docs/guarantees.md", here));
  const named = [...page.matchAll(/^ +- (row )?`(.+)`$/gm)].map(([, row, name]) => ({
    isRow: row !== undefined,
    name: name!,
  }));
  const faults = new Set(rows.map(({ fault }) => fault));
  const source = (await Promise.all((await testFiles(here)).map((file) => Deno.readTextFile(file)))).join(
    "\n",
  );
  const missing = named.filter(({ isRow, name }) =>
    isRow ? !faults.has(name) : !source.includes(`"${name}"`)
  );
  assertEquals(missing, []);
  assert(named.length >= 25);
  assertEquals([...page.matchAll(/^\d+\. /gm)].length, 14);
});

async function testFiles(folder: URL): Promise<URL[]> {
  const files: URL[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) files.push(...await testFiles(new URL(`${name}/`, folder)));
    else if (name.endsWith("_test.ts")) files.push(new URL(name, folder));
  }
  return files;
}
