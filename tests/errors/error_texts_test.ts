import { assert, assertEquals, assertMatch } from "@std/assert/mod.js";
import { factsOf, type Said } from "./error_text.ts";
import { Scene } from "./scene.ts";
import { tables } from "./tables.ts";

for (const { name, rows } of tables) {
  for (const { when, text, kind, status, missing, provoke } of rows) {
    const why = missing === undefined ? "" : ` (not run: ${missing})`;
    Deno.test({ name: `${name} reports: ${when}${why}`, ignore: missing !== undefined }, async () => {
      await using scene = await Scene.create();
      const said: Exclude<Said, string> = await saidBy(provoke(scene));
      const shown = scene.shown(said.text);
      for (const line of shown.split("\n")) assertForm(line);
      const missed = factsOf(text).filter((fact) => !factsOf(shown).includes(fact));
      assertEquals(missed, [], `the message leaves out what users need to know: ${shown}`);
      if (kind !== undefined) assertEquals(said.kind, kind, shown);
      if (status !== undefined) assertEquals(said.status, status, shown);
    });
  }
}

async function saidBy(said: Promise<Said> | Said): Promise<Exclude<Said, string>> {
  const what = await said;
  return typeof what === "string" ? { text: what } : what;
}

/** A sentence without a final period that gives a cause, and no secret. */
function assertForm(line: string): void {
  const message = line.replace(/^(?:sluice: |FAILED {2}\w+ +)/, "");
  assertMatch(message, /^(?:\.\.\. )?[A-Z].*\S$/, message);
  if (message.startsWith("Cannot ")) assertMatch(message, /^Cannot .+: ./);
  assert(!/[.!]$|invalid (?:option|argument)s?$|undefined|\[object|s3cret/.test(message), message);
}

Deno.test("error texts have a row each, under a name of its own", () => {
  const names = tables.flatMap(({ name, rows }) => rows.map(({ when }) => `${name}: ${when}`));
  assertEquals(names, [...new Set(names)]);
});

Deno.test("factsOf() finds the values in a message, however it is worded", () => {
  assertEquals(
    factsOf('Cannot read s3://b/p/a from byte 1,024 on: 503 SlowDown, see --s3-timeout, not "x y"'),
    [
      "s3://b/p/a",
      "1024",
      "503",
      "--s3-timeout",
      '"x y"',
    ],
  );
});
