import type { TextSpan } from "./exact_span.ts";
import { foldedLength, type Token } from "./fold.ts";

/**
 * How a term stands within a run of letters without blanks. `clean`: other letters than the script's, or a Korean
 * particle, stand before and behind it. `rough`: letters of the same script do.
 */
export type InnerPlace = "clean" | "rough";

/** Katakana writes names from abroad, so that a run of it is as a rule one name and what it is of: `アサヒビール`. */
type Kind = "han" | "hiragana" | "katakana" | "hangul" | "other";

const kinds: readonly (readonly [Kind, RegExp])[] = [
  ["katakana", /^[\p{Script=Katakana}\u30fc]/u],
  ["hiragana", /^\p{Script=Hiragana}/u],
  ["han", /^\p{Script=Han}/u],
  ["hangul", /^\p{Script=Hangul}/u],
];

/** What belongs to the letter before it: marks, the long vowel, small kana, and vowels and finals of Hangul. */
const continuing =
  /^[\p{M}\u30fc\u3041\u3043\u3045\u3047\u3049\u3063\u3083\u3085\u3087\u308e\u30a1\u30a3\u30a5\u30a7\u30a9\u30c3\u30e3\u30e5\u30e7\u30ee\u1160-\u11ff\udc00-\udfff]/u;
/** What is no letter of its own when letters are counted. */
const uncounted = /[\p{M}\u1160-\u11ff]/gu;

/** What Korean adds to a noun. */
const particles = new Set(
  ("은 는 이 가 을 를 과 와 의 도 만 들 에 로 으로 에서 에게 한테 께 부터 까지 처럼 보다 마다 조차 밖에 이나 나 이랑 랑 하고 라고 이라고 " +
    "이고 이며 이다 입니다 으로도 로도 에는 에도 에서는 으로는 로는 와는 과는 만의").split(" ").map((one) =>
      one.normalize("NFKD")
    ),
);

/** The least number of letters of a term within a run, and of one that a dictionary's words before and behind it bound. */
const minLetters = 2;
/** From how many letters on a term is taken for itself wherever it stands, by script. */
const minRoughLetters: Readonly<Record<Kind, number>> = {
  han: 3,
  hiragana: 5,
  katakana: 5,
  hangul: 4,
  other: 4,
};
/** From how many on at the beginning of a run, and at its end; so many letters of katakana are more than an ending. */
const minFirstLetters = 3, minLastLetters = 4, minRestLetters = 2;

/** How many letters behind a term are looked at: the longest particle has fewer. */
const maxRestLetters = 20;

const segmenter = new Intl.Segmenter("zh", { granularity: "word" });

/**
 * The letters of a field's words run together, for terms that begin or end within a word: of Chinese, Japanese, Thai and
 * the like, which do not part words, and of Korean, which adds particles.
 */
export class InnerWords {
  readonly #tokens: readonly Token[];
  readonly #offsets: readonly number[];
  readonly #letters: string;
  /** Which word each letter is of. */
  readonly #words: Uint32Array;
  #spans: { readonly starts: Uint32Array; readonly ends: Uint32Array } | undefined;
  /** Where a dictionary of these languages parts words, by word, as far as asked for. */
  readonly #segments = new Map<number, ReadonlySet<number>>();

  /** @param offsets Where each word begins in `letters`, and the end. */
  constructor(tokens: readonly Token[], offsets: readonly number[], letters: string) {
    this.#tokens = tokens;
    this.#offsets = offsets;
    this.#letters = letters;
    this.#words = new Uint32Array(letters.length + 1);
    for (let word = 0; word < tokens.length; word++) this.#words.fill(word, offsets[word], offsets[word + 1]);
    this.#words[letters.length] = tokens.length;
  }

  /** Which word a letter is of. */
  wordAt(letter: number): number {
    return this.#words[letter]!;
  }

  /** Where the letters from `start` to before `end` stand in the field. */
  textSpan(text: string, start: number, end: number): TextSpan {
    const { starts, ends } = this.#spans ??= this.#readSpans(text);
    return { start: starts[start]!, end: ends[end - 1]! };
  }

