// @ts-types="@types/damerau-levenshtein"
import damerauLevenshtein from "damerau-levenshtein";
import { assert, assertEquals, assertThrows } from "@std/assert/mod.js";
import fc from "fast-check";
import { Matcher, type MatcherOptions } from "../../../lib/menus/match/matcher.ts";
import { TermIndex } from "../../../lib/menus/match/term_index.ts";
import { numRuns } from "../../property_runs.ts";

function matcherOf(terms: readonly string[], options?: MatcherOptions): Matcher {
  return new Matcher(new TermIndex(new Map(terms.map((term, id) => [`${id}`, term]))), options);
}

/** What is found, as `Term kind: text`. */
function found(terms: readonly string[], ...fields: string[]): string[] {
  return matcherOf(terms).match(fields).map(({ term, kind, text }) => `${term} ${kind}: ${text}`);
}

Deno.test("Matcher.match() distinguishes exact, folded and fuzzy matches, with spans into the fields", () => {
  const matcher = matcherOf(["Smirnoff", "Jägermeister", "Bacardi"]);
  const fields = ["Smirnoff Ice", "With JAGERMEISTER and Baccardi."];
  const matches = matcher.match(fields);
  assertEquals(matches.map(({ term, kind, field, text }) => [term, kind, field, text]), [
    ["Smirnoff", "exact", 0, "Smirnoff"],
    ["Jägermeister", "folded", 1, "JAGERMEISTER"],
    ["Bacardi", "fuzzy", 1, "Baccardi"],
  ]);
  for (const { field, start, end, text } of matches) assertEquals(fields[field]!.slice(start, end), text);
  assertEquals(matches[0]!.score, 1);
  assertEquals(matches[2]!.score.toFixed(3), "0.875");
});

Deno.test("Matcher.match() finds each kind of misspelling", () => {
  for (
    const written of ["Smirnof", "Smirnooff", "Smrinoff", "Smyrnoff", "Śmirnoff", "Omirnoff"]
  ) {
    assertEquals(matcherOf(["Smirnoff"]).match([`a glass of ${written} on ice`]).length, 1, written);
  }
  assertEquals(found(["Johnnie Walker"], "Jonnie Walkr Red Label"), ["Johnnie Walker fuzzy: Jonnie Walkr"]);
});

Deno.test("Matcher.match() finds joined and split words", () => {
  assertEquals(found(["Coca-Cola"], "Rum and cocacola"), ["Coca-Cola folded: cocacola"]);
  assertEquals(found(["Coca-Cola Zero", "Coca-Cola"], "cocacola zero"), [
    "Coca-Cola Zero folded: cocacola zero",
  ]);
  assertEquals(found(["Pepsi"], "a cold pep si please"), ["Pepsi folded: pep si"]);
  assertEquals(
    found(["Rockshore"], "for est rock shore"),
    [],
    "two words of the dictionary in small letters",
  );
  assertEquals(found(["Rockshore"], "a Rock Shore"), ["Rockshore folded: Rock Shore"]);
});

Deno.test("Matcher.match() finds names without their apostrophes, accents, and, The and initials", () => {
  assertEquals(found(["Ben & Jerry's"], "ben and jerrys"), ["Ben & Jerry's folded: ben and jerrys"]);
  assertEquals(found(["Moët & Chandon"], "Moet Chandon Brut"), ["Moët & Chandon folded: Moet Chandon"]);
  assertEquals(found(["The Balvenie"], "Balvenie 12"), ["The Balvenie folded: Balvenie"]);
  assertEquals(found(["G.H. Mumm"], "Mumm Rosé"), ["G.H. Mumm folded: Mumm"]);
  assertEquals(
    found(["Captain Morgan"], "Captain Morgan's Spiced"),
    ["Captain Morgan exact: Captain Morgan"],
  );
});

Deno.test("Matcher.match() takes whole words only and never mends digits", () => {
  assertEquals(found(["Tuborg", "Carling"], "Tuborgian darling"), []);
  assertEquals(found(["Monkey 47"], "Monkey 46 and Monkey 47"), ["Monkey 47 exact: Monkey 47"]);
  assertEquals(found(["Kronenbourg 1664"], "Kronenbourg 1665"), []);
});

Deno.test("Matcher.match() takes a word of the dictionary for no misspelling", () => {
  assertEquals(found(["Absolut", "Palette"], "absolute delight on the palate"), []);
  assertEquals(found(["Stella Rosa", "Stella"], "a glass of Stella rose"), ["Stella exact: Stella"]);
});

