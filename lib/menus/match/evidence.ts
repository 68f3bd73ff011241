import { everydayWords, linkingWords } from "./everyday_words.ts";
import type { TermEntry } from "./term_entry.ts";
import type { Token } from "./fold.ts";

/** Up to how many words a field is a name, so that its first word heads a name and begins no sentence. */
const maxNameWords = 8;

/** Where an entry was met: the field's words, which of them, and how the field is written. */
export interface TermPosition {
  readonly tokens: readonly Token[];
  readonly first: number;
  readonly last: number;
  readonly style: FieldStyle;
  readonly categoryWords: ReadonlySet<string>;
  /** The text is written exactly as the term. */
  readonly exact: boolean;
}

/** What the place weighs: nothing is missing, a little is, or the place speaks against the name. */
const sure = 1, likely = 0.9, fair = 0.82, doubtful = 0.7, unlikely = 0.5;

/**
 * How much the place speaks for the entry's being meant as a name, from 0.5 to 1: always 1 for a plain term. A short
 * one needs a capital letter, or digits beside its letters (`7up`, `7-up`). One made of everyday words needs a capital
 * letter where that says something: not in a text all in capitals, not as the tail of another name in a title
 * (`Apple Martini`), not at the head of a sentence; among words of a script without capitals it says all. One of
 * daily speech (`Get`) or a number needs, beyond that, to stand alone in its field, beside a word such as `vodka`, or
 * capital in the midst of a sentence; with an apostrophe that the text has too (`Bell's`) it is a name like any other
 * of everyday words.
 */
export function evidence(entry: TermEntry, place: TermPosition): number {
  if (entry.termClass === "plain") return sure;
  const { tokens, first, last, style } = place;
  const capital = isCapital(entry, place);
  const alone = tokens.every(({ text }, index) => index >= first && index <= last || isMeasure(text));
  if (entry.termClass === "short") {
    const run = tokens.slice(first, last + 1);
    const mixed = run.some(({ digits }) => digits) && run.some(({ text }) => /[a-z]/.test(text)) &&
      run.every(({ attached }, index) => index === 0 || attached);
    return capital || mixed || alone || place.exact ? sure : unlikely;
  }
  if (alone) return sure;
  const behind = tokens[last + 1], before = tokens[first - 1];
  // The one Latin name in a Chinese phrase.
  const beside = [before, behind].filter((token) => token !== undefined);
  if (capital && beside.every(isForeign) && beside.some(({ script }) => script !== "spaced")) return sure;
  const named = behind !== undefined && !behind.afterBreak &&
    (place.categoryWords.has(behind.text) || isMeasure(behind.text));
  const heads = first === 0 && tokens.length <= maxNameWords;
  if (entry.termClass === "common" && !(place.exact && /['’`]/.test(entry.term))) {
    if (entry.digits !== "") {
      return heads && (behind === undefined || behind.capital || named) ? likely : unlikely;
    }
    if (named && capital) return style === "sentence" || heads ? likely : fair;
    const midSentence = style === "sentence" && capital && !tokens[first]!.startsSentence &&
      !(before !== undefined && before.capital && !tokens[first]!.afterBreak) &&
      !(behind !== undefined && behind.capital && !behind.afterBreak && everydayWords.has(behind.text));
    return midSentence ? sure : unlikely;
  }
  const several = entry.words.length > 1;
  if (style === "capitals") return several || heads || named ? fair : doubtful;
  if (style === "small" && !capital) return heads || named ? fair : several ? doubtful : unlikely;
  if (!capital) return several && heads ? fair : several ? doubtful : unlikely;
  if (several) return sure;
  if (
    before !== undefined && before.capital && !tokens[first]!.afterBreak && !linkingWords.has(before.text)
  ) {
    if (style === "title" || !before.startsSentence) return doubtful;
  }
  if (tokens[first]!.startsSentence && !heads && behind !== undefined && behind.lower) return doubtful;
  return sure;
}

/** Whether as many words have a capital letter as in the term; never where it has none. */
function isCapital({ capitals }: TermEntry, { tokens, first, last }: TermPosition): boolean {
  let count = 0;
  for (let index = first; index <= last; index++) if (tokens[index]!.capital) count++;
  return count > 0 && count >= Math.min(capitals, last - first + 1);
}

/** Whether a word is none that could be of the same name: an amount, or of a script without capitals. */
function isForeign({ script, text }: Token): boolean {
  return script !== "spaced" || isMeasure(text);
}

/** Whether a word is a number or an amount: `27`, `330ml`, `70cl`. */
function isMeasure(word: string): boolean {
  return /^\d+(?:ml|cl|l|oz|g|pt)?$|^(?:ml|cl|oz|x\d+)$/.test(word);
}

/** From what share of words with a capital letter on a field is a title. */
const minTitleShare = 0.6;

/**
 * What a capital letter says in a field. `capitals`: nothing, all are. `small`: nothing, it has no capitals. `title`:
 * little, most words have one. `sentence`: much.
 */
export type FieldStyle = "capitals" | "small" | "title" | "sentence";

/** The style of a field, from its words of two letters and more. */
export function fieldStyle(tokens: readonly Token[]): FieldStyle {
  let words = 0, capital = 0, upper = 0;
  for (const token of tokens) {
    if (token.text.length < 2 || !token.capital && !token.lower || linkingWords.has(token.text)) continue;
    words++;
    if (token.capital) capital++;
    if (token.upper) upper++;
  }
  if (capital === 0) return "small";
  if (upper === words && words > 1) return "capitals";
  return capital >= words * minTitleShare ? "title" : "sentence";
}
