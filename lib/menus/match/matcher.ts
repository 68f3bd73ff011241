// @ts-types="@types/damerau-levenshtein"
import damerauLevenshtein from "damerau-levenshtein";
import { categoryWords as drinkWords, everydayWords } from "./everyday_words.ts";
import { evidence, fieldStyle } from "./evidence.ts";
import { fold, type Token } from "./fold.ts";
import { InnerWords } from "./inner_words.ts";
import { plainTextOf } from "./plain_text_of.ts";
import { LetterHashes, letterMask } from "./letter_hashes.ts";
import type { Match, MatchKind } from "./match.ts";
import { exactSpan } from "./exact_span.ts";
import { mayBeMisspelled } from "./may_be_misspelled.ts";
import { maySplit } from "./may_split.ts";
import { isRareWord } from "./rare_words.ts";
import { scoreOf } from "./score.ts";
import type { TermEntry } from "./term_entry.ts";
import type { TermIndex } from "./term_index.ts";
import type { Window } from "./window.ts";

/** How a {@linkcode Matcher} judges. */
export interface MatcherOptions {
  /** Matches that score less are left out; from 0 to 1, 0.75 if not given. */
  readonly minScore?: number;
  /** Words, folded, that beside an everyday word speak for its being a name; those of drinks if not given. */
  readonly categoryWords?: ReadonlySet<string>;
  /** Whether misspellings are looked for; true if not given. */
  readonly fuzzy?: boolean;
}

/** What a matcher did so far: counts, to see that work does not grow with the terms. */
export interface MatcherWork {
  /** Runs of words that were looked at. */
  windows: number;
  /** Keys that were looked up. */
  lookups: number;
  /** Terms that came up for a key and were given the cheap tests. */
  candidates: number;
  /** Terms whose edit distance was computed. */
  distances: number;
}

/** A match before it is known whether another takes its words. */
interface Found {
  /** Which of the index's entries. */
  readonly number: number;
  readonly entry: TermEntry;
  readonly kind: MatchKind;
  readonly score: number;
  /** Which letters of the field's words, run together, it accounts for. */
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
}

/** How many letters a misspelling may be longer than the longest term. */
const maxExtraLetters = 2;
/** From how many letters on words may be a misspelling: one less than the shortest term that may have one. */
const minFuzzyLetters = 4;
/** From how many letters on they may have two edits: two less than the shortest term that may have them. */
const minTwoEdits = 7;

/**
 * Finds the terms that a row's fields hold, whole words only, misspelled ones too. One matcher serves one thread; it
 * keeps buffers as long as the longest field.
 *
 * Runs of words are looked up as they are, then, where a word is in no dictionary, as misspellings. What comes up is
 * tried by length, digits and letters first, by Damerau-Levenshtein distance last.
 */
export class Matcher {
  readonly work: MatcherWork = { windows: 0, lookups: 0, candidates: 0, distances: 0 };
  readonly #index: TermIndex;
  readonly #minScore: number;
  readonly #categoryWords: ReadonlySet<string>;
  readonly #fuzzy: boolean;
  readonly #hashes = new LetterHashes();
  /** The window in which an entry was tried last, so that it is tried once in each. */
  readonly #triedIn: Int32Array;
  #window = 0;

  /** @throws {RangeError} if `minScore` is not from 0 to 1. */
  constructor(index: TermIndex, options: MatcherOptions = {}) {
    const { minScore = 0.75, categoryWords = drinkWords, fuzzy = true } = options;
    if (!(minScore >= 0 && minScore <= 1)) {
      throw new RangeError(`Cannot match terms: the least score must be from 0 to 1, not ${minScore}`);
    }
    this.#index = index;
    this.#minScore = minScore;
    this.#categoryWords = categoryWords;
    this.#fuzzy = fuzzy;
    this.#triedIn = new Int32Array(index.entries.length);
  }

