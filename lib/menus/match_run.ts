import { SluiceError } from "../errors/sluice_error.ts";
import { SkippedObjects, unusableName } from "../jobs/skipped_objects.ts";
import type { SkippedObject } from "../stores/skipped_object.ts";
import { ObjectCounts } from "../records/batch.ts";
import { firstReject } from "../records/rejects.ts";
import type { CsvRange } from "../records/csv/csv_range.ts";
import { objectError } from "../records/object_reader.ts";
import { Matcher } from "./match/matcher.ts";
import { TermIndex } from "./match/term_index.ts";
import { matchObject, type MatchOptions } from "./match_object.ts";
import type { MatchKinds } from "./match_stream.ts";
import type { MatchSummary } from "./match_summary.ts";
import type { Menus, MenusObject } from "./menus.ts";
import type { Terms } from "./read_terms.ts";

export interface MatchRunOptions extends Omit<MatchOptions, "matcher" | "onWritten"> {
  readonly terms: Terms;
  /** Matches that score less are left out, 0 to 1. */
  readonly minScore: number;
  /** Whether misspelled terms are found. */
  readonly fuzzy: boolean;
  /** The records to match, where there is one object. Defaults to all, or to the range of a queue's job. */
  readonly range?: CsvRange;
  /** Called for each object that failed. */
  readonly onFailure: (error: SluiceError) => void;
}

/**
 * Finds terms in menus and writes the pairs to a table. Objects are matched one after the other; one that cannot be read
 * does not stop the others. Holds the terms, and a few batches of an object.
 */
export class MatchRun {
  readonly objects = { found: 0, done: 0, failed: 0, ignored: 0 };
  /** What `objects.ignored` counts. */
  readonly skipped = new SkippedObjects({ what: "CSV file", flag: "--format csv" });
  readonly #kinds: MatchKinds = { exact: 0, folded: 0, fuzzy: 0 };
  readonly #options: MatchRunOptions;
  readonly #matching: MatchOptions;
  readonly #index: TermIndex;
  readonly #ended = new ObjectCounts();
  #working: ObjectCounts | undefined;
  #added = 0;
  #firstReject: MatchSummary["firstReject"];

  constructor(options: MatchRunOptions) {
    const { fuzzy, minScore, terms } = options;
    this.#options = options;
    this.#index = new TermIndex(terms.terms);
    const matcher = new Matcher(this.#index, { minScore, fuzzy });
    this.#matching = { ...options, matcher, onWritten: (added) => this.#added += added };
  }

  /** Rows so far, those of the object that is being read included. */
  get rows(): number {
    return this.#ended.in + (this.#working?.in ?? 0);
  }

  /** Matches found so far. */
  get matches(): number {
    const { exact, folded, fuzzy } = this.#kinds;
    return exact + folded + fuzzy;
  }

  /** Rows and terms that were rejected. */
  get rejected(): number {
    return this.#ended.rejected + this.#options.terms.counts.rejected;
  }

  /**
   * Matches all menus, and finishes the table if all are done; resolves to whether they are.
   *
   * @throws {SluiceError} `sink`: the rejected terms cannot be written, or the table cannot be finished.
   * @throws The signal's reason.
   */
  async run(menus: Menus): Promise<boolean> {
    const { signal, table, terms } = this.#options;
    const [first] = terms.rejects;
    if (first !== undefined) this.#firstReject = { object: terms.address, ...firstReject(first) };
    await table.reject(terms.rejects.map((reject) => ({ ...reject, object: terms.address })), signal);
    for await (const object of menus.objects(signal, (skipped) => this.#skip(menus.source, skipped))) {
      if (!await this.#match(object)) return false;
    }
    const isDone = await menus.isDone?.(signal) ?? this.objects.failed === 0;
    if (isDone) await table.finish(signal);
    return isDone;
  }

  summary(seconds: number): MatchSummary {
    const { counts: ofTerms, spellings, terms } = this.#options.terms;
    let unusable = 0;
    for (const written of this.#index.unusable.values()) unusable += written.length;
    const rows = this.#ended;
    const all = new ObjectCounts();
    for (const counts of [rows, ofTerms]) all.add(counts);
    return {
      objects: this.objects,
      skippedObjects: this.skipped.summary(),
      terms: { read: terms.size, spellings, rejected: ofTerms.rejected, unusable },
      rows: { in: rows.in, matched: rows.out, rejected: rows.rejected, blank: rows.blank },
      rejects: all.reasons,
      ...(this.#firstReject === undefined
        ? {}
        : { firstReject: this.#firstReject, rejectsIn: this.#options.table.rejectsIn }),
      pairs: { found: this.matches, new: this.#added, ...this.#kinds },
      bytes: rows.bytesIn,
      seconds,
      rowsPerSecond: rows.in / Math.max(seconds, 1e-3),
    };
  }

  #skip(source: string, skipped: SkippedObject): void {
    const { objects } = this;
    objects.found++;
    if (skipped.reason === "name_not_utf8") {
      objects.failed++;
      this.#options.onFailure(unusableName(source, skipped));
      return;
    }
    objects.ignored++;
    this.skipped.add(skipped);
  }

  /** False if the table cannot be written: all further objects would fail too. */
  async #match({ name, opened, onEnd, range = this.#options.range }: MenusObject): Promise<boolean> {
    const { objects } = this;
    const { onFailure, range: chosen, signal } = this.#options;
    objects.found++;
    const counts = this.#working = new ObjectCounts();
    try {
      if (chosen !== undefined) checkRange(name, objects.found - objects.ignored);
      await matchObject({ ...opened, range, counts, kinds: this.#kinds }, this.#matching);
      objects.done++;
      await onEnd?.();
      return true;
    } catch (error) {
      signal.throwIfAborted();
      objects.failed++;
      const failure = objectError(opened.store.url + name, error, "match");
      onFailure(failure);
      await onEnd?.(failure.reason);
      return failure.kind !== "sink";
    } finally {
      this.#ended.add(counts);
      const { firstReject } = counts;
      if (firstReject !== undefined) {
        this.#firstReject ??= { object: opened.store.url + name, ...firstReject };
      }
      this.#working = undefined;
    }
  }
}

/** @throws {SluiceError} The range cannot be one of this object. */
function checkRange(name: string, number: number): void {
  const reason = /\.(?:gz|zst)$/i.test(name)
    ? "it is compressed: a range of it cannot be read"
    : number > 1
    ? "a range is of one object: name it in --from"
    : undefined;
  if (reason !== undefined) throw new SluiceError({ kind: "input", action: "use the range", reason });
}
