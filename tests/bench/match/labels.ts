import { root } from "../task_flags.ts";

/**
 * The brands that 200 rows of the real menus speak of. The rows were drawn without putting back by Python's `random.Random(20260611)`
 * as `sample(range(1, 1001), 200)` and labelled before the matcher was written, from the rows and the terms alone.
 *
 * A row's labels are the terms that it speaks of as brands, in its name or description, spelled right or nearly so:
 * - by meaning, as a guest would read it: `get one free` is no mention of Get, a cocktail called Martini none of Martini;
 * - where one name holds another, the longer one only: `Laurent Perrier` is not Perrier;
 * - a possessive, a lost apostrophe or accent, and words joined or split are mentions: `Gordon's` of Gordons;
 * - a product of a brand is a mention of it: `Absolut Citron`, `Budweiser Budvar`; one that the text does not name,
 *   however well known its maker, is not;
 * - terms of the same spelling are all labelled.
 *
 * By row, counted from 1 below the header. The text of the rows is not here: it is not the project's to give away.
 */
export function readLabels(): Map<number, string[]> {
  const [, ...lines] = Deno.readTextFileSync(
    `${root}tests/menus/match/labels.csv`,
  ).trimEnd().split("\n");
  return new Map(lines.map((line) => {
    const [row, ids] = line.split(",");
    return [Number(row), ids === "" ? [] : ids!.split(" ")];
  }));
}
