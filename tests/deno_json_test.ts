import { assertEquals } from "@std/assert/mod.js";

const read = async (path: string) =>
  JSON.parse(await Deno.readTextFile(new URL(`../${path}`, import.meta.url)));

/** Of `whole`, what `part` has too. */
function common(
  whole: Record<string, unknown>,
  part: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(whole).filter(([name]) => name in part),
  );
}

Deno.test("tests/deno.json and its lock have every package of the program, at the program's version", async () => {
  const [program, tests] = [
    await read("deno.json"),
    await read("tests/deno.json"),
  ];
  assertEquals(common(tests.imports, program.imports), program.imports);
  const [locked, lockedForTests] = [
    await read("deno.lock"),
    await read("tests/deno.lock"),
  ];
  assertEquals(
    common(lockedForTests.specifiers, locked.specifiers),
    locked.specifiers,
  );
  const { npm } = locked as { npm: Record<string, { integrity: string }> };
  const integrities = new Set(
    Object.values<{ integrity: string }>(lockedForTests.npm).map((
      { integrity },
    ) => integrity),
  );
  assertEquals(
    Object.keys(npm).filter((name) => !integrities.has(npm[name]!.integrity)),
    [],
  );
});

Deno.test("deno.json has no package that only tests use", async () => {
  const { imports } = await read("deno.json");
  const used = await importsBelow(new URL("../lib/", import.meta.url));
  const isUsed = (name: string) =>
    name.startsWith("@types/") ||
    (name.endsWith("/") ? used.some((from) => from.startsWith(name)) : (
      used.some((from) => from === name || from.startsWith(`${name}/`))
    ));
  assertEquals(Object.keys(imports).filter((name) => !isUsed(name)), []);
});

/** What the program's files import. */
async function importsBelow(folder: URL): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const url = new URL(isDirectory ? `${name}/` : name, folder);
    if (isDirectory) found.push(...await importsBelow(url));
    else if (name.endsWith(".ts")) {
      const code = await Deno.readTextFile(url);
      for (
        const [, from] of code.matchAll(
          /(?:\bfrom|\bimport|\bimport\()\s*"([^"]+)"/g,
        )
      ) found.push(from!);
    }
  }
  return found;
}
