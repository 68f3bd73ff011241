/** The least number of buckets; else there are as many as pairs, or half as many. */
const minBuckets = 1024;
/** How many bits of the filter there are for a bucket, as a power of two: 8. */
const filterBits = 3;

/**
 * A table from 32-bit hashes to numbers, built once: two passes over the same pairs, first {@linkcode Postings.count}
 * for each, then {@linkcode Postings.add} for each. Takes about
 * 12 bytes a pair.
 */
export class Postings {
  readonly #shift: number;
  /** A bit for each hash that is there, shared by few: small enough to stay in the processor's cache. */
  readonly #filter: Int32Array;
  /** Where each bucket ends while pairs are counted, where it begins when all are in. */
  readonly #offsets: Int32Array;
  #hashes = new Int32Array(0);
  #values = new Int32Array(0);
  #summed = false;

  /** A table for about so many pairs. */
  constructor(pairs: number) {
    const bits = Math.floor(Math.log2(Math.max(pairs, minBuckets)));
    this.#shift = 32 - bits;
    this.#offsets = new Int32Array(2 ** bits + 1);
    this.#filter = new Int32Array(2 ** (bits + filterBits - 5));
  }

  /** Makes room for a pair with this hash. */
  count(hash: number): void {
    this.#offsets[this.#bucket(hash)]!++;
    const bit = mixed(hash) >>> (this.#shift - filterBits);
    this.#filter[bit >>> 5]! |= 1 << (bit & 31);
  }

  /** Puts a pair into the room that was made for it. */
  add(hash: number, value: number): void {
    if (!this.#summed) this.#sum();
    const at = --this.#offsets[this.#bucket(hash)]!;
    this.#hashes[at] = hash;
    this.#values[at] = value;
  }

  /** Whether a hash may be there: false is certain. */
  mayHave(hash: number): boolean {
    const bit = mixed(hash) >>> (this.#shift - filterBits);
    return (this.#filter[bit >>> 5]! & 1 << (bit & 31)) !== 0;
  }

  /** The first place from which to look for a hash; `end` of the same hash is behind the last one. */
  begin(hash: number): number {
    return this.#offsets[this.#bucket(hash)]!;
  }

  /** Behind the last place of a hash. */
  end(hash: number): number {
    return this.#offsets[this.#bucket(hash) + 1]!;
  }

  /** The number at a place, or -1 where the place is another hash's. */
  at(place: number, hash: number): number {
    return this.#hashes[place] === hash ? this.#values[place]! : -1;
  }

  #sum(): void {
    let sum = 0;
    for (let bucket = 0; bucket < this.#offsets.length; bucket++) {
      this.#offsets[bucket] = sum += this.#offsets[bucket]!;
    }
    this.#hashes = new Int32Array(sum);
    this.#values = new Int32Array(sum);
    this.#summed = true;
  }

  #bucket(hash: number): number {
    return mixed(hash) >>> this.#shift;
  }
}

function mixed(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x9e3779b1);
}