Deno.test("Matcher.match() wants more of everyday words: a capital letter that says something, or a place", () => {
  const terms = ["Get", "Tap", "Fair", "Burn", "1664", "Corona", "Bell's", "Martini"];
  assertEquals(found(terms, "Get one free", "tap water, fair trade, burn slowly, brewed since 1664"), []);
  assertEquals(found(terms, "GET ONE FREE"), []);
  assertEquals(found(terms, "Burn"), ["Burn exact: Burn"]);
  assertEquals(found(terms, "a can of Burn with ice"), ["Burn exact: Burn"]);
  assertEquals(found(terms, "Burn Energy"), ["Burn exact: Burn"]);
  assertEquals(found(terms, "1664 Blanc"), ["1664 exact: 1664"]);
  assertEquals(found(terms, "Corona Extra"), ["Corona exact: Corona"]);
  assertEquals(found(terms, "the corona of the sun"), []);
  assertEquals(found(terms, "Bell's Original"), ["Bell's exact: Bell's"]);
  assertEquals(found(terms, "Apple Martini"), []);
});

Deno.test("Matcher.match() wants a capital letter of short terms", () => {
  assertEquals(found(["OVD", "Tou", "7 Up"], "tou ovd"), []);
  assertEquals(found(["OVD", "Tou", "7 Up"], "OVD, Tou, 7up and 7 Up"), [
    "OVD exact: OVD",
    "Tou exact: Tou",
    "7 Up exact: 7 Up",
  ]);
  assertEquals(found(["7 Up"], "lime with 7up"), ["7 Up folded: 7up"]);
  assertEquals(found(["Krug"], "Krag Krugs"), [], "four letters are not misspelled");
});

Deno.test("Matcher.match() gives words to the longer name", () => {
  assertEquals(found(["Cola", "Coca-Cola"], "Coca-Cola"), ["Coca-Cola exact: Coca-Cola"]);
  assertEquals(found(["Perrier", "Laurent-Perrier"], "Laurent Perrier Brut"), [
    "Laurent-Perrier folded: Laurent Perrier",
  ]);
  assertEquals(found(["Bushmills", "Black Bush"], "Bushmills Black Bush"), [
    "Bushmills exact: Bushmills",
    "Black Bush exact: Black Bush",
  ]);
  assertEquals(found(["Aviation Gin", "Aviation"], "an Aviationn on ice"), ["Aviation fuzzy: Aviationn"]);
});

Deno.test("Matcher.match() gives a term once, with its best match, and all terms of one spelling", () => {
  assertEquals(found(["Smirnoff"], "Smirnof Ice", "with Smirnoff"), ["Smirnoff exact: Smirnoff"]);
  const twice = matcherOf(["Don Julio", "Don Julio"]).match(["Don Julio Blanco"]);
  assertEquals(twice.map(({ termId }) => termId), ["0", "1"]);
});

Deno.test("Matcher.match() keeps a name within a sentence", () => {
  assertEquals(found(["Grand Marnier"], "It is grand. Marnier is a name"), []);
  assertEquals(found(["Tyler, Sons"], "by Tyler, Sons and others"), ["Tyler, Sons exact: Tyler, Sons"]);
});

Deno.test("Matcher() leaves out what scores less than minScore, and misspellings if not wanted", () => {
  const row = ["Smirnof and BACARDI"];
  assertEquals(matcherOf(["Smirnoff", "Bacardi"], { minScore: 0.9 }).match(row).map(({ term }) => term), [
    "Bacardi",
  ]);
  assertEquals(matcherOf(["Smirnoff", "Bacardi"], { fuzzy: false }).match(row).map(({ term }) => term), [
    "Bacardi",
  ]);
  assertThrows(
    () => matcherOf([], { minScore: 1.5 }),
    RangeError,
    "Cannot match terms: the least score must be from 0 to 1, not 1.5",
  );
  assertEquals(matcherOf([]).match(["Smirnoff"]), []);
});

Deno.test("Matcher() takes other words that speak for a name", () => {
  const row = ["Fair Ladders"];
  assertEquals(matcherOf(["Fair"]).match(row), []);
  assertEquals(matcherOf(["Fair"], { categoryWords: new Set(["ladders"]) }).match(row).length, 1);
});

/** A word that no dictionary has, with a capital letter: syllables of consonant and vowel, and a z. */
const madeWord = fc.array(fc.tuple(fc.constantFrom(..."bdfgklmnprstvw"), fc.constantFrom(..."aeiouäé")), {
  minLength: 2,
  maxLength: 5,
}).map((syllables) => {
  const word = syllables.flat().join("") + "zq";
  return word[0]!.toUpperCase() + word.slice(1);
});
const madeTerm = fc.tuple(madeWord, fc.option(madeWord), fc.constantFrom(" ", "-", " & ", ", ", "'")).map(
  ([word, second, between]) => second === null ? word : word + between + second,
);
const carrier = fc.array(
  fc.constantFrom("fresh", "round", "Wine", "with", "lime,", "of", "the.", "coast", "(ripe)"),
  {
    minLength: 1,
    maxLength: 12,
  },
);

