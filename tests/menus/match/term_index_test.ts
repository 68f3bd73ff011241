import { assertEquals } from "@std/assert/mod.js";
import { TermIndex } from "../../../lib/menus/match/term_index.ts";

const spellings = (...terms: string[]) =>
  new TermIndex(new Map(terms.map((term, id) => [`${id}`, term]))).entries.map(({ letters }) => letters);

Deno.test("TermIndex() keeps a term's letters run together, and without The, and or initials", () => {
  assertEquals(spellings("Coca-Cola"), ["cocacola"]);
  assertEquals(spellings("The Balvenie"), ["thebalvenie", "balvenie"]);
  assertEquals(spellings("Moët & Chandon"), ["moetandchandon", "moetchandon"]);
  assertEquals(spellings("G.H. Mumm"), ["ghmumm", "mumm"]);
  assertEquals(
    spellings("The Palm", "R Wines", "J&B"),
    ["thepalm", "rwines", "jandb"],
    "what is left is everyday",
  );
});

Deno.test("TermIndex() allows more edits the longer a term is", () => {
  const { entries } = new TermIndex(
    new Map([["1", "Krug"], ["2", "Asahi"], ["3", "Smirnoff"], ["4", "Jägermeister"], ["5", "Burn"], [
      "6",
      "1664",
    ]]),
  );
  assertEquals(entries.map(({ maxEdits }) => maxEdits), [0, 1, 1, 2, 0, 0]);
});

Deno.test("TermIndex() says what a term needs besides its letters", () => {
  const { entries } = new TermIndex(
    new Map(
      ["Smirnoff", "OVD", "Get", "1664", "Corona", "Red Bull", "Ketel One"].map((term) => [term, term]),
    ),
  );
  assertEquals(entries.map(({ termClass }) => termClass), [
    "plain",
    "short",
    "common",
    "common",
    "everyday",
    "everyday",
    "plain",
  ]);
});

Deno.test("TermIndex() sets aside terms that can't be found and takes an empty list", () => {
  const long = Array.from({ length: 13 }, () => "word").join(" ");
  const index = new TermIndex(
    new Map([["1", "?!"], ["2", ""], ["3", long], ["4", "x".repeat(121)], ["5", "Kirin"]]),
  );
  assertEquals([...index.unusable.keys()], ["1", "2", "3", "4"]);
  assertEquals(index.entries.length, 1);
  assertEquals(new TermIndex(new Map()).entries, []);
});

Deno.test("TermIndex() takes several spellings of an id, and names those that can't be found", () => {
  const index = new TermIndex(new Map([["88", ["Coca-Cola", "?", "!"]], ["89", ["Pepsi"]]]));
  assertEquals(index.entries.map(({ termId, term }) => [termId, term]), [["88", "Coca-Cola"], [
    "89",
    "Pepsi",
  ]]);
  assertEquals([...index.unusable], [["88", ["?", "!"]]]);
});

Deno.test("TermIndex() reads terms as readers see them, and needs no capital letter where there are none", () => {
  const { entries } = new TermIndex(new Map([["1", "<i>Nescaf&eacute;</i>"], ["2", "七喜"], ["3", "7喜"]]));
  assertEquals(
    entries.map(({ term, written, termClass, mayBeWithin }) => [term, written, termClass, mayBeWithin]),
    [
      ["<i>Nescaf&eacute;</i>", "Nescafé", "plain", false],
      ["七喜", "七喜", "plain", true],
      ["7喜", "7喜", "plain", true],
    ],
  );
});
