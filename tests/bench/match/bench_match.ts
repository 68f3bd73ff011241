/**
 * How good and how fast matching is: each bar with what was measured.
 *
 *     deno task bench:match [--data DIR] [--only TEXT] [--rounds N] [--rows N] [--seed N] [--min-score N] [--fuzzy N]
 *
 * `--data` has `input.csv` and `terms.csv`, the real menus, `../shared/data/menus` if not given; without them, terms
 * and rows are made and what wants real rows is left out. `--only` takes the parts whose names hold the text: planted,
 * false, labels, speed. `--rounds` is how often each term is planted with each kind of fault, `--rows` how many rows
 * speed is taken on. `--fuzzy` prints so many of the misspellings found and the nearest that were refused, for the eye.
 * Status 1 where a bar is missed.
 */
import { parseArgs } from "node:util";
import { Matcher } from "../../../lib/menus/match/matcher.ts";
import { TermIndex } from "../../../lib/menus/match/term_index.ts";
import { root } from "../task_flags.ts";
import { Dice } from "./dice.ts";
import { readLabels } from "./labels.ts";
import { madeRows } from "./made_rows.ts";
import { madeTerms } from "./made_terms.ts";
import { type MenuRow, readMenus } from "./menus.ts";
import { misspell } from "./misspell.ts";
import { nearWords } from "./near_words.ts";
import { plainWay } from "./plain_way.ts";
import { plant } from "./plant.ts";
import { type Missed, plantedShares } from "./planted_shares.ts";
import type { Share } from "./share.ts";
import { median, rowsPerSecond, workPerRow } from "./speed.ts";
import { withoutTerms } from "./without_terms.ts";
import { wilson } from "./wilson.ts";

/** How many terms the index is also tried with, and how fast it is to be. */
const manyTerms = 100_000, minRowsPerSecond = 30_000, minShareWithMany = 1 / 3;
/** How many rows the plain way is tried on. */
const plainRows = 20;

const { values } = parseArgs({
  options: {
    data: { type: "string", default: `${root}../shared/data/menus` },
    fuzzy: { type: "string", default: "0" },
    "min-score": { type: "string", default: "0.75" },
    only: { type: "string", default: "" },
    rounds: { type: "string", default: "3" },
    rows: { type: "string", default: "20000" },
    seed: { type: "string", default: "20260612" },
  },
});
const seed = Number(values.seed), minScore = Number(values["min-score"]);
const wanted = (part: string) => part.includes(values.only);
let missedBars = 0;

const menus = readMenus(values.data);
if (menus === undefined) {
  console.log(
    `No real menus in ${values.data}: terms and rows are made, and the labelled rows are left out.\n`,
  );
}
const terms = menus?.terms ?? madeTerms(598, new Dice(seed));
const labels = readLabels();
const openRows = menus?.rows.filter((_, at) => !labels.has(at + 1)) ??
  madeRows(800, new Dice(seed + 1));
const index = new TermIndex(terms);
const matcher = new Matcher(index, { minScore });
const bare = openRows.filter((row) => matcher.match(row).length === 0);
console.log(
  `${terms.size} terms, ${openRows.length} rows that are not labelled, ${bare.length} of them without a term; ` +
    `seed ${seed}, least score ${minScore}`,
);

if (wanted("planted")) {
  const rounds = Number(values.rounds);
  const { shares, missed } = plantedShares(
    terms,
    index,
    matcher,
    bare,
    rounds,
    new Dice(seed + 2),
  );
  say(
    `Planted in rows, ${rounds} times each; edits in terms of 6 letters and more, two edits of 9`,
    shares,
  );
  if (Number(values.fuzzy) > 0) sayMissed(missed);
}
if (wanted("false")) sayFalse();
if (wanted("labels")) sayLabels();
if (wanted("speed")) saySpeed();
if (Number(values.fuzzy) > 0) sayFuzzy(Number(values.fuzzy));
console.log(
  missedBars === 0 ? "\nAll bars are met." : `\n${missedBars} bars are missed.`,
);
Deno.exit(missedBars === 0 ? 0 : 1);

