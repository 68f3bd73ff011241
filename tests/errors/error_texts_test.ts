import { assert, assertEquals, assertMatch } from "@std/assert/mod.js";
import { Scene } from "./scene.ts";
import { holds, phrasesOf, type SourcePhrase, sourcePhrases } from "./source_phrases.ts";
import { tables } from "./tables.ts";
import { unmetPhrases } from "./unmet_phrases.ts";

const lib = new URL("../../lib/", import.meta.url).pathname;

for (const { name, rows } of tables) {
  for (const { when, text, status, missing, provoke } of rows) {
    const why = missing === undefined ? "" : ` (not run: ${missing})`;
    Deno.test({ name: `${name} says all of it: ${when}${why}`, ignore: missing !== undefined }, async () => {
      await using scene = await Scene.create();
      const said = await provoke(scene);
      const told = typeof said === "string" ? { text: said } : said;
      const expected = status === undefined ? { text } : { text, status };
      assertEquals({ ...told, text: scene.shown(told.text) }, expected);
    });
  }
}

Deno.test("error texts say what failed and why, in one form, and no secret", () => {
  const opening =
    /^(?:Cannot .+: |Going on without .+: |Waiting for the model: |The model answers again: |The queue answers again: |Listing works again: |The cache .+: |Trying again to .+: |The fleet's .+: |NOTHING TO DO: |Near titles share answers: |Left alone: |Removed \d|Stopping: |Stopped |stopped by )/;
  for (const line of tables.flatMap(({ rows }) => rows).flatMap(({ text }) => text.split("\n"))) {
    const message = line.replace(/^(?:sluice: |FAILED {2}\w+ +)/, "");
    assertMatch(message, opening);
    assert(!/[.!]$|invalid (?:option|argument)s?$|undefined|\[object|s3cret/.test(message), message);
  }
});

Deno.test("error texts have a row each, under a name of its own", () => {
  const names = tables.flatMap(({ name, rows }) => rows.map(({ when }) => `${name}: ${when}`));
  assertEquals(names, [...new Set(names)]);
});

Deno.test("error texts cover each phrase of the source that a user can meet", () => {
  const phrases = sourcePhrases(lib);
  const isCovered = ({ file, text }: SourcePhrase) =>
    tables.some(({ files, rows }) => files.includes(file) && rows.some((row) => holds(row.text, text)));
  const isUnmet = (phrase: SourcePhrase) =>
    unmetPhrases.some(({ file, text }) => file === phrase.file && text === phrase.text);

  const missing = phrases.filter((phrase) => !isCovered(phrase) && !isUnmet(phrase));
  assertEquals(missing, [], "add rows that provoke these, or say in unmet_phrases.ts why nobody meets them");

  const stale = unmetPhrases.filter(({ file, text }) =>
    !phrases.some((phrase) => file === phrase.file && text === phrase.text && !isCovered(phrase))
  );
  assertEquals(stale, [], "take these out of unmet_phrases.ts: they are gone, or a row has them");
});

Deno.test("phrasesOf() finds what errors and messages begin with, and nothing else", () => {
  const source = String.raw`
    // new Error("a comment"), it's one
    throw new RangeError(${"`"}Cannot do \`this\` to ${'${f("x", `y ${z}`)}'}: ${"`"} + "it's " + why, { cause: "no text" });
    const matches = /"Cannot match"/.test(text) ? a / b / c : "none of ours";
    throw new ConfigError([${"`"}Cannot start: ${"${why}`"}]);
    throw failure("look at", this.url, error);
    onTrouble(${"`"}Going on without ${"${what}`"});
    v.regex(/^[/]"$/, "must be short");
    f("Cannot see");
  `;
  assertEquals([...phrasesOf(source)].map(({ text }) => text), [
    "Cannot do `this` to …: it's ",
    "Cannot start: …",
    "Cannot look at ",
    "Going on without …",
    "must be short",
    "Cannot see",
  ]);
});
