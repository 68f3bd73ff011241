import { everydayWords, linkingWords } from "./everyday_words.ts";
import { fold } from "./fold.ts";
import { typed } from "./typed.ts";
import { plainTextOf } from "./plain_text_of.ts";
import { LetterHashes, letterMask } from "./letter_hashes.ts";
import { Postings } from "./postings.ts";
import type { TermClass, TermEntry } from "./term_entry.ts";

/** Longer terms are not indexed: each row would pay for the longest. */
const maxTermWords = 12, maxTermLetters = 120;
/** Up to how many letters a term is short: only its exact letters count, and it needs a capital letter. */
const maxShortLetters = 3;
/** From how many letters on a term may be found with one edit, and with two; a word of daily speech with one. */
const minLettersOneEdit = 5, minLettersTwoEdits = 9, minLettersCommon = 6;
/** From how many letters on a spelling without `The` or `and` is indexed too, and one without initials. */
const minAliasLetters = 6, minSurnameLetters = 4;
/**
 * Terms, indexed once, so that what a row costs does not grow with their number as trying each would.
 *
 * A term is kept as its letters run together (`cocacola`), so that joined and split words meet it with one look-up.
 * Misspellings meet it by symmetric deletion (SymSpell, W. Garbe): the first 10 letters without up to two of them,
 * at most 56 keys a term. With its objects a term takes about 1 kB: 105 MB for 100,000 terms of 13 letters.
 */
export class TermIndex {
  readonly entries: readonly TermEntry[];
  /** Spellings without a letter or a digit, or of more than 12 words or 120 letters, by id: they can't be found. */
  readonly unusable: ReadonlyMap<string, readonly string[]>;
  /** How many words the longest term has, and how many letters. */
  readonly maxWords: number;
  readonly maxLetters: number;
  /** How many letters terms have that may stand within a word, each number once, in order. */
  readonly innerLengths: readonly number[];
  /** The words of terms of several words: what a window of several words must have one of to be a misspelling. */
  readonly anchors: ReadonlySet<string>;
  /** Of each entry, side by side for the cheap tests: how many letters, which ones, and how many edits it may have. */
  readonly lengths: Uint8Array;
  readonly masks: Int32Array;
  readonly maxEdits: Uint8Array;
  /** From the hash of all letters to entries. */
  readonly whole: Postings;
  /** From the hash of what is left by deletions to entries. */
  readonly deletions: Postings;

  /**
   * Indexes terms, given by id, each in one or several spellings. Several ids may have the same term: each is found.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert/mod.js";
   * import { TermIndex } from "./term_index.ts";
   *
   * assertEquals(new TermIndex(new Map([["88", "Coca-Cola"]])).entries[0]!.letters, "cocacola");
   * ```
   */
  constructor(terms: ReadonlyMap<string, string | readonly string[]>) {
    const entries: TermEntry[] = [];
    const unusable = new Map<string, string[]>();
    const anchors = new Set<string>();
    let maxWords = 0, maxLetters = 0;
    const given = [...terms].flatMap(([id, written]) =>
      typeof written === "string" ? [[id, written] as const] : written.map((term) => [id, term] as const)
    );
    for (const [termId, term] of given) {
      const spellings = spellingsOf(termId, term);
      if (spellings.length === 0) unusable.set(termId, [...unusable.get(termId) ?? [], term]);
      for (const entry of spellings) {
        entries.push(entry);
        maxWords = Math.max(maxWords, entry.words.length);
        maxLetters = Math.max(maxLetters, entry.letters.length);
        if (entry.words.length > 1 && entry.maxEdits > 0) {
          // `The Palm` has no other word to hold on to where `Palm` is misspelled.
          const own = entry.words.filter((word) => !linkingWords.has(word));
          for (const word of own.length > 1 ? own : entry.words) anchors.add(word);
        }
      }
    }
    this.entries = entries;
    this.unusable = unusable;
    this.anchors = anchors;
    this.maxWords = maxWords;
    this.maxLetters = maxLetters;
    this.innerLengths = [
      ...new Set(entries.filter((one) => one.mayBeWithin).map((one) => one.letters.length)),
    ]
      .sort((one, other) => one - other);
    this.lengths = Uint8Array.from(entries, ({ letters }) => letters.length);
    this.masks = Int32Array.from(entries, ({ letters }) => letterMask(letters));
    this.maxEdits = Uint8Array.from(entries, ({ maxEdits }) => maxEdits);

    const hashes = new LetterHashes();
    const eachDeletion = (each: (hash: number, entry: number) => void) => {
      for (const [index, entry] of entries.entries()) {
        if (entry.maxEdits === 0) continue;
        hashes.set(entry.letters);
        const keys = hashes.keys.subarray(0, hashes.deletions(0, entry.letters.length, entry.maxEdits))
          .sort();
        for (let key = 0; key < keys.length; key++) {
          if (key === 0 || keys[key] !== keys[key - 1]) each(keys[key]!, index);
        }
      }
    };
    const eachWhole = (each: (hash: number, entry: number) => void) => {
      for (const [index, { letters }] of entries.entries()) {
        hashes.set(letters);
        each(hashes.range(0, letters.length), index);
      }
    };
    let deletions = 0;
    eachDeletion(() => deletions++);
    this.deletions = new Postings(deletions);
    eachDeletion((hash) => this.deletions.count(hash));
    eachDeletion((hash, entry) => this.deletions.add(hash, entry));
    this.whole = new Postings(entries.length);
    eachWhole((hash) => this.whole.count(hash));
    eachWhole((hash, entry) => this.whole.add(hash, entry));
  }
}

