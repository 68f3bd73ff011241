/** A word of a text, folded, and where it stands in the text. Offsets are in UTF-16 units. */
export interface Token {
  /** The word as it is compared: lower case, no accents, no apostrophes. Never empty. */
  readonly text: string;
  /** Where the word begins in the text. */
  readonly start: number;
  /** Where the word ends, behind its last letter or digit. */
  readonly end: number;
  /** Where the word ends without its `'s`; equal to `end` where it has none. */
  readonly stemEnd: number;
  /** Its first letter or digit is a capital letter. */
  readonly capital: boolean;
  /** It has capital letters and no small ones. */
  readonly upper: boolean;
  /** It has small letters and no capital ones. */
  readonly lower: boolean;
  /** It has a digit. */
  readonly digits: boolean;
  /** A comma, the end of a sentence or the like stands between the word before and this one. */
  readonly afterBreak: boolean;
  /** It begins a sentence, or the text. */
  readonly startsSentence: boolean;
}

/** How many folded characters beyond ASCII are remembered, so that each is folded once. */
const maxKnownCharacters = 4096;

/** Up to how many letters a word before a full stop is an abbreviation, as in `Dr. Loosen`. */
const maxAbbreviationLetters = 3;

/** Letters that Unicode does not take apart. */
const plainLetters: Readonly<Record<string, string>> = {
  "ß": "ss",
  "æ": "ae",
  "œ": "oe",
  "ø": "o",
  "đ": "d",
  "ð": "d",
  "ħ": "h",
  "ı": "i",
  "ł": "l",
  "ŧ": "t",
  "þ": "th",
  "ς": "σ",
};

const apostrophes = new Set([..."'’‘`´ʼ′＇"].map((mark) => mark.charCodeAt(0)));

/** Signs whose compatibility form would read as letters: `™` is no `TM`. */
const signs = new Set([..."™℠®©ªº"].map((sign) => sign.charCodeAt(0)));

const breaks = new Set([...'\n\r\t,;:!?()[]{}|/\\"“”„«»•·–—…。、'].map((mark) => mark.charCodeAt(0)));
const sentenceEnds = new Set([..."\n\r.!?:•|…。"].map((mark) => mark.charCodeAt(0)));

/** The folded form of code points beyond ASCII: letters and digits, "" for what is passed over, undefined else. */
const knownCharacters = new Map<number, string | undefined>();

function foldCharacter(codePoint: number): string | undefined {
  if (knownCharacters.has(codePoint)) return knownCharacters.get(codePoint);
  let folded: string | undefined;
  const character = String.fromCodePoint(codePoint);
  if (!signs.has(codePoint)) {
    if (/^[\p{M}\u00ad\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]$/u.test(character)) folded = "";
    else {
      const parts = [...character.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "")]
        .filter((letter) => !apostrophes.has(letter.charCodeAt(0)));
      const letters = parts.map((letter) => plainLetters[letter] ?? letter).join("");
      if (/^[\p{L}\p{N}]+$/u.test(letters)) folded = letters;
    }
  }
  if (knownCharacters.size < maxKnownCharacters) knownCharacters.set(codePoint, folded);
  return folded;
}

/**
 * The words of a text in their order, folded: small letters, no accents (NFKD), `ø` as `o` and `ß` as `ss`,
 * no apostrophes (`Jerry's` is `jerrys`), `&` and `&amp;` as the word `and`. All other signs part words. Takes any
 * string, lone surrogates too, and never throws; a text without letters and digits has no words.
 *
 * Each word says where it stands in the text as it was: `text.slice(start, end)` is the word unfolded.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { fold } from "./fold.ts";
 *
 * assertEquals(fold("Moët & Chandon").map(({ text }) => text), ["moet", "and", "chandon"]);
 * assertEquals(fold("a Jägermeister")[1]!.start, 2);
 * ```
 */
export function fold(text: string): Token[] {
  const tokens: Token[] = [];
  let word = "", start = 0, end = 0, apostropheAt = -1, lengthAtApostrophe = 0;
  let first = false,
    capitals = false,
    smalls = false,
    digits = false,
    afterBreak = true,
    startsSentence = true;
  const close = () => {
    const possessive = apostropheAt >= 0 && word.length === lengthAtApostrophe + 1 &&
      lengthAtApostrophe > 0 &&
      word.charCodeAt(lengthAtApostrophe) === 115;
    tokens.push({
      text: word,
      start,
      end,
      stemEnd: possessive ? apostropheAt : end,
      capital: first,
      upper: capitals && !smalls,
      lower: smalls && !capitals,
      digits,
      afterBreak,
      startsSentence,
    });
    word = "";
    apostropheAt = -1;
    capitals =
      smalls =
      digits =
      afterBreak =
      startsSentence =
        false;
  };
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    let next = at + 1;
    let folded: string | undefined;
    let isCapital = false, isSmall = false;
    if (code < 128) {
      if (code >= 97 && code <= 122) {
        isSmall = true;
        folded = text[at];
      } else if (code >= 65 && code <= 90) {
        isCapital = true;
        folded = String.fromCharCode(code + 32);
      } else if (code >= 48 && code <= 57) {
        digits = true;
        folded = text[at];
      }
    } else if (!apostrophes.has(code)) {
      const codePoint = text.codePointAt(at)!;
      if (codePoint > 0xffff) next = at + 2;
      folded = foldCharacter(codePoint);
      if (folded !== undefined && folded !== "") {
        const character = text.slice(at, next);
        isSmall = character !== character.toUpperCase();
        isCapital = !isSmall && character !== character.toLowerCase();
        if (/\p{N}/u.test(folded)) digits = true;
      }
    }
    if (folded !== undefined) {
      if (folded !== "") {
        if (word === "") {
          start = at;
          first = isCapital;
        }
        word += folded;
        if (isCapital) capitals = true;
        if (isSmall) smalls = true;
        end = next;
      } else if (word !== "") end = next;
    } else if (apostrophes.has(code)) {
      if (word !== "") {
        apostropheAt = apostropheAt < 0 ? at : apostropheAt;
        if (apostropheAt === at) lengthAtApostrophe = word.length;
      }
    } else {
      const letters = word.length;
      if (word !== "") close();
      if (code === 38) {
        if (text.startsWith("&amp;", at)) next = at + 5;
        word = "and";
        start = at;
        end = next;
        first = false;
        close();
      } else {
        if (breaks.has(code)) afterBreak = true;
        if (sentenceEnds.has(code)) {
          if (code !== 46) startsSentence = true;
          else {
            const behind = text.charCodeAt(next);
            const isEnd = behind <= 32 || Number.isNaN(behind);
            if (isEnd && (letters > maxAbbreviationLetters || letters === 0)) {
              afterBreak = startsSentence = true;
            }
          }
        }
      }
    }
    at = next;
  }
  if (word !== "") close();
  return tokens;
}
