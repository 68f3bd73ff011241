import { assertEquals, assertRejects, assertThrows } from "@std/assert/mod.js";
import { ConfigError } from "../../lib/settings/config_error.ts";
import { parseConfigFile, readConfigFile } from "../../lib/settings/config_file.ts";

Deno.test("parseConfigFile() knows the line of each key", () => {
  const { values, lines } = parseConfigFile(
    `\ufeff// "objects": 9,
{
  "from": "a // b, \\"to\\": 2", /* "to":
  1, */ "include": ["x", "limit"],

  "nested": { "to": 1, "a": [{ "b": 2 }] },
  "t\\u006f"
    : "c", // the end
}`,
    "sluice.jsonc",
  );
  assertEquals([...lines], [
    ["from", 3],
    ["include", 4],
    ["nested", 6],
    ["nested.to", 6],
    ["nested.a", 6],
    ["to", 7],
  ]);
  assertEquals(values.from, 'a // b, "to": 2');
  assertEquals(values.to, "c");
});

Deno.test("parseConfigFile() says on which line the syntax is wrong, without quoting the text", () => {
  const error = assertThrows(
    () => parseConfigFile('{\n  "modelHeader": [\n    "authorization: s3cret" "x"\n  ]\n}', "my.jsonc"),
    ConfigError,
  );
  assertEquals(
    error.message,
    "Cannot read the settings in my.jsonc line 3: it is not JSON with comments, a comma, colon or quote may be missing there or just before",
  );
});

Deno.test("parseConfigFile() refuses what ends too early, is no object, or has a key twice", () => {
  const texts = ['{ "a": 1', "[1]", '{ "a": 1,\n "a": 2 }', '{ "s": { "a": 1,\n "a": 2 } }'];
  const problems = texts.map((text) => assertThrows(() => parseConfigFile(text, "f"), ConfigError).message);
  assertEquals(problems, [
    "Cannot read the settings in f: it ends too early, a bracket, brace, quote or comment is not closed",
    "Cannot read the settings in f: it must hold one object, { … }",
    "Cannot read the settings in f: a is set on line 1 and line 2",
    "Cannot read the settings in f: s.a is set on line 1 and line 2",
  ]);
});

Deno.test("readConfigFile() refuses a named file that is missing", async () => {
  const error = await assertRejects(() => readConfigFile("no/such.jsonc"), ConfigError);
  assertEquals(error.message, "Cannot read the settings in no/such.jsonc: there is no such file");
});

Deno.test("readConfigFile() does without the default file", async () => {
  const before = Deno.cwd(), empty = await Deno.makeTempDir();
  try {
    Deno.chdir(empty);
    assertEquals(await readConfigFile(), undefined);
    await Deno.writeTextFile("sluice.jsonc", '{ "to": "x" }');
    assertEquals((await readConfigFile())?.values, { to: "x" });
  } finally {
    Deno.chdir(before);
    await Deno.remove(empty, { recursive: true });
  }
});
