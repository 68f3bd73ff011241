import { mix } from "./mix.ts";
import { type Region, regions } from "./regions.ts";

/** Company, title and where the company is, as they stand between quotes in JSON. */
export interface PairName {
  readonly company: string;
  readonly title: string;
  /** The title without qualifier, for an address: lower case, ASCII, hyphens. */
  readonly slug: string;
  /** Where its region's postings are. */
  readonly locations: readonly string[];
  /** Place in `locations` where most of the company's postings are. */
  readonly home: number;
}

/** How many titles a company has, on the average, as long as there are companies enough. */
const titlesPerCompany = 12;
/** One in so many companies is in each of the lesser regions. */
const lesserEvery = 64;

/** A region's words, escaped for JSON, with the strides that walk through all of them in no visible order. */
interface Names {
  readonly companyWords: readonly (readonly string[])[];
  readonly companies: number;
  readonly companyStride: number;
  readonly titles: readonly string[];
  readonly titleStride: number;
  readonly slugs: readonly string[];
  readonly qualifiers: readonly string[];
  readonly locations: readonly string[];
}

const english = namesOf(regions.english), german = namesOf(regions.german), french = namesOf(regions.french);

const maxCompanies = Math.min(english.companies, lesserEvery * Math.min(german.companies, french.companies));

/** How many pairs there are names for. */
export const maxPairs = maxCompanies *
  Math.min(...[english, german, french].map(({ titles, qualifiers }) => titles.length * qualifiers.length));

/**
 * Names pairs: different pairs have different names, whatever the seed, and a company has several titles.
 *
 * @param pairs How many there are, at most {@linkcode maxPairs}.
 * @returns The name of a pair by its number, from 0.
 */
export function pairNames(pairs: number, seed: number): (pair: number) => PairName {
  const companies = Math.min(maxCompanies, Math.ceil(pairs / titlesPerCompany));
  return (pair) => {
    const company = pair % companies, nth = Math.floor(pair / companies);
    const hash = mix(company, seed);
    const place = company % lesserEvery;
    const names = place === 37 ? german : place === 53 ? french : english;
    const ordinal = names === english ? company : Math.floor(company / lesserEvery);
    const title = (hash + nth * names.titleStride) % names.titles.length;
    return {
      company: companyName(names, ordinal, seed),
      title: names.titles[title]! + qualifier(names, mix(title, hash), nth),
      slug: names.slugs[title]!,
      locations: names.locations,
      home: hash % names.locations.length,
    };
  };
}

function companyName(
  { companyWords, companies, companyStride }: Names,
  ordinal: number,
  seed: number,
): string {
  let rest = (ordinal * companyStride + mix(seed, 0)) % companies;
  let name = "";
  for (const words of companyWords) {
    name += words[rest % words.length];
    rest = Math.floor(rest / words.length);
  }
  return name;
}

/** None for most titles; another one each time the company's titles start over. */
function qualifier({ titles, qualifiers }: Names, hash: number, nth: number): string {
  const first = hash % 4 === 0 ? (hash >>> 2) % qualifiers.length : 0;
  return qualifiers[(first + Math.floor(nth / titles.length)) % qualifiers.length]!;
}

function namesOf({ companyWords, titles, qualifiers, locations }: Region): Names {
  const companies = companyWords.reduce((product, { length }) => product * length, 1);
  const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
  return {
    companyWords: companyWords.map((words) => words.map(inJson)),
    companies,
    companyStride: strideOf(companies),
    titles: titles.map(inJson),
    titleStride: strideOf(titles.length),
    slugs: titles.map((title) =>
      title.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "").replace(/[^a-z0-9]+/g, "-").replace(
        /^-|-$/g,
        "",
      )
    ),
    qualifiers: qualifiers.map(inJson),
    locations: locations.map(inJson),
  };
}

/** Steps of this length, round and round, reach every one of `length` places before repeating one. */
function strideOf(length: number): number {
  let stride = Math.floor(length * 0.618);
  while (gcd(stride, length) !== 1) stride++;
  return stride;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
