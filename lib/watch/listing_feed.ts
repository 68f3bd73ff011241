import { delay } from "@std/async/delay.js";
import { reasonOf } from "../errors/sluice_error.ts";
import { Cursor, planListed, type Planned, type PlanOptions } from "../jobs/plan.ts";
import { retryDelayMs } from "../retry/retry.ts";
import { retryPolicies } from "../retry/retry_policies.ts";
import type { SkippedObject } from "../stores/skipped_object.ts";
import { compareNames, type StoredObject } from "../stores/store.ts";
import { failureFields } from "../telemetry/failure_fields.ts";
import type { Tell } from "../text/tell.ts";
import { type ListingSegment, SeenSegments, segmentsOf } from "./seen_segments.ts";

export interface ListingFeedOptions extends Omit<PlanOptions, "signal"> {
  /** Between the beginnings of two listings, in milliseconds. */
  readonly everyMs: number;
  /** Called when listings fail, and when they succeed again. */
  readonly onTrouble: Tell;
  /** Called with objects that have failed and are no longer in the source. */
  readonly onSettled?: (name: string, outcome: "gone") => void;
  /** Called when the source has been listed to its end for the first time. */
  readonly onListed?: () => void;
}

/** What listings of the whole prefix may cost on average: one request in this many milliseconds. */
const msPerPage = 1_000;
/** Failed objects that are remembered, at most. */
const maxFailures = 10_000;
/** Skipped objects that are remembered, at most. */
const maxSkipped = 10_000;

/**
 * The objects of a growing source, found by listing it repeatedly.
 *
 * Each pass reads the end of the listing, about a thousand names, where new names appear if they begin with a time. The
 * whole prefix, where late and out-of-order names appear, is listed as often as that takes at most one request per second
 * on average: in every pass up to 30,000 objects at 30 s, every 9 minutes at 525,600, a year of minutes. A part of the
 * listing is compared with the destination only if it has changed since everything in it was processed
 * ({@linkcode SeenSegments}), and once a day. Memory: a page of each listing, and about 100 bytes for 512 objects.
 *
 * A failed object is yielded again after a wait that doubles from `everyMs` to an hour.
 */
export class ListingFeed {
  readonly #options: ListingFeedOptions;
  readonly #seen = new SeenSegments();
  /** Names of objects that were yielded and have not ended yet. */
  readonly #busy = new Set<string>();
  readonly #failures = new Map<string, { readonly etag: string; times: number; notBeforeMs: number }>();
  /** Names of skipped objects that were told of. */
  readonly #skipped = new Set<string>();
  /** Names of failed objects that this pass has not come to. */
  #missed = new Set<string>();
  /** Where the end of the listing begins: before the last segments of the last listing. */
  #tailAfter = "";
  #isFirst = true;
  /** The last name that the first pass has yielded, in case it has to be repeated. */
  #saidTo = "";

  constructor(options: ListingFeedOptions) {
    this.#options = options;
  }

