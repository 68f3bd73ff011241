/** Which scripts part words by blanks: `spaced` ones do, Hangul does and adds particles, `unspaced` ones do not. */
export type Script = "spaced" | "hangul" | "unspaced";

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
  /** Nothing but a hyphen, or nothing at all, stands between the word before and this one. */
  readonly attached: boolean;
  /** All of its letters are of one kind of script. `unspaced`: a run of words. */
  readonly script: Script;
}

/** A character beyond ASCII, folded. */
interface FoldedCharacter {
  /** "" for what is passed over. */
  readonly letters: string;
  readonly script: Script;
}

/** How many folded characters beyond ASCII are remembered, so that each is folded once. */
const maxKnownCharacters = 16_384;

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

const breaks = new Set(
  [...'\n\r\t,;:!?()[]{}|/\\"“”„«»•·–—…。、，；：！？（）［］【】「」『』《》〈〉｜／'].map((mark) =>
    mark.charCodeAt(0)
  ),
);
const sentenceEnds = new Set([..."\n\r.!?:•|…。！？："].map((mark) => mark.charCodeAt(0)));
const hyphens = new Set([..."‐‑−－"].map((mark) => mark.charCodeAt(0)));
const ampersands = new Set([..."＆﹠"].map((mark) => mark.charCodeAt(0)));
const middleDot = "·".charCodeAt(0);

/**
 * Accents and points over letters, which are passed over; the vowel signs of Indian and South-East Asian scripts are
 * letters, and so are the marks that make another syllable of a kana.
 */
const accents =
  /(?![\u3099\u309a])[\p{M}&&[\p{Script=Inherited}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}]]/gv;
const unseen = /^[\u00ad\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]$/u;
const wordLetters = /^[\p{L}\p{N}\p{M}]+$/u;
const hangul = /^\p{Script=Hangul}/u;
const unspaced =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u30fc\u3099\u309a]/u;

/** The folded form of code points beyond ASCII; undefined for what is no letter or digit. */
const knownCharacters = new Map<number, FoldedCharacter | undefined>();

function foldCharacter(codePoint: number): FoldedCharacter | undefined {
  if (knownCharacters.has(codePoint)) return knownCharacters.get(codePoint);
  let folded: FoldedCharacter | undefined;
  const character = String.fromCodePoint(codePoint);
  if (!signs.has(codePoint)) {
    if (unseen.test(character) || character.replace(accents, "") === "") {
      folded = { letters: "", script: "spaced" };
    } else {
      const parts = [...character.normalize("NFKD").toLowerCase().replace(accents, "")]
        .filter((letter) => !apostrophes.has(letter.charCodeAt(0)));
      const letters = parts.map((letter) => plainLetters[letter] ?? letter).join("");
      const [script, ...others] = new Set(Array.from(letters, scriptOf));
      // One of two scripts, as the sign for `1日`, is no letter.
      if (wordLetters.test(letters) && script !== undefined && others.length === 0) {
        folded = { letters, script };
      }
    }
  }
  if (knownCharacters.size < maxKnownCharacters) knownCharacters.set(codePoint, folded);
  return folded;
}

function isHyphen(code: number): boolean {
  return code === 45 || code > 127 && hyphens.has(code);
}

function scriptOf(letter: string): Script {
  return unspaced.test(letter) ? "unspaced" : hangul.test(letter) ? "hangul" : "spaced";
}

/**
 * The words of a text in their order, folded: small letters, no accents (NFKD), `ø` as `o` and `ß` as `ss`,
 * no apostrophes (`Jerry's` is `jerrys`), `&` and `&amp;` as the word `and`. All other signs part words, and so does
 * a change between scripts of which one parts words by blanks and the other does not: `喝Pepsi`. Takes any
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
  let word = "", start = 0, end = 0, apostropheAt = -1, lengthAtApostrophe = 0, lastEnd = -1;
  let script: Script = "spaced";
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
      attached: start === lastEnd || start === lastEnd + 1 && isHyphen(text.charCodeAt(lastEnd)),
      script,
    });
    lastEnd = end;
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
    let foldedScript: Script = "spaced";
    let isCapital = false, isSmall = false, isDigit = false;
    if (code < 128) {
      if (code >= 97 && code <= 122) {
        isSmall = true;
        folded = text[at];
      } else if (code >= 65 && code <= 90) {
        isCapital = true;
        folded = String.fromCharCode(code + 32);
      } else if (code >= 48 && code <= 57) {
        isDigit = true;
        folded = text[at];
      }
    } else if (!apostrophes.has(code)) {
      const codePoint = text.codePointAt(at)!;
      if (codePoint > 0xffff) next = at + 2;
      const character = foldCharacter(codePoint);
      folded = character?.letters;
      if (folded !== undefined && folded !== "") {
        foldedScript = character!.script;
        const given = text.slice(at, next);
        isSmall = given !== given.toUpperCase();
        isCapital = !isSmall && given !== given.toLowerCase();
        isDigit = /\p{N}/u.test(folded);
      }
    }
    if (folded !== undefined) {
      if (folded !== "") {
        if (script !== foldedScript) {
          if (word !== "") close();
          script = foldedScript;
        }
        if (word === "") {
          start = at;
          first = isCapital;
        }
        word += folded;
        if (isCapital) capitals = true;
        if (isSmall) smalls = true;
        if (isDigit) digits = true;
        end = next;
      } else if (word !== "") end = next;
    } else if (apostrophes.has(code)) {
      if (word !== "") {
        apostropheAt = apostropheAt < 0 ? at : apostropheAt;
        if (apostropheAt === at) lengthAtApostrophe = word.length;
      }
    } else {
      const letters = word.length, before = script;
      if (word !== "") close();
      if (code === 38 || code > 127 && ampersands.has(code)) {
        if (text.startsWith("&amp;", at)) next = at + 5;
        word = "and";
        start = at;
        end = next;
        first = false;
        script = "spaced";
        close();
      } else {
        // `杰克·丹尼` is one name.
        if (breaks.has(code) && !(code === middleDot && letters > 0 && before !== "spaced")) {
          afterBreak = true;
        }
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

/** How many letters of a folded word a code point stands for; 0 for one that is passed over. */
export function foldedLength(codePoint: number): number {
  if (codePoint < 128) return /[a-z0-9]/i.test(String.fromCharCode(codePoint)) ? 1 : 0;
  return apostrophes.has(codePoint) ? 0 : foldCharacter(codePoint)?.letters.length ?? 0;
}
