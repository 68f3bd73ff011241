import * as v from "valibot";
import { SluiceError } from "../errors/sluice_error.ts";
import type { Settings } from "../settings/setting.ts";
import { count, plural } from "../text/format.ts";
import type { Recipe } from "../recipe/recipe.ts";
import type { ObjectCounts } from "./batch.ts";

/** How many records may be set aside before the object fails: a percentage, or a number. */
export type MaxRejects = { readonly percent: number } | { readonly count: number };

const message = "must be a whole number, or a percentage from 0% to 100%";

/** A percentage of an object's records, or a number of them. */
const maxRejects = v.pipe(
  v.union([v.number(message), v.string(message)], message),
  v.transform(String),
  v.trim(),
  v.regex(/^(?:\d{1,15}|(?:100|\d{1,2}(?:\.\d+)?)%)$/, message),
  v.transform((limit): MaxRejects =>
    limit.endsWith("%") ? { percent: Number(limit.slice(0, -1)) } : { count: Number(limit) }
  ),
);

const defaultMaxRejects: MaxRejects = { percent: 50 };

/** When an object is not what it should be. */
export const maxRejectsSettings = {
  maxRejects: {
    help:
      "Fail an object of 100 or more records if more than this many are rejected, a percentage or a number",
    placeholder: "N|N%",
    default: defaultMaxRejects,
    defaultText: "50%",
    json: {
      anyOf: [{ type: "integer", minimum: 0 }, { type: "string", pattern: "^\\s*\\d+(\\.\\d+)?%?\\s*$" }],
    },
    schema: maxRejects,
  },
} satisfies Settings;

/** More records were set aside than `maxRejects` allows: the object is not what it should be. */
export class TooManyRejectsError extends SluiceError {
  override readonly name = "TooManyRejectsError";
}

/** Objects of fewer records are not judged. */
const leastJudgedRecords = 100;

/**
 * @param recipe Its fields' flags are named where records lack a field.
 * @throws {TooManyRejectsError}
 */
export function checkRejects(
  address: string,
  counts: ObjectCounts,
  { maxRejects, recipe }: { readonly maxRejects: MaxRejects; readonly recipe: Recipe },
): void {
  const records = counts.in - counts.blank;
  const isTooMany = "percent" in maxRejects
    ? counts.rejected * 100 > maxRejects.percent * records
    : counts.rejected > maxRejects.count;
  if (records < leastJudgedRecords || !isTooMany) return;
  const reasons = Object.entries(counts.reasons).map(([reason, n]) => `${count(n)} ${reason}`).join(", ");
  const cap = "percent" in maxRejects ? `${maxRejects.percent}%` : count(maxRejects.count);
  const faults = counts.fieldFaults.text(records, recipe);
  throw new TooManyRejectsError({
    kind: "data",
    action: "finish",
    subject: address,
    // That all records lack a field says it all.
    reason: faults !== undefined && counts.fieldFaults.isWhole(records)
      ? faults
      : `${count(counts.rejected)} of ${
        plural(records, "record")
      } are rejects (${reasons}); maxRejects is ${cap}` +
        (faults === undefined ? "" : `; ${faults}`),
  });
}
