import { assert, assertEquals } from "@std/assert/mod.js";
import { everydayWords } from "../../../lib/menus/match/everyday_words.ts";
import { fold } from "../../../lib/menus/match/fold.ts";
import { Matcher } from "../../../lib/menus/match/matcher.ts";
import { isRareWord } from "../../../lib/menus/match/rare_words.ts";
import { TermIndex } from "../../../lib/menus/match/term_index.ts";
import { Dice } from "../../bench/match/dice.ts";
import { madeRows } from "../../bench/match/made_rows.ts";
import { madeTerms } from "../../bench/match/made_terms.ts";
import { misspell } from "../../bench/match/misspell.ts";
import { nearWords } from "../../bench/match/near_words.ts";
import { plant } from "../../bench/match/plant.ts";

/** How many rows are made, and how many of their terms are words of the dictionary, as of real brands about one in six is. */
const rows = 513, everydayTerms = 90;
/** What share of the misspelled terms is to be found. */
const minRecall = 0.98;

const words = [...everydayWords.keys()].filter((word) => /^[a-z]{6,10}$/.test(word));
const capital = (word: string) => word[0]!.toUpperCase() + word.slice(1);

/** Terms of six letters and more: one in six of one or two everyday words, the others of words that no dictionary has. */
function mixedTerms(dice: Dice): Map<string, string> {
  const terms = new Map<string, string>();
  for (let id = 0; id < everydayTerms; id++) {
    const several = id % 3 === 0 ? [dice.pick(words), dice.pick(words)] : [dice.pick(words)];
    terms.set(`everyday-${id}`, several.map(capital).join(" "));
  }
  for (const [id, term] of madeTerms(2 * rows, dice)) {
    if (terms.size < rows && fold(term).map(({ text }) => text).join("").length >= 6) terms.set(id, term);
  }
  return terms;
}

for (const seed of [1, 2, 3]) {
  Deno.test(`Matcher.match() finds 98 in 100 names with one edit, everyday words among them (${seed})`, () => {
    const dice = new Dice(seed);
    const terms = mixedTerms(dice), index = new TermIndex(terms), matcher = new Matcher(index);
    const spellings = new Set(index.entries.map(({ letters }) => letters));
    const carriers = madeRows(300, dice).filter((row) => matcher.match(row).length === 0);
    const missed: string[] = [];
    let written = 0, noWords = 0;
    for (const [id, term] of terms) {
      const wrong = misspell(term, dice.pick(["substitution", "drop", "double", "swap"] as const), dice);
      const folded = wrong === undefined ? [] : fold(wrong).map(({ text }) => text);
      if (wrong === undefined || spellings.has(folded.join(""))) continue;
      const { row } = plant(wrong, dice.pick(carriers), "anywhere", dice)!;
      written++;
      if (matcher.match(row).some(({ termId }) => termId === id)) continue;
      missed.push(`${wrong} for ${term}`);
      if (id.startsWith("everyday") && !folded.some((word) => everydayWords.has(word) || isRareWord(word))) {
        noWords++;
      }
    }
    assert(written > 0.95 * rows);
    assert(
      missed.length <= (1 - minRecall) * written,
      `${missed.length} of ${written} missed: ${missed.join(", ")}`,
    );
    assertEquals(noWords, 0, `no word of the language, and not found: ${missed.join(", ")}`);
  });
}

Deno.test("Matcher.match() takes no word of the language for a misspelled everyday name", () => {
  const dice = new Dice(4);
  const names = Array.from({ length: 100 }, () => capital(dice.pick(words)));
  const index = new TermIndex(new Map(names.map((name) => [name, name]))), matcher = new Matcher(index);
  const near = nearWords(index.entries);
  const carriers = madeRows(200, dice).filter((row) => matcher.match(row).length === 0);
  for (const word of [...near.everyday, ...near.rare]) {
    for (const written of [word, capital(word), word.toUpperCase()]) {
      const { row, field, start, end } = plant(written, dice.pick(carriers), "anywhere", dice)!;
      const found = matcher.match(row).filter((one) =>
        one.field === field && one.start < end && start < one.end
      );
      assertEquals(
        found.filter(({ kind }) => kind === "fuzzy").map(({ text, term }) => `${text} for ${term}`),
        [],
      );
    }
  }
});