  /**
   * The terms that the fields of one row hold, each once with its best match, in the order of fields and places.
   * Where two lay claim to the same words, the longer and better one has them; terms that fold to the same are all
   * found.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert/mod.js";
   * import { Matcher } from "./matcher.ts";
   * import { TermIndex } from "./term_index.ts";
   *
   * const matcher = new Matcher(new TermIndex(new Map([["88", "Coca-Cola"]])));
   * const [match] = matcher.match(["Rum & Cocacola"]);
   * assertEquals([match!.termId, match!.kind, match!.text], ["88", "folded", "Cocacola"]);
   * ```
   */
  match(fields: readonly string[]): Match[] {
    const best = new Map<string, Match>();
    for (const [field, text] of fields.entries()) {
      const plain = plainTextOf(text);
      for (const found of this.#chosen(this.#find(plain.text))) {
        const { entry, kind, score } = found;
        const known = best.get(entry.termId);
        if (known !== undefined && known.score >= score) continue;
        const start = plain.starts?.[found.start] ?? found.start;
        const end = plain.ends?.[found.end - 1] ?? found.end;
        best.set(entry.termId, {
          termId: entry.termId,
          term: entry.term,
          score,
          kind,
          field,
          start,
          end,
          text: text.slice(start, end),
        });
      }
    }
    return best.size < 2
      ? [...best.values()]
      : [...best.values()].sort((one, other) =>
        one.field - other.field || one.start - other.start || one.end - other.end
      );
  }

  #find(text: string): Found[] {
    const found: Found[] = [];
    const tokens = fold(text);
    const count = tokens.length;
    if (count === 0) return found;
    const index = this.#index, hashes = this.#hashes, work = this.work;
    const offsets = new Array<number>(count + 1);
    const unknown = new Array<boolean>(count);
    let letters = "";
    for (let at = 0; at < count; at++) {
      const word = tokens[at]!.text;
      offsets[at] = letters.length;
      letters += word;
      unknown[at] = word.length > 1 && !everydayWords.has(word) && !/^[0-9]+$/.test(word);
    }
    offsets[count] = letters.length;
    hashes.set(letters);
    const style = fieldStyle(tokens);
    const maxWords = index.maxWords + 1, maxLetters = index.maxLetters + maxExtraLetters;