Deno.test("Matcher.match() finds any term planted exactly, exactly where it was planted", () => {
  fc.assert(
    fc.property(fc.uniqueArray(madeTerm, { minLength: 1, maxLength: 20 }), carrier, fc.nat(), fc.nat(), (
      terms,
      words,
      which,
      where,
    ) => {
      const term = terms[which % terms.length]!;
      const at = where % (words.length + 1);
      const before = words.slice(0, at).map((word) => `${word} `).join("");
      const field = `${before}${term}${words.slice(at).map((word) => ` ${word}`).join("")}`;
      const match = matcherOf(terms).match(["", field]).find((one) => one.term === term);
      assert(match !== undefined, `${term} in ${field}`);
      assertEquals([match.kind, match.field, match.start, match.end, match.text], [
        "exact",
        1,
        before.length,
        before.length + term.length,
        term,
      ]);
    }),
    { numRuns },
  );
});

Deno.test("Matcher.match() takes any texts and gives spans that lie in them and do not overlap", () => {
  const anyText = fc.array(
    fc.oneof(
      madeTerm,
      fc.string({ unit: "binary", maxLength: 8 }),
      fc.constantFrom("\ud800", "Burn", "1664", "'s", " "),
    ),
    { maxLength: 12 },
  ).map((parts) => parts.join(""));
  fc.assert(
    fc.property(
      fc.array(fc.oneof(madeTerm, anyText), { maxLength: 8 }),
      fc.array(anyText, { maxLength: 3 }),
      (
        terms,
        fields,
      ) => {
        for (
          const { field, start, end, text, score, kind, term } of matcherOf(terms, { minScore: 0 }).match(
            fields,
          )
        ) {
          assert(start < end && score >= 0 && score <= 1);
          assertEquals(text, fields[field]!.slice(start, end));
          if (kind === "exact") assertEquals(text, term);
        }
      },
    ),
    { numRuns },
  );
});

/** Letters of scripts that do not part words, with a name from abroad now and then. */
const phrase = fc.array(fc.constantFrom(..."的一是在不了有和人这我大来上个国酒水果啤瓶杯冰のをはがビル"), {
  maxLength: 8,
})
  .map((letters) => letters.join(""));

Deno.test("Matcher.match() finds a Latin name between letters of other scripts, and spans it as it was given", () => {
  fc.assert(
    fc.property(madeTerm, phrase, phrase, fc.boolean(), (term, before, behind, isEncoded) => {
      const written = isEncoded ? term.replace(/[^a-z]/gi, (sign) => `&#${sign.codePointAt(0)};`) : term;
      const field = `${before}<b>${written}</b>${behind}`;
      const [match] = matcherOf([term]).match([field]);
      assertEquals([match?.kind, match?.text], ["exact", written], field);
    }),
    { numRuns },
  );
});

Deno.test("Matcher.match() finds names of three Chinese characters and more within any phrase, each letter in one", () => {
  const name = fc.array(fc.constantFrom(..."茅台五粮液剑南春泸州老窖汾酒洋河郎"), {
    minLength: 3,
    maxLength: 6,
  })
    .map((letters) => letters.join(""));
  fc.assert(
    fc.property(name, phrase, phrase, (term, before, behind) => {
      const matches = matcherOf([term]).match([`${before}${term}${behind}`]);
      assertEquals(matches.map(({ text, kind }) => [text, kind]), [[term, "exact"]]);
    }),
    { numRuns },
  );
});

Deno.test("Matcher.match() finds several names in one run of letters", () => {
  assertEquals(found(["可口可乐", "百事可乐"], "可口可乐百事可乐各一罐"), [
    "可口可乐 exact: 可口可乐",
    "百事可乐 exact: 百事可乐",
  ]);
  assertEquals(found(["コカ・コーラ", "コカ・コーラ ゼロ"], "コカコーラゼロ"), [
    "コカ・コーラ ゼロ folded: コカコーラゼロ",
  ]);
});

Deno.test("Matcher.match() finds Chinese names that are spaced out, of three characters and more", () => {
  assertEquals(found(["可口可乐", "百威"], "可口 可乐", "百 威"), ["可口可乐 folded: 可口 可乐"]);
});