  /** Whether a term may begin or end before a letter: there a word begins, or one of these scripts may be parted. */
  mayPart(letter: number): boolean {
    return this.isEdge(letter) ||
      this.#tokens[this.#words[letter]!]!.script !== "spaced" && !continuing.test(this.#letters[letter]!);
  }

  /** Whether a word begins at a letter, or ends before it. */
  isEdge(letter: number): boolean {
    return this.#offsets[this.#words[letter]!] === letter;
  }

  /** How the letters from `start` to before `end` stand there; undefined if they are a part of another word. */
  place(start: number, end: number): InnerPlace | undefined {
    const count = countLetters(this.#letters.slice(start, end));
    if (count < minLetters) return undefined;
    const before = this.#innerKind(start);
    let behind = this.#innerKind(end);
    if (behind === "hangul" && particles.has(this.#rest(end))) behind = undefined;
    if (before === undefined && behind === undefined) return "clean";
    const isApart = (kind: Kind | undefined, at: number) =>
      kind === undefined || count >= minRoughLetters[kind] ||
      kind !== "katakana" && kind !== "hangul" && this.#segmentsOf(at).has(at);
    if (isApart(before, start) && isApart(behind, end)) return "rough";
    if (before === undefined && count >= minFirstLetters) {
      if (behind === "hangul") return "rough";
      if (behind === "katakana" && countLetters(this.#katakanaFrom(end)) >= minRestLetters) return "rough";
    }
    return behind === undefined && before === "katakana" && count >= minLastLetters ? "rough" : undefined;
  }

  /** The kind of the letters on both sides; undefined if a word or a script ends there. */
  #innerKind(at: number): Kind | undefined {
    if (this.isEdge(at)) return undefined;
    const behind = kindOf(this.#letters[at]!);
    let last = at - 1;
    while (last > 0 && /^\p{M}/u.test(this.#letters[last]!)) last--;
    return behind === kindOf(this.#letters[last]!) ? behind : undefined;
  }

  #readSpans(text: string): { readonly starts: Uint32Array; readonly ends: Uint32Array } {
    const starts = new Uint32Array(this.#letters.length), ends = new Uint32Array(this.#letters.length);
    let letter = 0;
    for (const token of this.#tokens) {
      // `&` is the word `and`.
      const isRead = token.script !== "spaced" || token.text !== "and";
      for (let at = token.start; isRead && at < token.end;) {
        const codePoint = text.codePointAt(at)!;
        const next = at + (codePoint > 0xffff ? 2 : 1);
        for (let count = foldedLength(codePoint); count > 0; count--, letter++) {
          starts[letter] = at;
          ends[letter] = next;
        }
        at = next;
      }
      if (!isRead) {
        starts.fill(token.start, letter, letter + token.text.length);
        ends.fill(token.end, letter, letter + token.text.length);
        letter += token.text.length;
      }
    }
    return { starts, ends };
  }

  #rest(at: number): string {
    return this.#letters.slice(at, Math.min(at + maxRestLetters, this.#offsets[this.#words[at]! + 1]!));
  }

  #katakanaFrom(at: number): string {
    return /^[\p{Script=Katakana}\u30fc\u3099\u309a]*/u.exec(this.#rest(at))![0];
  }

  #segmentsOf(at: number): ReadonlySet<number> {
    const word = this.#words[at]!;
    const known = this.#segments.get(word);
    if (known !== undefined) return known;
    const start = this.#offsets[word]!;
    const parts = new Set<number>();
    // The dictionary has letters composed; Thai's am is composed by no normal form.
    const composed = this.#letters.slice(start, this.#offsets[word + 1]).normalize("NFC").replaceAll(
      "ํา",
      "ำ",
    );
    let letter = start;
    for (const { segment } of segmenter.segment(composed)) {
      parts.add(letter);
      letter += segment.normalize("NFKD").length;
    }
    this.#segments.set(word, parts);
    return parts;
  }
}

function countLetters(letters: string): number {
  return [...letters.replace(uncounted, "")].length;
}

function kindOf(letter: string): Kind {
  return kinds.find(([, pattern]) => pattern.test(letter))?.[0] ?? "other";
}