    for (let first = 0; first < count; first++) {
      const start = offsets[first]!;
      let crossesBreak = false, hasUnknown = false, hasAnchor = false, isName = tokens[first]!.capital;
      const stop = Math.min(count, first + maxWords);
      for (let last = first; last < stop; last++) {
        const token = tokens[last]!;
        const end = offsets[last + 1]!;
        if (end - start > maxLetters) break;
        if (last > first && token.afterBreak) crossesBreak = true;
        if (unknown[last]) hasUnknown = true;
        else isName = false;
        if (index.anchors.has(token.text)) hasAnchor = true;
        work.windows++;
        const isOwned = token.stemEnd < token.end && end - start > 1;
        work.lookups += isOwned ? 2 : 1;
        const mayBeWhole = index.whole.mayHave(hashes.range(start, end));
        const mayBeStem = isOwned && index.whole.mayHave(hashes.range(start, end - 1));
        const mayBeMisspelled = this.#fuzzy && hasUnknown && !crossesBreak &&
          end - start >= minFuzzyLetters &&
          (last === first || hasAnchor || isName);
        if (!mayBeWhole && !mayBeStem && !mayBeMisspelled) continue;
        const window = { text, tokens, letters, unknown, style, first, last, crossesBreak };
        let met = mayBeWhole && this.#findWhole(window, start, end, token.end, found);
        if (mayBeStem) met = this.#findWhole(window, start, end - 1, token.stemEnd, found) || met;
        if (!met && mayBeMisspelled) this.#findMisspelled(window, start, end, found);
      }
    }
    if (index.innerLengths.length > 0 && tokens.some(({ script }) => script !== "spaced")) {
      this.#findInner(text, tokens, offsets, letters, found);
    }
    return found;
  }

  /** Terms that begin or end within a word, or both: of scripts that do not part words, and Korean ones. */
  #findInner(
    text: string,
    tokens: readonly Token[],
    offsets: readonly number[],
    letters: string,
    found: Found[],
  ): void {
    const { innerLengths, whole, entries } = this.#index;
    const inner = new InnerWords(tokens, offsets, letters);
    for (let start = 0; start < letters.length; start++) {
      if (!inner.mayPart(start)) continue;
      const begins = inner.isEdge(start);
      for (const length of innerLengths) {
        const end = start + length;
        if (end > letters.length) break;
        this.work.lookups++;
        const hash = this.#hashes.range(start, end);
        if (!whole.mayHave(hash) || !inner.mayPart(end) || begins && inner.isEdge(end)) continue;
        for (let place = whole.begin(hash), stop = whole.end(hash); place < stop; place++) {
          const number = whole.at(place, hash);
          if (number < 0 || !entries[number]!.mayBeWithin) continue;
          const entry = entries[number]!;
          this.work.candidates++;
          if (entry.letters.length !== length || !letters.startsWith(entry.letters, start)) continue;
          const first = inner.wordAt(start), last = inner.wordAt(end - 1);
          let crossesBreak = false;
          for (let at = first + 1; at <= last; at++) crossesBreak ||= tokens[at]!.afterBreak;
          const stands = crossesBreak && !entry.hasBreak ? undefined : inner.place(start, end);
          if (stands === undefined) continue;
          const span = inner.textSpan(text, start, end);
          const exact = exactSpan(entry, text, span, inner.isEdge(end) ? nextStart(tokens, last) : span.end);
          const kind = exact ? "exact" : "folded";
          const score = scoreOf({
            kind,
            edits: 0,
            letters: length,
            words: last - first + 1,
            regrouped: stands === "rough",
            alias: entry.isAlias,
            otherInitial: false,
            small: false,
            evidence: 1,
          });
          if (score < this.#minScore) continue;
          found.push({ number, entry, kind, score, from: start, to: end, ...exact ?? span });
        }
      }
    }
  }

  #findWhole(window: Window, start: number, end: number, textEnd: number, found: Found[]): boolean {
    const { whole, entries } = this.#index;
    const hash = this.#hashes.range(start, end);
    let met = false;
    for (let place = whole.begin(hash), stop = whole.end(hash); place < stop; place++) {
      const number = whole.at(place, hash);
      if (number < 0) continue;
      const entry = entries[number]!;
      this.work.candidates++;
      if (entry.letters.length !== end - start || !window.letters.startsWith(entry.letters, start)) continue;
      if (window.crossesBreak && !entry.hasBreak) continue;
      const { text, tokens, first, last } = window;
      const words = last - first + 1;
      if (words > entry.words.length && !maySplit(entry, window)) continue;
      const span = { start: tokens[first]!.start, end: textEnd };
      const exact = exactSpan(entry, text, span, nextStart(tokens, last));
      const kind = exact ? "exact" : "folded";
      const regrouped = words !== entry.words.length ||
        entry.words.some((word, at) => at + 1 < words && word !== tokens[first + at]!.text);
      const score = scoreOf({
        kind,
        edits: 0,
        letters: entry.letters.length,
        words,
        regrouped,
        alias: entry.isAlias,
        otherInitial: false,
        small: false,
        evidence: this.#evidence(entry, window, exact !== undefined),
      });
      met = true;
      if (score < this.#minScore) continue;
      found.push({ number, entry, kind, score, from: start, to: end, ...exact ?? span });
    }
    return met;
  }

  #findMisspelled(window: Window, start: number, end: number, found: Found[]): void {
    const length = end - start;
    const { deletions, entries, lengths, masks, maxEdits } = this.#index;
    const count = this.#hashes.deletions(start, end, length >= minTwoEdits ? 2 : 1);
    const keys = this.#hashes.keys;
    const work = this.work;
    work.lookups += count;
    this.#window = (this.#window + 1) | 0;
    let letters = "", mask = 0;
    for (let key = 0; key < count; key++) {
      const hash = keys[key]!;
      if (!deletions.mayHave(hash)) continue;
      for (let place = deletions.begin(hash), stop = deletions.end(hash); place < stop; place++) {
        const number = deletions.at(place, hash);
        if (number < 0 || this.#triedIn[number] === this.#window) continue;
        this.#triedIn[number] = this.#window;
        work.candidates++;
        const most = maxEdits[number]!;
        if (Math.abs(lengths[number]! - length) > most) continue;
        if (letters === "") {
          letters = window.letters.slice(start, end);
          mask = letterMask(letters);
        }
        const other = masks[number]!;
        if (bits(mask & ~other) > most || bits(other & ~mask) > most) continue;
        const entry = entries[number]!;
        if (!mayBeMisspelled(entry, window, letters)) continue;
        work.distances++;
        const edits = damerauLevenshtein(letters, entry.letters).steps;
        if (edits === 0 || edits > most) continue;
        this.#pushMisspelled(number, window, { start, letters, edits }, found);
      }
    }
  }

  #pushMisspelled(
    number: number,
    window: Window,
    { start, letters, edits }: { readonly start: number; readonly letters: string; readonly edits: number },
    found: Found[],
  ): void {
    const entry = this.#index.entries[number]!;
    const { tokens, first, last, style } = window;
    const words = last - first + 1;
    // An everyday word misspelled is no word of the language, so that no place needs to speak for the name.
    if (entry.termClass !== "plain" && hasRareWord(entry, window)) return;
    const score = scoreOf({
      kind: "fuzzy",
      edits,
      letters: Math.max(letters.length, entry.letters.length),
      words,
      regrouped: words !== entry.words.length,
      alias: entry.isAlias,
      otherInitial: letters.charCodeAt(0) !== entry.letters.charCodeAt(0),
      small: entry.capitals > 0 && !tokens[first]!.capital && !tokens[first]!.digits && style !== "small",
      evidence: 1,
    });
    if (score < this.#minScore) return;
    found.push({
      number,
      entry,
      kind: "fuzzy",
      score,
      from: start,
      to: start + letters.length,
      start: tokens[first]!.start,
      end: tokens[last]!.end,
    });
  }

  #evidence(entry: TermEntry, { tokens, first, last, style }: Window, exact: boolean): number {
    if (entry.termClass === "plain") return 1;
    return evidence(entry, { tokens, first, last, style, categoryWords: this.#categoryWords, exact });
  }

  /** Gives each letter to one name: the one that accounts for most letters, weighed by its score. */
  #chosen(found: Found[]): Found[] {
    if (found.length < 2) return found;
    const weight = ({ entry, from, to, score }: Found) => Math.min(entry.letters.length, to - from) * score;
    found.sort((one, other) =>
      weight(other) - weight(one) || one.from - other.from || one.number - other.number
    );
    const chosen: Found[] = [];
    const takenBy = new Map<number, Found>();
    for (const one of found) {
      let free = true;
      for (let at = one.from; at < one.to && free; at++) {
        const other = takenBy.get(at);
        free = other === undefined ||
          other.from === one.from && other.to === one.to && other.entry.letters === one.entry.letters;
      }
      if (!free) continue;
      chosen.push(one);
      for (let at = one.from; at < one.to; at++) takenBy.set(at, one);
    }
    return chosen;
  }
}

/** Whether a word that is not the term's own is in a larger dictionary. */
function hasRareWord(entry: TermEntry, { tokens, first, last }: Window): boolean {
  for (let at = first; at <= last; at++) {
    const { text } = tokens[at]!;
    if (!entry.words.includes(text) && isRareWord(text)) return true;
  }
  return false;
}

/** Where the word behind another one begins. */
function nextStart(tokens: readonly Token[], word: number): number {
  return tokens[word + 1]?.start ?? Infinity;
}

function bits(mask: number): number {
  mask -= (mask >>> 1) & 0x55555555;
  mask = (mask & 0x33333333) + ((mask >>> 2) & 0x33333333);
  return Math.imul((mask + (mask >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
