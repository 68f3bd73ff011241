import { levelWords } from "../recipe/normalize/level_words.ts";

/** What of a title has to be equal for it to share an answer, and what only near. */
export interface TitleShape {
  /** The words that carry a level, in their order, with `*` in place of the others between them. */
  readonly level: string;
  /** The other words' character trigrams as numbers: distinct, and in order. */
  readonly grams: Uint32Array;
}

/** Longest title that has a shape, in UTF-16 units: longer ones are hardly titles. */
const maxTitleLength = 200;

const carriesLevel = new Set(levelWords.flatMap((word) => wordsOf(word) ?? []));
/** Ends of German, Dutch and Scandinavian compounds that are a rank: `Filialleiterin`. */
const rankEnds =
  /(?:leiter|leiterin|leitung|direktor|direktorin|fuhrer|fuhrerin|chef|chefin|meister|meisterin|leider|leder|manager|managerin|assistent|assistentin|praktikant|praktikantin|referent|referentin|vorstand|student|studentin|arzt|arztin)$/;

/**
 * A title's shape. Words are compared without case and accents; what has digits or is one or two letters long counts
 * among those that carry a level. `undefined` for titles of other scripts than Latin and Cyrillic, whose words have no
 * such list or no spaces: these share nothing.
 */
export function titleShape(title: string): TitleShape | undefined {
  if (title.length > maxTitleLength) return undefined;
  const words = wordsOf(title);
  if (words === undefined) return undefined;
  let level = "", rest = "";
  for (const word of words) {
    if (isOfLevel(word)) {
      level += `${word} `;
    } else {
      rest += ` ${word}`;
      if (!level.endsWith("* ")) level += "* ";
    }
  }
  return { level, grams: trigrams(rest) };
}

/** What was found out of words; a few thousand make up most titles. */
const judgedWords = new Map<string, boolean>();
const maxJudgedWords = 20_000;

function isOfLevel(word: string): boolean {
  let is = judgedWords.get(word);
  if (is === undefined) {
    if (judgedWords.size >= maxJudgedWords) judgedWords.clear();
    is = word.length <= 2 || carriesLevel.has(word) || /\p{N}/u.test(word) || rankEnds.test(word);
    judgedWords.set(word, is);
  }
  return is;
}

/** Lower case, without accents and apostrophes; `undefined` where some letter is neither Latin nor Cyrillic. */
function wordsOf(text: string): string[] | undefined {
  const folded = text.normalize("NFKD").toLowerCase().replace(/[\p{M}'’]+/gu, "");
  if (/(?![\p{sc=Latin}\p{sc=Cyrillic}])\p{L}/u.test(folded)) return undefined;
  return folded.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
}

function trigrams(text: string): Uint32Array {
  if (text === "") return new Uint32Array(0);
  const padded = `${text} `, grams = new Set<number>();
  let gram = 0;
  for (let i = 0; i < padded.length; i++) {
    // Three units of 11 bits each: of Latin and Cyrillic letters, hardly any two trigrams are taken for one.
    gram = ((gram << 11) ^ padded.charCodeAt(i)) >>> 0;
    if (i >= 2) grams.add(gram);
  }
  return Uint32Array.from(grams).sort();
}

/** How near two sets of trigrams are: Dice's coefficient, 0 to 1; 1 where both are empty. */
export function similarity(a: Uint32Array, b: Uint32Array): number {
  if (a.length + b.length === 0) return 1;
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) {
      shared++;
      i++;
      j++;
    } else if (a[i]! < b[j]!) i++;
    else j++;
  }
  return 2 * shared / (a.length + b.length);
}