  /**
   * What is to be processed, without end; in the first pass also the objects that are skipped. The listing waits for the
   * reader.
   *
   * @throws The signal's reason; or the error of reading the very first page.
   */
  async *objects(signal: AbortSignal): AsyncGenerator<Planned> {
    const { everyMs, onTrouble } = this.#options;
    let wholeMs = -Infinity, hasFailed = false, hasRead = false;
    while (true) {
      const begunMs = performance.now();
      const isWhole = begunMs >= wholeMs;
      const progress = { pages: 0 };
      try {
        this.#missed = new Set(this.#failures.keys());
        yield* this.#pass(isWhole ? "" : this.#tailAfter, progress, signal);
        if (isWhole) {
          this.#forgetMissed();
          this.#seen.endOfPass();
          wholeMs = begunMs + Math.max(everyMs, progress.pages * msPerPage);
        }
        if (this.#isFirst) this.#options.onListed?.();
        this.#isFirst = false;
        if (hasFailed) onTrouble(`Listing works again: ${this.#options.source.url}`, "info");
        hasFailed = false;
      } catch (error) {
        hasRead ||= progress.pages > 0 || !this.#isFirst;
        if (signal.aborted || !hasRead) throw error;
        if (!hasFailed) {
          onTrouble(`${reasonOf(error)}; retrying until it can be listed`, "error", failureFields(error));
        }
        hasFailed = true;
      }
      await delay(Math.max(0, begunMs + everyMs - performance.now()), { signal });
    }
  }

  async *#pass(after: string, progress: { pages: number }, signal: AbortSignal): AsyncGenerator<Planned> {
    const { destination, source } = this.#options;
    // An object that ends during the pass may be missing from the page of the destination that was read before: it is
    // left to the next pass.
    const left = new Set(this.#busy);
    const pages = counted(
      source.list(signal, { after, onSkipped: (skipped) => this.#skip(skipped) }),
      progress,
    );
    let outputs: Cursor | undefined, tails = [after, after];
    try {
      for await (const segment of segmentsOf(pages, after)) {
        tails = [tails[1]!, segment.after];
        if (await this.#seen.has(segment, performance.now())) {
          await outputs?.close();
          outputs = undefined;
          continue;
        }
        // Consecutive segments share one listing of the destination.
        outputs ??= new Cursor(destination.list(signal, { after: segment.after }));
        yield* this.#plan(segment, outputs, left, signal);
      }
    } finally {
      await outputs?.close();
    }
    this.#tailAfter = tails[0]!;
  }

  async *#plan(
    segment: ListingSegment,
    outputs: Cursor,
    left: ReadonlySet<string>,
    signal: AbortSignal,
  ): AsyncGenerator<Planned> {
    let isDone = true;
    for await (const planned of planListed([[...segment.objects]], outputs, { ...this.#options, signal })) {
      const { object } = planned;
      this.#missed.delete(object.name);
      const isNew = this.#isFirst && compareNames(object.name, this.#saidTo) > 0;
      if (isNew) this.#saidTo = object.name;
      if (planned.todo !== "process") {
        const isNews = planned.todo === "ignore" && this.#isNews(object.name);
        // One that has failed here may have been processed elsewhere.
        const isSettled = !this.#busy.has(object.name) && this.#failures.delete(object.name);
        if (isNew || isNews || isSettled) yield planned;
        continue;
      }
      isDone = false;
      if (left.has(object.name) || this.#busy.has(object.name) || this.#isResting(object)) continue;
      this.#busy.add(object.name);
      yield {
        ...planned,
        onEnd: (outcome) => {
          this.#busy.delete(object.name);
          if (outcome === "failed") this.#noteFailure(object);
          // It is not records until it is written again.
          else if (outcome === "ignored") this.#rest(object, { times: 0, notBeforeMs: Infinity });
          else this.#failures.delete(object.name);
        },
      };
    }
    if (isDone) await this.#seen.add(segment, performance.now());
  }

  #skip(skipped: SkippedObject): void {
    if (this.#isNews(skipped.name)) this.#options.onSkipped?.(skipped);
  }

  /** Whether a skipped object has not been told of before; of more than 10,000 the first pass tells, and no other. */
  #isNews(name: string): boolean {
    if (this.#skipped.has(name)) return false;
    if (this.#skipped.size >= maxSkipped) return this.#isFirst;
    this.#skipped.add(name);
    return true;
  }

  #isResting({ name, etag }: StoredObject): boolean {
    const failure = this.#failures.get(name);
    return failure?.etag === etag && performance.now() < failure.notBeforeMs;
  }

  /** The segment of a failed object is read in each pass of all: what is not there is gone. */
  #forgetMissed(): void {
    for (const name of this.#missed) {
      if (!this.#busy.has(name) && this.#failures.delete(name)) this.#options.onSettled?.(name, "gone");
    }
  }

  #noteFailure({ name, etag }: StoredObject): void {
    const before = this.#failures.get(name);
    const times = before?.etag === etag ? before.times + 1 : 1;
    const waitMs = retryDelayMs({ ...retryPolicies.failedObject, firstMs: this.#options.everyMs }, times);
    this.#rest({ name, etag }, { times, notBeforeMs: performance.now() + waitMs });
  }

  #rest(
    { name, etag }: Pick<StoredObject, "name" | "etag">,
    rest: { times: number; notBeforeMs: number },
  ): void {
    this.#failures.delete(name);
    this.#failures.set(name, { etag, ...rest });
    if (this.#failures.size > maxFailures) this.#failures.delete(this.#failures.keys().next().value!);
  }
}

async function* counted(
  pages: AsyncIterable<StoredObject[]>,
  progress: { pages: number },
): AsyncGenerator<StoredObject[]> {
  for await (const page of pages) {
    progress.pages++;
    yield page;
  }
}
