import { assert, assertEquals, assertLess, assertNotEquals } from "@std/assert/mod.js";
import fc from "fast-check";
import { similarity, titleShape } from "../../lib/shortcuts/title_shape.ts";
import { levelWords } from "../../lib/recipe/normalize/level_words.ts";
import { numRuns } from "../property_runs.ts";

const levelOf = (title: string) => titleShape(title)?.level.trim();

for (
  const [title, level] of [
    ["Software Engineer", "*"],
    ["Senior Software Engineer", "senior *"],
    ["Software Engineer II (Berlin)", "* ii *"],
    ["Head of Sales", "head of *"],
    ["Assistant to the Sales Director", "assistant to the * director"],
    ["Assistant Manager", "assistant manager"],
    ["Assistant Store Manager", "assistant * manager"],
    ["VP, Sales", "vp *"],
    ["Filialleiterin Süd", "filialleiterin *"],
    ["Estagiário de Marketing", "estagiario de *"],
    ["Старший инженер", "старшии *"],
    ["Engineer L5", "* l5"],
    ["", ""],
  ] as const
) {
  Deno.test(`titleShape() of ${JSON.stringify(title)} has the level ${JSON.stringify(level)}`, () => {
    assertEquals(levelOf(title), level);
  });
}

for (const title of ["高级工程师", "シニアエンジニア", "مهندس", "Engineer 工程师", "x".repeat(201)]) {
  Deno.test(`titleShape() has none of ${title.slice(0, 20)}`, () =>
    assertEquals(titleShape(title), undefined));
}

const plainWord: fc.Arbitrary<string> = fc.constantFrom(
  "software",
  "engineer",
  "sales",
  "data",
  "nurse",
  "berlin",
  "remote",
  "payments",
  "клиент",
);
const plain = fc.array(plainWord, { maxLength: 6 });
const levelWord = fc.constantFrom(...levelWords);
const place = fc.nat({ max: 6 });
const cased = fc.constantFrom((word: string) => word, (word: string) => word.toUpperCase());

Deno.test("titleShape() keeps any title apart from the same one with any level word more, wherever it stands", () => {
  fc.assert(
    fc.property(plain, levelWord, place, cased, (words, word, at, cased) => {
      assertNotEquals(levelOf(words.toSpliced(at, 0, cased(word)).join(" ")), levelOf(words.join(" ")));
    }),
    { numRuns },
  );
});

Deno.test("titleShape() keeps titles with different level words apart, and with the same ones in another order", () => {
  const folded = (word: string) => levelOf(word);
  fc.assert(
    fc.property(plain, levelWord, levelWord, place, (words, one, other, at) => {
      fc.pre(folded(one) !== folded(other));
      const titles = [[one], [other], [one, other], [other, one]].map((inserted) =>
        words.toSpliced(at, 0, ...inserted).join(" ")
      );
      assertEquals(new Set(titles.map(levelOf)).size, 4);
    }),
    { numRuns },
  );
});

Deno.test("titleShape() takes as equal what differs in case, accents and punctuation only", () => {
  const shapes = ["Développeur, Café-Bar", "developpeur café BAR"].map(titleShape);
  assertEquals(shapes[0], shapes[1]);
  assertEquals(similarity(shapes[0]!.grams, shapes[1]!.grams), 1);
});

Deno.test("similarity() is Dice's coefficient of the other words' trigrams", () => {
  const near = (a: string, b: string) => similarity(titleShape(a)!.grams, titleShape(b)!.grams);
  assertEquals(near("abcd", "abce"), 2 * 2 / 8); // " ab", "abc", "bcd", "cd " and " ab", "abc", "bce", "ce "
  assertEquals(near("Senior", "Junior"), 1);
  assertEquals(near("abc", "xyz"), 0);
  assert(near("Payments Engineer Berlin", "Payments Engineer Leeds") > 0.7);
  assertLess(near("Payroll Clerk", "Warehouse Operative"), 0.2);
});