function spellingsOf(termId: string, term: string): TermEntry[] {
  const plain = plainTextOf(term).text;
  const written = typed(plain === term ? term : plain.trim());
  const tokens = fold(written);
  if (tokens.length === 0) return [];
  const shared = {
    termId,
    term,
    written,
    mayBeWithin: tokens.some(({ script }) => script !== "spaced"),
    lead: tokens[0]!.start,
    hasBreak: tokens.some(({ afterBreak }, index) => index > 0 && afterBreak),
  };
  const spell = (words: readonly string[], isAlias: boolean): TermEntry => {
    const capitals = tokens.filter(({ capital, text }) => capital && words.includes(text)).length;
    const letters = words.join("");
    const termClass = classOf(words, letters);
    const maxEdits = letters.length < (termClass === "common" ? minLettersCommon : minLettersOneEdit)
      ? 0
      : letters.length < minLettersTwoEdits || termClass === "common"
      ? 1
      : 2;
    const digits = letters.replace(/[^0-9]/g, "");
    return {
      ...shared,
      words,
      letters,
      digits,
      maxEdits,
      termClass,
      isAlias,
      capitals,
    };
  };
  const words = tokens.map(({ text }) => text);
  if (words.length > maxTermWords || words.join("").length > maxTermLetters) return [];
  const entries = [spell(words, false)];
  const shorter = words.filter((word, index) => word !== "and" && !(index === 0 && word === "the"));
  if (shorter.length < words.length && shorter.length > 0) {
    const alias = spell(shorter, true);
    if (alias.letters.length >= minAliasLetters && (alias.termClass === "plain" || shorter.length > 1)) {
      entries.push(alias);
    }
  }
  const initials = words.findIndex((word) => word.length > 1);
  if (initials > 0 && !words.slice(0, initials).some((word) => /[0-9]/.test(word))) {
    const alias = spell(words.slice(initials), true);
    if (alias.letters.length >= minSurnameLetters && alias.termClass === "plain") entries.push(alias);
  }
  return entries;
}

function classOf(words: readonly string[], letters: string): TermClass {
  if (/^[0-9]+$/.test(letters)) return "common";
  // A script without capital letters.
  if (/\p{Lo}/u.test(letters)) return "plain";
  let everyday = true, common = true;
  for (const word of words) {
    if (/^[0-9]+$/.test(word)) continue;
    const usage = everydayWords.get(word);
    if (usage === undefined && word.length > 1) everyday = false;
    if (usage !== "common") common = false;
  }
  if (letters.length <= maxShortLetters && !(words.length === 1 && common)) return "short";
  if (!everyday) return "plain";
  return words.length === 1 && common ? "common" : "everyday";
}
