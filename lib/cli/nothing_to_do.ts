import { recordExtensions } from "../records/record_format.ts";
import { plural } from "../text/format.ts";

/**
 * What a command says that has found no record file to process.
 *
 * @param found Objects in the source.
 * @param selection The settings that select from them: `include and exclude`.
 */
export function nothingToDo(url: string, found: number, selection: string): string {
  if (found === 0) return `NOTHING TO DO: there are no objects in ${url}`;
  return `NOTHING TO DO: of ${
    plural(found, "object")
  } in ${url}, none is a record file (${recordExtensions}) ` +
    `selected by ${selection}`;
}
