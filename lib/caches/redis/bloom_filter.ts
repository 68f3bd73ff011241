/** How much larger each stage is than the one before it. */
const growth = 2;
/** How much rarer the false positives of each stage are: all together stay below twice the first one's. */
const tightening = 0.5;
/** The most bits of one stage: their numbers come from 32 bits of the hash. */
const maxStageBits = 2 ** 31;

export interface BloomFilterOptions {
  /** The share of hashes that were not added which `has` takes for added, at most: more than 0, less than 1. */
  readonly rate: number;
  /** How many hashes are expected, from 1; beyond that, it grows. */
  readonly capacity: number;
}

/** Bits for so many hashes at such a rate, as plain data. */
export interface BloomStage {
  readonly capacity: number;
  readonly bits: number;
  readonly probes: number;
  readonly words: Uint32Array<ArrayBuffer>;
  /** Hashes added that were not there yet, as far as the filter can know. */
  added: number;
}

/**
 * A set of hashes that forgets none and takes some others for its own: a Bloom filter (Bloom 1970), with
 * −ln(rate) / ln(2)² bits for each hash and −log₂(rate) of them looked at: 14.4 and 10 for a rate of 0.001, one more
 * of each as the first stage leaves half of the rate to the others. It grows by stages, each with half the rate of
 * the one before (Almeida, Baquero, Preguiça and Hutchison, Scalable Bloom Filters, 2007).
 *
 * The bits' numbers are made of the hash's first 8 bytes, which have to be evenly spread, as those of a cryptographic
 * hash are: two numbers of 32 bits, and their sums (enhanced double hashing: Dillinger and Manolios 2004; that two
 * are enough: Kirsch and Mitzenmacher 2006).
 */
export class BloomFilter {
  readonly rate: number;
  readonly stages: BloomStage[];

  /** @param stages Of a filter of the same rate, for one like it; it shares their memory. */
  constructor({ rate, capacity }: BloomFilterOptions, stages?: BloomStage[]) {
    this.rate = rate;
    this.stages = stages ?? [newStage(Math.max(1, Math.ceil(capacity)), rate * (1 - tightening))];
  }

  /** Memory of the bits. */
  get bytes(): number {
    return this.stages.reduce((sum, { words }) => sum + words.byteLength, 0);
  }

  /** Hashes that were added, less those that were taken for added before. */
  get entries(): number {
    return this.stages.reduce((sum, { added }) => sum + added, 0);
  }

  /** @param bytes 8 bytes of a hash, or more, from `at` on. */
  has(bytes: Uint8Array, at = 0): boolean {
    const first = wordAt(bytes, at), second = wordAt(bytes, at + 4);
    for (let i = this.stages.length - 1; i >= 0; i--) if (holds(this.stages[i]!, first, second)) return true;
    return false;
  }

  add(bytes: Uint8Array, at = 0): void {
    if (this.has(bytes, at)) return;
    let stage = this.stages.at(-1)!;
    if (stage.added >= stage.capacity) {
      stage = newStage(
        stage.capacity * growth,
        this.rate * (1 - tightening) * tightening ** this.stages.length,
      );
      this.stages.push(stage);
    }
    mark(stage, wordAt(bytes, at), wordAt(bytes, at + 4));
    stage.added++;
  }
}

function newStage(capacity: number, rate: number): BloomStage {
  const wanted = Math.ceil(-capacity * Math.log(rate) / Math.LN2 ** 2 / 32) * 32;
  const bits = Math.min(wanted, maxStageBits);
  const probes = Math.max(1, Math.round(-Math.log2(rate)));
  return {
    capacity: Math.floor(capacity * bits / wanted),
    bits,
    probes,
    words: new Uint32Array(bits / 32),
    added: 0,
  };
}

function holds({ bits, probes, words }: BloomStage, first: number, second: number): boolean {
  let bit = first % bits, step = second % bits;
  for (let i = 1; i <= probes; i++) {
    if ((words[bit >>> 5]! & 1 << (bit & 31)) === 0) return false;
    bit += step;
    if (bit >= bits) bit -= bits;
    step = (step + i) % bits;
  }
  return true;
}

function mark({ bits, probes, words }: BloomStage, first: number, second: number): void {
  let bit = first % bits, step = second % bits;
  for (let i = 1; i <= probes; i++) {
    words[bit >>> 5]! |= 1 << (bit & 31);
    bit += step;
    if (bit >= bits) bit -= bits;
    step = (step + i) % bits;
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24) >>> 0;
}
