import * as v from "valibot";
import { QuotingError } from "../errors/quoting_error.ts";
import type { Settings } from "../settings/setting.ts";
import { count, plural } from "../text/format.ts";
import type { Recipe } from "../recipe/recipe.ts";
import type { ObjectCounts } from "./batch.ts";
import { formText, otherForm } from "./forms/byte_form.ts";
import type { RecordFormat } from "./record_format.ts";
import { firstRejectText } from "./rejects.ts";

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
      "Fail an object of 100 or more records if more than this many are rejected, a percentage or a number; " +
      "one without a usable record fails in any case, but not with 100%",
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
export class TooManyRejectsError extends QuotingError {
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
  const faults = counts.fieldFaults.text(records, recipe);
  throw new TooManyRejectsError({
    kind: "data",
    action: "finish",
    subject: address,
    // That all records lack a field says it all.
    reason: faults !== undefined && counts.fieldFaults.isWhole(records)
      ? faults
      : `${rejectsText(counts)} (${reasonsText(counts)}); maxRejects is ${capText(maxRejects)}` +
        (faults === undefined ? "" : `; ${faults}`),
    unquoted: {},
  });
}

export interface UsableRecordsOptions {
  /** Whose records they are; absent where that is for the caller to say. */
  readonly address?: string;
  /** What the records were read as. */
  readonly format: RecordFormat;
  /** The first bytes, decompressed; absent where none have come. */
  readonly head?: Uint8Array;
  /** What a user has set; absent where there is nothing to set. */
  readonly maxRejects?: MaxRejects;
  /** Its fields' flags are named where records lack a field; absent where they are no records of a question. */
  readonly recipe?: Recipe;
}

/**
 * Refuses what holds rejects and no usable record, however small it is: it is something else than it was taken for. A record
 * whose question the model refuses is usable.
 *
 * @throws {TooManyRejectsError}
 */
export function checkUsableRecords(
  counts: ObjectCounts,
  { address, format, head, maxRejects, recipe }: UsableRecordsOptions,
): void {
  const records = counts.in - counts.blank;
  const unusable = counts.rejected - (counts.reasons.model_refused ?? 0);
  if (records === 0 || unusable < records || (maxRejects && isAnyNumber(maxRejects))) return;
  const form = head && otherForm(head, format);
  const faults = recipe && counts.fieldFaults.text(records, recipe);
  // That all records lack a field says it all.
  const what = faults !== undefined && counts.fieldFaults.isWhole(records)
    ? faults
    : `${records === 1 ? "its only record is a reject" : rejectsText(counts)} (${reasonsText(counts)})` +
      (faults === undefined ? "" : `; ${faults}`);
  const first = form === undefined && faults === undefined && counts.firstReject;
  const reason = [
    what,
    maxRejects && `maxRejects is ${capText(maxRejects)}, only 100% lets it pass`,
    form && formText(form),
  ].filter(Boolean).join("; ");
  throw new TooManyRejectsError({
    kind: "data",
    action: "finish",
    subject: address,
    reason: reason + (first ? `; the first, at line ${count(first.line)}, is ${firstRejectText(first)}` : ""),
    unquoted: { reason },
  });
}

/** Whether a user has said that all records may be rejects. */
function isAnyNumber(maxRejects: MaxRejects): boolean {
  return "percent" in maxRejects && maxRejects.percent === 100;
}

function capText(maxRejects: MaxRejects): string {
  return "percent" in maxRejects ? `${maxRejects.percent}%` : count(maxRejects.count);
}

function rejectsText({ blank, in: lines, rejected }: ObjectCounts): string {
  return `${count(rejected)} of ${plural(lines - blank, "record")} are rejects`;
}

function reasonsText({ reasons }: Pick<ObjectCounts, "reasons">): string {
  return Object.entries(reasons).map(([reason, n]) => `${count(n)} ${reason}`).join(", ");
}
