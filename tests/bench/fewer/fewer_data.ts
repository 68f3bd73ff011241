import { encodeKey } from "../../../lib/recipe/key.ts";
import { classify } from "../../../lib/seniority/reference.ts";
import { mix } from "../../../lib/seniority/sample/mix.ts";
import { samplePostings } from "../../../lib/seniority/sample/sample_postings.ts";
import { Dice } from "../match/dice.ts";
import { decorateTitle } from "../normalize/decorate_title.ts";

export interface FewerDataOptions {
  readonly records: number;
  /** Different pairs of company and plain title. */
  readonly pairs: number;
  /** Runs that the records are spread over, one after the other. */
  readonly runs: number;
  /** Share of the records whose title is written otherwise than plainly, 0 to 1. */
  readonly decorated: number;
  readonly seed: number;
}

/** Records as columns, and what the model says of them when asked about each one. */
export interface FewerData {
  readonly companies: readonly string[];
  readonly titles: readonly string[];
  readonly runs: readonly { readonly start: number; readonly end: number }[];
  /** The reference model's answers to the records as they are written. */
  readonly levels: Uint8Array;
  /** Its answers to the plain titles that the records were made of. */
  readonly plainLevels: Uint8Array;
  /** Questions: one for each record, each distinct one once in each run, each distinct one once. */
  readonly asked: {
    readonly byRecord: number;
    readonly byRun: number;
    readonly distinct: number;
  };
}

/** Ways to write a pair's title beside the plain one; the first ones are the likelier. */
const spellings = 8;

/** The postings of `sluice sample`, some of them with titles as advertisers write them ({@linkcode decorateTitle}). */
export function fewerData(
  { records, pairs, runs, decorated, seed }: FewerDataOptions,
): FewerData {
  const perRun = Math.ceil(records / runs);
  const companies: string[] = [], titles: string[] = [];
  const levels = new Uint8Array(records), plainLevels = new Uint8Array(records);
  const levelOf = new Map<string, number>(),
    numberOf = new Map<string, number>();
  const level = (title: string) => levelOf.getOrInsertComputed(title, (title) => classify("", title));
  const dice = new Dice(seed), decoder = new TextDecoder();
  for (
    const { chunks } of samplePostings({
      records,
      perObject: perRun,
      pairs,
      seed,
    })
  ) {
    for (const chunk of chunks) {
      for (const line of decoder.decode(chunk).split("\n")) {
        if (line === "") continue;
        const { company, title } = JSON.parse(line) as {
          company: string;
          title: string;
        };
        const pair = numberOf.getOrInsertComputed(
          encodeKey(company, title),
          () => numberOf.size,
        );
        const i = companies.push(company) - 1;
        const spelling = Math.min(dice.below(spellings), dice.below(spellings));
        const written = dice.below(1_000_000) < decorated * 1_000_000
          ? decorateTitle(title, new Dice(mix(mix(pair, spelling), seed)))
          : title;
        titles.push(written);
        levels[i] = level(written);
        plainLevels[i] = level(title);
      }
    }
  }
  const spans = Array.from(
    { length: Math.ceil(records / perRun) },
    (_, run) => ({
      start: run * perRun,
      end: Math.min((run + 1) * perRun, records),
    }),
  );
  const distinct = (start: number, end: number) => {
    const keys = new Set<string>();
    for (let i = start; i < end; i++) {
      keys.add(encodeKey(companies[i]!, titles[i]!));
    }
    return keys.size;
  };
  return {
    companies,
    titles,
    runs: spans,
    levels,
    plainLevels,
    asked: {
      byRecord: records,
      byRun: spans.reduce(
        (sum, { start, end }) => sum + distinct(start, end),
        0,
      ),
      distinct: distinct(0, records),
    },
  };
}