function say(title: string, shares: readonly Share[]): void {
  console.log(`\n${title}:`);
  const width = Math.max(...shares.map(({ name }) => name.length));
  for (const { name, hits, all, bar } of shares) {
    const [low, high] = wilson(hits, all);
    const verdict = bar === undefined
      ? ""
      : `  bar ${percent(bar)}  ${passed(all > 0 && hits >= bar * all) ? "PASS" : "FAIL"}`;
    console.log(
      `  ${name.padEnd(width)}  ${percent(hits / all).padStart(8)} (${percent(low)} to ${percent(high)}), ` +
        `${hits} of ${all}${verdict}`,
    );
  }
}

function passed(isMet: boolean): boolean {
  if (!isMet) missedBars++;
  return isMet;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function sayMissed(missed: readonly Missed[]): void {
  console.log("\nPlanted and not found, by kind, the first of each:");
  for (const [kind, some] of Map.groupBy(missed, (one) => one.kind)) {
    const list = some.slice(0, 12).map(({ term, written, class: termClass }) =>
      `${term} as ${written} (${termClass})`
    );
    console.log(`  ${kind}, ${some.length}: ${list.join("; ")}`);
  }
}

/** Rows without their terms, and such rows with near words in prose and as names: whatever is found is wrong. */
function sayFalse(): void {
  const dice = new Dice(seed + 3);
  const emptied = openRows.map((row) => withoutTerms(row, index.entries));
  console.log(
    "\nFalse matches: what is found is wrong, but for a row's own misspellings in the first line:",
  );
  const tell = (name: string, rows: readonly MenuRow[]) => {
    const found = rows.map((row) => matcher.match(row));
    const wrong = found.reduce((sum, { length }) => sum + length, 0);
    const some = [
      ...new Set(found.flat().map(({ text, term }) => `${text} for ${term}`)),
    ].slice(0, 8);
    console.log(
      `  ${name.padEnd(42)} ${wrong} in ${rows.length} rows  ${some.join(", ")}`,
    );
  };
  tell("rows without their terms, written right", emptied);
  const near = nearWords(index.entries);
  for (const [name, words] of Object.entries(near)) {
    const planted = (write: (word: string) => string) =>
      Array.from(
        { length: 2000 },
        () =>
          plant(write(dice.pick(words)), dice.pick(emptied), "prose", dice)
            ?.row,
      )
        .filter((row) => row !== undefined);
    tell(`${name} words near to terms, small`, planted((word) => word));
    tell(
      `${name} words near to terms, capital`,
      planted((word) => word[0]!.toUpperCase() + word.slice(1)),
    );
  }
}

function sayLabels(): void {
  if (menus === undefined) {
    console.log("\nLabelled rows: left out, the real menus are not there.");
    return;
  }
  let right = 0, found = 0, labelled = 0, whole = 0;
  for (const [row, ids] of labels) {
    const matches = matcher.match(menus.rows[row - 1]!);
    const hits = matches.filter(({ termId }) => ids.includes(termId)).length;
    right += hits;
    found += matches.length;
    labelled += ids.length;
    if (hits === matches.length && hits === ids.length) whole++;
  }
  const texts = new Set(
    [...labels.keys()].map((row) => menus.rows[row - 1]!.join("|")),
  );
  const shared = texts.intersection(new Set(openRows.map((row) => row.join("|")))).size;
  const heading = `${texts.size} different ones, of which ${shared} stand among the other rows too`;
  say(`${labels.size} labelled rows, ${heading}`, [
    { name: "precision", hits: right, all: found, bar: 0.97 },
    { name: "recall", hits: right, all: labelled, bar: 0.95 },
    { name: "rows all right", hits: whole, all: labels.size },
  ]);
}

function saySpeed(): void {
  const dice = new Dice(seed + 4);
  const kinds = ["exact", "substitution", "drop", "swap"] as const;
  const list = [...terms.values()];
  // Every second row has a term, half of these misspelled, so that no two rows are quite the same.
  const rows = Array.from({ length: Number(values.rows) }, (_, at) => {
    const row = dice.pick(openRows);
    const term = dice.pick(list);
    return at % 2 ? row : plant(
      misspell(term, dice.pick(kinds), dice) ?? term,
      row,
      "anywhere",
      dice,
    )?.row ?? row;
  });
  const heapBefore = heap();
  const started = performance.now();
  const manyIndex = new TermIndex(
    new Map([...terms, ...prefixed(madeTerms(manyTerms - terms.size, dice))]),
  );
  const seconds = (performance.now() - started) / 1000;
  const bytes = heap() - heapBefore;
  const manyMatcher = new Matcher(manyIndex, { minScore });
  // Their unknown words are of the same syllables as the made terms: as many near ones as can be.
  const hardRows = madeRows(Math.ceil(rows.length / 4), dice);
  const rates = rowsPerSecond([
    { match: (row) => matcher.match(row), rows },
    { match: (row) => manyMatcher.match(row), rows },
    {
      match: (row) => plainWay(index.entries, row),
      rows: rows.slice(0, plainRows),
    },
    { match: (row) => matcher.match(row), rows: hardRows },
    { match: (row) => manyMatcher.match(row), rows: hardRows },
  ]);
  const [few, many, plain, , hard] = rates.map(median) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const shareOf = (one: number, other: number) =>
    median(rates[one]!.map((rate, at) => rate / rates[other]![at]!));
  const shareWithMany = shareOf(1, 0);
  const letters = rows.reduce((sum, [name, text]) => sum + name.length + text.length, 0) /
    rows.length;
  console.log(
    `\nSpeed on one thread, in CPU time, ${rows.length} rows of ${letters.toFixed(0)} characters on average:`,
  );
  const line = (name: string, text: string) => console.log(`  ${name.padEnd(28)} ${text}`);
  const rate = (value: number) => `${Math.round(value).toLocaleString("en-US")} rows a second`;
  const verdict = (isMet: boolean) => passed(isMet) ? "PASS" : "FAIL";
  line(
    `${terms.size} terms`,
    `${rate(few)}  bar ${rate(minRowsPerSecond)}  ${verdict(few >= minRowsPerSecond)}`,
  );
  line(
    `${manyTerms.toLocaleString("en-US")} terms`,
    `${rate(many)}, ${shareWithMany.toFixed(2)} of that  bar 0.33  ${
      verdict(shareWithMany >= minShareWithMany)
    }`,
  );
  line(
    "",
    `on made rows, of the terms' syllables, ${rate(hard)}, ${shareOf(4, 3).toFixed(2)} of that with few`,
  );
  line(
    "",
    `indexed in ${seconds.toFixed(1)} s, ${(bytes / manyTerms).toFixed(0)} bytes a term`,
  );
  line(
    "the plain way",
    `${rate(plain)} with ${terms.size} terms: matching is ${shareOf(0, 2).toFixed(0)} times as fast`,
  );
  for (
    const [name, one] of [[`work, ${terms.size} terms`, matcher], [
      "work, many terms",
      manyMatcher,
    ]] as const
  ) {
    const work = workPerRow(one, rows.slice(0, 2000));
    line(
      name,
      Object.entries(work).map(([what, value]) => `${value.toFixed(2)} ${what}`)
        .join(", ") + " a row",
    );
  }
}

function prefixed(made: Map<string, string>): [string, string][] {
  return [...made].map(([id, term]) => [`made-${id}`, term]);
}

function heap(): number {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

function sayFuzzy(count: number): void {
  const keen = new Matcher(index, { minScore: 0 });
  const seen = new Set<string>();
  const lines: { readonly score: number; readonly text: string }[] = [];
  const take = (row: MenuRow, from: string) => {
    for (const { kind, score, text, term } of keen.match(row)) {
      const key = `${text}|${term}`;
      if (kind !== "fuzzy" || seen.has(key)) continue;
      seen.add(key);
      lines.push({
        score,
        text: `${score.toFixed(3)}  ${text}  for ${term}  (${from})`,
      });
    }
  };
  for (const row of openRows) take(row, "as it was");
  const dice = new Dice(seed + 5);
  const list = [...terms.values()];
  for (let at = 0; at < 10 * count; at++) {
    const written = misspell(dice.pick(list), "two edits", dice);
    const planted = written &&
      plant(written, dice.pick(bare), "anywhere", dice);
    if (planted) take(planted.row, "planted, two edits");
  }
  lines.sort((one, other) => one.score - other.score);
  const print = (title: string, some: typeof lines) => {
    console.log(`\n${title}:`);
    for (const { text } of some) console.log(`  ${text}`);
  };
  print(
    "Misspellings found, the least sure first",
    lines.filter(({ score }) => score >= minScore).slice(0, count),
  );
  print(
    "The nearest that were refused",
    lines.filter(({ score }) => score < minScore).slice(-count).reverse(),
  );
}
