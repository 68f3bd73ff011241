import { parse } from "csv-parse/sync";

/** A row's name and description. */
export type MenuRow = readonly [name: string, description: string];

/** The real menus and the terms that are looked for in them. */
export interface Menus {
  readonly terms: ReadonlyMap<string, string>;
  /** Row 1 is at 0. */
  readonly rows: readonly MenuRow[];
}

/** Reads `terms.csv` and `input.csv` of a folder, or says undefined where they are not there. */
export function readMenus(folder: string): Menus | undefined {
  const read = (name: string): string[][] =>
    parse(Deno.readTextFileSync(`${folder}/${name}`), {
      bom: true,
      from_line: 2,
    });
  try {
    return {
      terms: new Map(read("terms.csv").map(([id, term]) => [id!, term!])),
      rows: read("input.csv").map((
        [, name, description],
      ) => [name!, description!]),
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
