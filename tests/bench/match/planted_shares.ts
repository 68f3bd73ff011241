import { fold } from "../../../lib/menus/match/fold.ts";
import type { Matcher } from "../../../lib/menus/match/matcher.ts";
import type { TermEntry } from "../../../lib/menus/match/term_entry.ts";
import type { TermIndex } from "../../../lib/menus/match/term_index.ts";
import type { Dice } from "./dice.ts";
import type { MenuRow } from "./menus.ts";
import { misspell, type Misspelling, misspellings } from "./misspell.ts";
import { plant } from "./plant.ts";
import type { Share } from "./share.ts";

/** From how many letters on a misspelled term is to be found. */
const minLetters = 6;
/** How often a place is sought in another row. */
const maxTries = 200;

const oneEdit: ReadonlySet<Misspelling> = new Set([
  "substitution",
  "drop",
  "double",
  "swap",
]);

/** A misspelling that was not found, for the eye. */
export interface Missed {
  readonly kind: Misspelling;
  readonly term: string;
  readonly written: string;
  readonly class: string;
}

/**
 * Plants each term `rounds` times with each kind of fault in rows that hold no term, and counts which are found. Terms
 * of everyday words and short ones stand in prose and keep their capital letter: elsewhere they are not to be found,
 * but for misspelled ones, which stand anywhere.
 * What reads as another term is left out, and a fault that makes a word of the dictionary is not: it counts as missed.
 */
export function plantedShares(
  terms: ReadonlyMap<string, string>,
  index: TermIndex,
  matcher: Matcher,
  carriers: readonly MenuRow[],
  rounds: number,
  dice: Dice,
): { readonly shares: Share[]; readonly missed: Missed[] } {
  const entries = new Map<string, TermEntry>();
  for (const entry of index.entries) {
    if (!entry.isAlias) entries.set(entry.termId, entry);
  }
  const spellings = new Set(index.entries.map(({ letters }) => letters));
  const counts = new Map<string, { hits: number; all: number }>();
  const missed: Missed[] = [];
  const count = (name: string, hit: boolean) => {
    const known = counts.get(name) ?? { hits: 0, all: 0 };
    counts.set(name, { hits: known.hits + Number(hit), all: known.all + 1 });
  };
  for (const kind of misspellings) {
    for (const [id, term] of terms) {
      const entry = entries.get(id);
      if (entry === undefined) continue;
      const isEdit = oneEdit.has(kind) || kind === "two edits";
      if (
        isEdit && entry.letters.length < (kind === "two edits" ? 9 : minLetters)
      ) continue;
      if (kind === "split" && entry.letters.length < 5) continue;
      const plain = entry.termClass === "plain";
      for (let round = 0; round < rounds; round++) {
        const written = misspell(term, kind, dice);
        if (
          written === undefined ||
          kind === "case" && !plain && written === term.toLowerCase()
        ) continue;
        const letters = fold(written).map(({ text }) => text).join("");
        if (isEdit && spellings.has(letters)) continue;
        // A number, and an everyday word without a capital letter, are names where they stand alone.
        const alone = /^[0-9]+$/.test(entry.letters) ||
          !plain && entry.capitals === 0;
        let planted = alone
          ? {
            row: [written, ""] as MenuRow,
            field: 0,
            start: 0,
            end: written.length,
          }
          : undefined;
        for (
          let tries = 0;
          planted === undefined && tries < maxTries;
          tries++
        ) {
          planted = plant(
            written,
            dice.pick(carriers),
            plain || isEdit ? "anywhere" : "prose",
            dice,
          );
        }
        if (planted === undefined) {
          throw new Error(`Cannot plant ${written}: no row has a place for it`);
        }
        const { row, field, start, end } = planted;
        const hit = matcher.match(row).some((match) =>
          match.field === field && match.start < end && start < match.end &&
          (match.termId === id ||
            isSameOrLonger(entries.get(match.termId), entry))
        );
        if (!hit) missed.push({ kind, term, written, class: entry.termClass });
        count(kind, hit);
        if (oneEdit.has(kind)) {
          count("one edit", hit);
          count(
            plain ? "one edit, plain terms" : "one edit, everyday terms",
            hit,
          );
        }
        if (kind === "case" || kind === "accents" || kind === "signs") {
          count("folded", hit);
        }
      }
    }
  }
  const bars: Record<string, number> = {
    exact: 1,
    folded: 1,
    "one edit": 0.98,
  };
  const names = [
    "exact",
    "folded",
    "case",
    "accents",
    "signs",
    "one edit",
    "one edit, plain terms",
    "one edit, everyday terms",
  ];
  const shares = [...names, ...misspellings.slice(4)].filter((name) => counts.has(name)).map((name) => ({
    name: oneEdit.has(name as Misspelling) ? `one edit: ${name}` : name,
    ...counts.get(name)!,
    ...(bars[name] !== undefined && { bar: bars[name] }),
  }));
  return { shares, missed };
}

/** Whether a term is written the same, or begins with the other: with a word of the row it may be the longer one. */
function isSameOrLonger(
  found: TermEntry | undefined,
  planted: TermEntry,
): boolean {
  return found !== undefined && found.letters.startsWith(planted.letters);
}
