import { Dice } from "../match/dice.ts";
import type { ShortcutData } from "./shortcut_strategy.ts";

export interface NearPostingsOptions {
  readonly records: number;
  readonly runs: number;
  /** Share of the records with a word of rank that no list of level words has, 0 to 1: near, and yet another level. */
  readonly misleading: number;
  readonly seed: number;
}

const ranks = ["", "Senior ", "Junior ", "Head of ", "Assistant "];
const roles = [
  "Software Engineer",
  "Data Analyst",
  "Warehouse Operative",
  "Payroll Clerk",
  "Marketing Designer",
  "Nurse",
];
const teams = [
  "Payments",
  "Search",
  "Growth",
  "Platform",
  "Billing",
  "Mobile",
  "Insights",
  "Security",
];
const places = [
  "Berlin",
  "Paris",
  "Leeds",
  "Austin",
  "Madrid",
  "Oslo",
  "Lisbon",
  "Vienna",
  "Dublin",
  "Boston",
  "Toronto",
];
/** The reference model takes these for a rank. */
const misleadingWords = ["Dentist", "Veterinarian", "Capo"];

/** Postings whose titles differ in team and place, at few companies: the same seed gives the same ones. */
export function nearPostings(
  { records, runs, misleading, seed }: NearPostingsOptions,
): ShortcutData {
  const dice = new Dice(seed), companies: string[] = [], titles: string[] = [];
  const one = (words: readonly string[]) => words[dice.below(words.length)]!;
  for (let i = 0; i < records; i++) {
    companies.push(`Company ${dice.below(60)}`);
    const odd = dice.below(1_000_000) < misleading * 1_000_000 ? `, ${one(misleadingWords)}` : "";
    titles.push(
      `${one(ranks)}${one(roles)}, ${one(teams)}${odd} (${one(places)})`,
    );
  }
  const perRun = Math.ceil(records / runs);
  return {
    companies,
    titles,
    runs: Array.from({ length: Math.ceil(records / perRun) }, (_, run) => ({
      start: run * perRun,
      end: Math.min((run + 1) * perRun, records),
    })),
  };
}
