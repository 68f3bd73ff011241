import { SluiceError } from "../../errors/sluice_error.ts";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { mix } from "./mix.ts";
import { maxPairs, pairNames } from "./pair_names.ts";
import { type Posting, sources } from "./sources.ts";

export interface SamplePostingsOptions {
  /** Lines in all, from 1. */
  readonly records: number;
  /** Lines in an object, from 1; the last object gets the rest. */
  readonly perObject: number;
  /** Different pairs of company and title in all, from 1 to `records`. */
  readonly pairs: number;
  /** Same seed, same bytes. A whole number; its lowest 32 bits count. */
  readonly seed: number;
}

export interface SampleObject {
  /** Unix seconds: `1767225614.jsonl`, the next object's a minute later. */
  readonly name: string;
  /** Whole lines, about 64 KiB at a time; may be read at any time, several times, and side by side with others. */
  readonly chunks: Iterable<Uint8Array<ArrayBuffer>>;
}

/** Name of the first object. */
const firstName = 1_767_225_614;
const secondsPerObject = 60;
/** Lines are gathered up to this many UTF-16 units before they are encoded. */
const chunkUnits = 64 * 1024;

const encoder = new TextEncoder();

/**
 * Postings as scrapers leave them: a few pairs are frequent and most are rare; new ones keep coming, ever fewer;
 * lines come several times over; sources differ in the order of fields. Every pair comes at least once. Memory does
 * not grow with the number of records.
 *
 * @throws {SluiceError} A number is out of its range.
 */
export function samplePostings(options: SamplePostingsOptions): Iterable<SampleObject> {
  const { records, perObject, pairs, seed } = options;
  for (const [name, value] of Object.entries({ records, perObject, pairs })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw outOfRange(`${name} must be a whole number from 1 on, not ${value}`);
    }
  }
  const mostPairs = Math.min(records, maxPairs);
  if (pairs > mostPairs) {
    const why = mostPairs === records ? "the number of records" : "the most that there are names for";
    throw outOfRange(`pairs must be at most ${mostPairs}, ${why}, not ${pairs}`);
  }
  if (!Number.isSafeInteger(seed)) {
    throw outOfRange(`seed must be a whole number, not ${seed}`);
  }
  const object = (index: number): SampleObject => {
    const name = firstName + index * secondsPerObject;
    return { name: `${name}.jsonl`, chunks: { [Symbol.iterator]: () => chunksOf(options, index, name) } };
  };
  return {
    *[Symbol.iterator]() {
      for (let index = 0; index * perObject < records; index++) yield object(index);
    },
  };
}

function* chunksOf(
  options: SamplePostingsOptions,
  index: number,
  name: number,
): Generator<Uint8Array<ArrayBuffer>> {
  const { records, perObject, pairs, seed } = options;
  const random = xoroshiro128plus(mix(index, seed));
  const nameOf = pairNames(pairs, seed);
  const first = index * perObject, end = Math.min(first + perObject, records);
  let known = pairsKnown(first, options);
  let line = "", text = "";
  for (let record = first; record < end; record++) {
    const before = known;
    known = pairsKnown(record + 1, options);
    const dice = random.next();
    const isNew = known > before;
    if (isNew || line === "" || dice % 8 !== 0) {
      const { company, title, slug, locations, home } = nameOf(isNew ? before : drawPair(known, random));
      const away = dice & 0x300;
      const posting: Posting = {
        company,
        title,
        slug,
        location: locations[away === 0 ? (dice >>> 10) % locations.length : home]!,
        id: uuid(random),
        scrapedOn: name - secondsPerObject + Math.floor((record - first) / (end - first) * secondsPerObject),
        place: dice >>> 16 & 0xff,
      };
      line = sources[(dice >>> 24) % sources.length]!(posting);
    }
    text += line;
    if (text.length >= chunkUnits) {
      yield encoder.encode(text);
      text = "";
    }
  }
  if (text !== "") yield encoder.encode(text);
}

/**
 * How many pairs have come in the first so many records: one with each record until the curve falls below that,
 * then along (share of the records) ^ ¾, as vocabularies grow; all of them in the end. Square roots, unlike powers,
 * are the same on every machine.
 */
function pairsKnown(count: number, { records, pairs }: SamplePostingsOptions): number {
  const share = count / records;
  return Math.min(count, Math.ceil(pairs * Math.sqrt(share * Math.sqrt(share))));
}

/**
 * One of the known pairs, the older the likelier: the first 16, the next 16, the next 32, 64, … are as likely as one
 * another, which is near to Zipf's law.
 */
function drawPair(known: number, random: { next(): number }): number {
  const groups = Math.max(1, 29 - Math.clz32(known - 1));
  while (true) {
    const dice = random.next() >>> 0;
    const group = dice % groups;
    const pair = group === 0 ? dice >>> 28 : (8 << group) + (random.next() & (8 << group) - 1);
    if (pair < known) return pair;
  }
}

/** Four hexadecimal digits, by their value. */
const hex4 = Array.from({ length: 0x10000 }, (_, i) => i.toString(16).padStart(4, "0"));

/** Looks like a random UUID. */
function uuid(random: { next(): number }): string {
  const a = random.next(), b = random.next(), c = random.next(), d = random.next();
  const version = hex4[b & 0x0fff | 0x4000], variant = hex4[c >>> 16 & 0x3fff | 0x8000];
  return `${hex4[a >>> 16]}${hex4[a & 0xffff]}-${hex4[b >>> 16]}-${version}-${variant}-${hex4[c & 0xffff]}${
    hex4[d >>> 16]
  }${hex4[d & 0xffff]}`;
}

function outOfRange(reason: string): SluiceError {
  return new SluiceError({ kind: "settings", action: "make samples", reason });
}
