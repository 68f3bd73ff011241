import type { Dice } from "./dice.ts";
import type { MenuRow } from "./menus.ts";

/** A row that holds a planted text, and where. */
export interface Planted {
  readonly row: MenuRow;
  readonly field: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Puts a text between two words of a row, or undefined where there is no such place. In `prose` that is in the midst of
 * the description, between small letters: where a capital letter says something.
 */
export function plant(
  text: string,
  row: MenuRow,
  place: "anywhere" | "prose",
  dice: Dice,
): Planted | undefined {
  const field = place === "prose" ? 1 : dice.below(2);
  const carrier = row[field]!;
  const gaps = place === "prose"
    ? [...carrier.matchAll(/(?<=\s[a-z]{2,} )(?=[a-z]{2,}\b)/g)].map((
      { index },
    ) => index)
    : [
      0,
      ...[...carrier.matchAll(/(?<=\S )(?=\S)/g)].map(({ index }) => index),
    ];
  if (gaps.length === 0) return undefined;
  const start = dice.pick(gaps);
  const planted = `${carrier.slice(0, start)}${text}${carrier === "" ? "" : " "}${carrier.slice(start)}`;
  return {
    row: field === 0 ? [planted, row[1]] : [row[0], planted],
    field,
    start,
    end: start + text.length,
  };
}
