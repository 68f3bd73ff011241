const base = 0x01000193;
/** How many letters of a word its deletions are made from; those behind do not matter. */
const prefixLetters = 10;

let powers = new Int32Array([1]);

/**
 * Hashes of any range of letters in constant time, and of the range without one or two of its letters: a polynomial
 * over 32 bits, summed up once. The same letters have the same hash wherever they stand. Two words may share a hash,
 * so that what is found by one is compared. Its buffers grow to the longest text.
 */
export class LetterHashes {
  #sums = new Int32Array(256);
  /** What {@linkcode deletions} found. */
  readonly keys = new Int32Array(1 + prefixLetters * (prefixLetters + 1) / 2);

  /** Takes the letters; what was there is forgotten. */
  set(letters: string): void {
    const length = letters.length;
    if (this.#sums.length <= length) this.#sums = new Int32Array(2 * length);
    if (powers.length <= length) {
      powers = new Int32Array(2 * length);
      powers[0] = 1;
      for (let index = 1; index < powers.length; index++) powers[index] = Math.imul(powers[index - 1]!, base);
    }
    const sums = this.#sums;
    let sum = 0;
    for (let index = 0; index < length; index++) {
      sum = (Math.imul(sum, base) + letters.charCodeAt(index) + 1) | 0;
      sums[index + 1] = sum;
    }
  }

  /** The hash of the letters from `start` to before `end`. */
  range(start: number, end: number): number {
    return (this.#sums[end]! - Math.imul(this.#sums[start]!, powers[end - start]!)) | 0;
  }

  /**
   * Writes into `keys` the hashes of the first letters of a range without up to `edits` (0 to 2) of them, and says
   * how many: symmetric deletion, as SymSpell does it. Words within that many edits have one in common.
   */
  deletions(start: number, end: number, edits: number): number {
    const stop = Math.min(end, start + prefixLetters);
    const keys = this.keys;
    keys[0] = this.range(start, stop);
    let count = 1;
    if (edits === 0) return count;
    for (let first = start; first < stop; first++) {
      const head = this.range(start, first);
      const behind = stop - first - 1;
      keys[count++] = (Math.imul(head, powers[behind]!) + this.range(first + 1, stop)) | 0;
      if (edits === 1) continue;
      for (let second = first + 1; second < stop; second++) {
        const middle = (Math.imul(head, powers[second - first - 1]!) + this.range(first + 1, second)) | 0;
        keys[count++] = (Math.imul(middle, powers[stop - second - 1]!) + this.range(second + 1, stop)) | 0;
      }
    }
    return count;
  }
}

/** Which letters there are, as 32 bits: one for each small Latin letter, the others shared by all else. */
export function letterMask(letters: string): number {
  let mask = 0;
  for (let index = 0; index < letters.length; index++) {
    const code = letters.charCodeAt(index);
    mask |= 1 << (code >= 97 && code <= 122 ? code - 97 : 26 + code % 6);
  }
  return mask;
}
