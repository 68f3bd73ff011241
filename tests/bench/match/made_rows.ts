import { everydayWords } from "../../../lib/menus/match/everyday_words.ts";
import type { Dice } from "./dice.ts";
import { madeWord } from "./made_terms.ts";
import type { MenuRow } from "./menus.ts";

/** Makes rows of a name of two or three words and a description of about twenty, one word in ten unknown. */
export function madeRows(count: number, dice: Dice): MenuRow[] {
  const words = [...everydayWords.keys()];
  const prose = () =>
    Array.from(
      { length: 12 + dice.below(16) },
      () => dice.below(10) ? dice.pick(words) : madeWord(dice),
    );
  return Array.from({ length: count }, () => [
    Array.from({ length: 2 + dice.below(2) }, () => madeWord(dice)).join(" "),
    `Made ${prose().join(" ")}.`,
  ]);
}