Deno.test("Matcher.match() takes a long text without blanks, of many names, in time in proportion to it", () => {
  for (
    const names of [["可口可乐", "百威", "百事可乐"], ["โคคาโคล่า", "ไฮเนเก้น"], ["코카콜라", "처음처럼"]]
  ) {
    const matcher = matcherOf(names);
    const started = performance.now();
    const text = names.join("").repeat(6_000);
    assertEquals(matcher.match([text]).length, names.length);
    assert(performance.now() - started < 10_000, names.join());
  }
});

Deno.test("Matcher.match() takes a capital Latin word among other scripts for a name, and several as before", () => {
  assertEquals(found(["Monster", "Happy"], "喝Monster能量饮料", "Happy Hour 买一送一"), [
    "Monster exact: Monster",
  ]);
  assertEquals(found(["Monster"], "喝monster能量饮料"), []);
});

Deno.test("Matcher.match() takes nothing beside a name for a misspelling of it", () => {
  assertEquals(found(["Budweiser"], "一瓶Budweiser"), ["Budweiser exact: Budweiser"]);
  assertEquals(found(["Budweisers"], "一瓶Budweiser"), ["Budweisers fuzzy: Budweiser"]);
});

Deno.test("Matcher.match() parts a short term at its digits only", () => {
  assertEquals(found(["7UP"], "7-UP"), ["7UP folded: 7-UP"]);
  assertEquals(found(["R1", "V8", "Krug", "Get"], "R-1, V-8 juice, Kr-ug, G-et"), [
    "R1 folded: R-1",
    "V8 folded: V-8",
  ]);
  assertEquals(found(["7UP", "A1"], "from 7 up to 9", "A 1 litre can", "FROM 7 UP TO 9"), []);
});

Deno.test("Matcher.match() gives a term of several spellings once, with the one that is met best", () => {
  const matcher = new Matcher(
    new TermIndex(new Map([["88", ["Coca-Cola", "可口可乐", "?"]], ["2", ["Pepsi"]]])),
  );
  assertEquals(
    matcher.match(["cocacola", "可口可乐 and Pepsi"]).map(({ termId, term, text }) => [termId, term, text]),
    [["88", "可口可乐", "可口可乐"], ["2", "Pepsi", "Pepsi"]],
  );
});

Deno.test("Matcher.match() does not try more terms as there are more of them", () => {
  const letters = "abcdefghijklmnopqrstuvwxyz";
  const made = (number: number) => { // all of the same build, so that only their number differs
    let word = "";
    for (
      let rest = number * 2_654_435_761 % 2 ** 32, at = 0;
      at < 9;
      at++, rest = Math.imul(rest, 1_103_515_245) + 12_345 >>> 0
    ) {
      word += letters[(rest >>> 16) % 26];
    }
    return word[0]!.toUpperCase() + word.slice(1);
  };
  const work = (count: number) => {
    const matcher = matcherOf(Array.from({ length: count }, (_, at) => made(at)));
    for (let row = 0; row < 100; row++) {
      matcher.match([`${made(row)} with ${made(row + 7e6)}x`, "ripe plums and Zweigelt"]);
    }
    return matcher.work;
  };
  const few = work(300), many = work(30_000);
  assertEquals(many.windows, few.windows);
  assert(many.lookups <= 1.1 * few.lookups, `${many.lookups} lookups, not ${few.lookups}`);
  assert(few.candidates >= 100);
  assert(many.candidates <= 3 * few.candidates, `${many.candidates} candidates, not ${few.candidates}`);
  assert(many.distances <= few.distances + 10, `${many.distances} distances, not ${few.distances}`);
});

Deno.test("Matcher.match() finds a misspelled word if and only if it is near enough", () => {
  const letters = fc.string({ unit: fc.constantFrom(..."kqxz"), minLength: 4, maxLength: 11 });
  const edit = fc.tuple(
    fc.constantFrom("drop", "double", "swap", "other"),
    fc.nat(),
    fc.constantFrom(..."kqxz"),
  );
  fc.assert(
    fc.property(letters, fc.array(edit, { maxLength: 3 }), (term, edits) => {
      let word = term;
      for (const [kind, place, letter] of edits) {
        const at = place % word.length;
        const [before, one, two, behind] = [
          word.slice(0, at),
          word[at]!,
          word[at + 1] ?? "",
          word.slice(at + 2),
        ];
        if (kind === "swap") word = before + two + one + behind;
        else word = before + { drop: "", double: one + one, other: letter }[kind]! + two + behind;
        if (word === "") return;
      }
      const [entry] = new TermIndex(new Map([["0", term]])).entries;
      const distance = damerauLevenshtein(word, term).steps;
      const isFound = matcherOf([term], { minScore: 0 }).match([`with ${word} on ice`]).length === 1;
      assertEquals(isFound, distance <= entry!.maxEdits, `${word} for ${term}, ${distance} edits`);
    }),
    { numRuns },
  );
});
