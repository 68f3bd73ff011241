import type { Dice } from "./dice.ts";

/** What can happen to a term as it is written down. */
export const misspellings = [
  "exact",
  "case",
  "accents",
  "signs",
  "substitution",
  "drop",
  "double",
  "swap",
  "two edits",
  "split",
  "joined",
] as const;

export type Misspelling = (typeof misspellings)[number];

const accented: Readonly<Record<string, string>> = {
  a: "á",
  e: "é",
  i: "î",
  o: "ö",
  u: "ü",
  n: "ñ",
  c: "ç",
};

/** Writes a term with one kind of fault, or says undefined where it can't have that. Small letters stay small. */
export function misspell(
  term: string,
  kind: Misspelling,
  dice: Dice,
): string | undefined {
  switch (kind) {
    case "exact":
      return term;
    case "case":
      return other(term, dice.pick([term.toLowerCase(), term.toUpperCase()]));
    case "accents": {
      const plain = term.normalize("NFD").replace(/\p{M}/gu, "");
      if (plain !== term) return plain;
      const places = [...term.matchAll(/[aeiounc]/g)].map(({ index }) => index);
      if (places.length === 0) return undefined;
      const at = dice.pick(places);
      return term.slice(0, at) + accented[term[at]!] + term.slice(at + 1);
    }
    case "signs": {
      const changed = [
        term.replace(/['`]/g, ""),
        term.replace(/['`]/g, "’"),
        term.replaceAll("-", " "),
        term.replace(/(\p{L}{2}) (?=\p{L})/u, "$1-"),
        term.replace(/ ?& ?/, " and "),
        term.replace(/ ?& ?/, " & "),
      ].filter((text) => text !== term);
      return changed.length === 0 ? undefined : dice.pick(changed);
    }
    case "two edits": {
      const once = edit(
        term,
        dice.pick(["substitution", "drop", "double", "swap"] as const),
        dice,
      );
      return once &&
        edit(
          once,
          dice.pick(["substitution", "drop", "double", "swap"] as const),
          dice,
        );
    }
    case "split": {
      const places = [...term.matchAll(/(?<=\p{L})(?=\p{L})/gu)].map((
        { index },
      ) => index);
      if (places.length === 0) return undefined;
      const at = dice.pick(places);
      return `${term.slice(0, at)} ${term.slice(at)}`;
    }
    case "joined":
      return other(term, term.replace(/(?<=\p{L})[ -](?=\p{L})/u, ""));
    default:
      return edit(term, kind, dice);
  }
}

/** One edit of a letter; a capital letter stays where one was. */
function edit(
  term: string,
  kind: "substitution" | "drop" | "double" | "swap",
  dice: Dice,
): string | undefined {
  const letters = [...term];
  // Dropping a word of one letter is no misspelling.
  const isLoneLetter = (at: number) =>
    !/[\p{L}\p{N}]/u.test(`${letters[at - 1] ?? ""}${letters[at + 1] ?? ""}`);
  const isLetter = (at: number) => /\p{L}/u.test(letters[at] ?? "");
  const differs = (at: number) => letters[at]!.toLowerCase() !== letters[at + 1]!.toLowerCase();
  const places = letters.map((_, at) => at).filter((at) =>
    isLetter(at) && !(kind === "drop" && isLoneLetter(at)) &&
    (kind !== "swap" || isLetter(at + 1) && differs(at))
  );
  if (places.length === 0) return undefined;
  const at = dice.pick(places);
  const capital = letters[at] !== letters[at]!.toLowerCase();
  if (kind === "substitution") {
    const others = [..."abcdefghijklmnopqrstuvwxyz"].filter((letter) =>
      letter !== letters[at]!.toLowerCase()
    );
    letters[at] = dice.pick(others);
  } else if (kind === "drop") letters.splice(at, 1);
  else if (kind === "double") {
    letters.splice(at + 1, 0, letters[at]!.toLowerCase());
  } else {
    const nextCapital = letters[at + 1] !== letters[at + 1]!.toLowerCase();
    const first = letters[at]!;
    letters[at] = letters[at + 1]!.toLowerCase();
    letters[at + 1] = nextCapital ? first.toUpperCase() : first.toLowerCase();
  }
  if (capital && letters[at] !== undefined) {
    letters[at] = letters[at]!.toUpperCase();
  }
  return other(term, letters.join(""));
}

function other(before: string, after: string): string | undefined {
  return before === after || after.trim() === "" ? undefined : after;
}
