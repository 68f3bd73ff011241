import { type Selection, skipReasonOf } from "../../jobs/plan.ts";
import { SkippedObjects } from "../../jobs/skipped_objects.ts";
import type { Recipe } from "../../recipe/recipe.ts";
import { SluiceError } from "../../errors/sluice_error.ts";
import { ObjectCounts } from "../../records/batch.ts";
import { checkUsableRecords, type MaxRejects } from "../../records/max_rejects.ts";
import { NotRecordsError } from "../../records/not_records_error.ts";
import { objectError } from "../../records/object_reader.ts";
import type { ReadNote } from "../../records/read_note.ts";
import { readRecords, type ReadRecordsOptions } from "../../records/read_records.ts";
import { formatOf, isCandidate } from "../../records/record_format.ts";
import { firstRejectText } from "../../records/rejects.ts";
import type { Source } from "../../sources/source.ts";
import type { StoredObject } from "../../stores/store.ts";
import { count, plural } from "../../text/format.ts";

/** Objects that are looked into, and records of each. */
const maxObjects = 3, maxRecords = 100;
/** Objects that are listed to find one that a run would process. */
const maxListed = 100_000;

export interface CheckRecordsOptions
  extends Selection, Omit<ReadRecordsOptions, "codec" | "counts" | "format" | "recipe" | "windowRecords"> {
  readonly source: Source;
  readonly recipe: Recipe;
  readonly maxRejects: MaxRejects;
  readonly signal: AbortSignal;
}

/**
 * Reads the first 100 records of the first 3 objects as a run would, and says whether their questions' fields are there. Asks nothing.
 *
 * @throws {SluiceError} There is nothing to process (kind `empty`); or an object cannot be read, or has no usable record.
 */
export async function checkRecords(options: CheckRecordsOptions): Promise<string> {
  const { recipe, source } = options;
  const looks: { readonly object: StoredObject; readonly counts: ObjectCounts }[] = [];
  const skipped = new SkippedObjects();
  const notes: string[] = [];
  let found = 0;
  for await (const object of wantedObjects(options, skipped, () => found++)) {
    const counts = await firstRecords(object, options, ({ text }) => {
      notes.push(`; ${object.name}: ${text}`);
    });
    if (counts === undefined) skipped.add({ name: object.name, reason: "not_records" });
    else looks.push({ object, counts });
    if (looks.length === maxObjects) break;
  }
  if (looks.length === 0) {
    // A run has nothing to do either, and nothing is wrong with that.
    if (found > 0 && !skipped.areAllUnfit) {
      return `of ${plural(found, "object")}, none is to be read: ${skipped}`;
    }
    throw await nothingToProcess(source, found, skipped, options.signal);
  }
  const sum = new ObjectCounts();
  for (const { counts } of looks) sum.add(counts);
  const records = sum.in - sum.blank;
  const faults = sum.fieldFaults.text(records, recipe);
  const first = looks.find(({ counts }) => counts.firstReject !== undefined);
  const rejects = first === undefined
    ? ""
    : `, ${count(sum.rejected)} of them rejects; the first is line ${
      count(first.counts.firstReject!.line)
    } of ${first.object.name}: ${firstRejectText(first.counts.firstReject!)}`;
  return `${plural(records, "record")} of ${looks.map(({ object }) => object.name).join(", ")} read` +
    rejects +
    (faults === undefined
      ? `, ${fieldsText(recipe)} in ${rejects === "" ? "all" : "the others"}`
      : `; ${faults}`) +
    notes.join("") +
    (skipped.total > 0 ? `; ${skipped}` : "");
}

function fieldsText({ companyField, titleField }: Recipe): string {
  return `${JSON.stringify(companyField)} and ${JSON.stringify(titleField)}`;
}

/** Objects that a run would process if none were processed yet. */
async function* wantedObjects(
  options: CheckRecordsOptions,
  skipped: SkippedObjects,
  onFound: () => void,
): AsyncGenerator<StoredObject> {
  const { signal, source } = options;
  const skipReason = skipReasonOf(options);
  let listed = 0;
  const pages = source.list(signal, {
    onSkipped(one) {
      onFound();
      skipped.add(one);
    },
  });
  for await (const page of pages) {
    for (const object of page) {
      onFound();
      const reason = skipReason(object);
      if (reason === undefined) yield object;
      else skipped.add({ name: object.name, reason });
      if (++listed === maxListed) return;
    }
  }
}

/** Counts of an object's first records; undefined if it turns out to hold none, where its name leaves that open. */
async function firstRecords(
  object: StoredObject,
  options: CheckRecordsOptions,
  onNote: (note: ReadNote) => void,
): Promise<ObjectCounts | undefined> {
  const { format: chosen, signal, source } = options;
  const address = source.url + object.name;
  const counts = new ObjectCounts();
  const format = formatOf(object.name, chosen) ?? "jsonl";
  let head: Uint8Array | undefined;
  const over = new AbortController();
  const bytes = source.open(object, { counts, signal: AbortSignal.any([signal, over.signal]) });
  const batches = readRecords(bytes, {
    ...options,
    format,
    isCandidate: isCandidate(object.name, chosen),
    windowRecords: maxRecords,
    counts,
    onHead: (bytes) => head = bytes,
    onNote,
  }).getReader();
  try {
    // What is no record comes to the end without a batch, or with batches of rejects.
    while (!(await batches.read()).done && counts.in < maxRecords);
    checkUsableRecords(counts, { ...options, format, head });
    return counts;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NotRecordsError) return undefined;
    throw objectError(address, error);
  } finally {
    over.abort();
    await batches.cancel().catch(() => {}); // reported already
  }
}

async function nothingToProcess(
  source: Source,
  found: number,
  skipped: SkippedObjects,
  signal: AbortSignal,
): Promise<SluiceError> {
  // A guess is a help; what keeps it from being made has been no trouble to the listing.
  const guess = found > 0 ? undefined : await source.guess?.(signal).catch(() => undefined);
  const reason = found > 0
    ? `of ${plural(found, "object")}, none is to be processed: ${skipped}`
    : `there are no objects${
      guess === undefined
        ? "; check --from, or run again when something has been written there"
        : `: ${guess}`
    }`;
  return new SluiceError({ kind: "empty", action: "find records in", subject: source.url, reason });
}
