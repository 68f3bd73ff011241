import type { Dice } from "./dice.ts";

const heads = "b br c ch cl d dr f fl g gr h j k kr l m n p pl r s sch st t tr v w z".split(
  " ",
);
const middles = "a e i o u ai au ei ie oo ou".split(" ");
const tails = ["", "", "", "l", "n", "r", "s", "t", "ck", "nd", "rt", "x"];

/** Makes a word of two to four syllables that no dictionary has on purpose, with a capital letter. */
export function madeWord(dice: Dice): string {
  let word = "";
  for (let left = 2 + dice.below(3); left > 0; left--) {
    word += dice.pick(heads) + dice.pick(middles) + dice.pick(tails);
  }
  return word[0]!.toUpperCase() + word.slice(1);
}

/** Makes this many terms by id, one in three of two words and one in twelve of three. */
export function madeTerms(count: number, dice: Dice): Map<string, string> {
  const terms = new Map<string, string>();
  const all = new Set<string>();
  for (let id = 1; terms.size < count; id++) {
    const words = [1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3][dice.below(12)]!;
    const term = Array.from({ length: words }, () => madeWord(dice)).join(" ");
    if (!all.has(term)) terms.set(`${id}`, term);
    all.add(term);
  }
  return terms;
}
