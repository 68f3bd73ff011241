import { delay } from "@std/async/delay.js";
import { Cursor, planListed, type Planned, type PlanOptions } from "../jobs/plan.ts";
import { compareNames, type StoredObject } from "../stores/store.ts";
import type { Tell } from "../text/tell.ts";
import { type ListingSegment, SeenSegments, stretchesOf } from "./seen_segments.ts";

export interface ListingFeedOptions extends Omit<PlanOptions, "signal"> {
  /** Between the beginnings of two listings, in milliseconds. */
  readonly everyMs: number;
  /** Told of listings that fail, and when they succeed again. */
  readonly onTrouble: Tell;
}

/** What a listing of the whole prefix may cost on average: one request for so many milliseconds. */
const msPerPage = 1_000;
/** The longest wait for an object that has failed, in milliseconds. */
const maxRetryMs = 3_600_000;
/** Objects that have failed and are remembered. */
const maxFailures = 10_000;

/**
 * The objects of a source that grows, found by listing it again and again.
 *
 * Each time, the end of the listing is read, some thousand names, where new names come that have the time in them;
 * and the whole prefix, where late and out-of-order names are, as often as that takes no more than one request a
 * second on average: every time up to 30,000 objects at 30 s, every 9 minutes at 525,600, a year of minutes. What a
 * listing shows is compared with the destination's only where something has changed since it was all done
 * ({@linkcode SeenSegments}), and once a day. Memory: a page of each listing, and some 100 bytes for 512 objects.
 *
 * An object that has failed is yielded again after a wait that doubles from `everyMs` to an hour.
 */
export class ListingFeed {
  readonly #options: ListingFeedOptions;
  readonly #seen = new SeenSegments();
  /** Names of objects that were yielded and have not ended. */
  readonly #busy = new Set<string>();
  readonly #failures = new Map<string, { readonly etag: string; times: number; notBeforeMs: number }>();
  /** Where the end of the listing begins: before the last stretches of the last listing. */
  #tailAfter = "";
  #isFirst = true;
  /** The last name that the first pass has yielded, should it have to be begun again. */
  #saidTo = "";

  constructor(options: ListingFeedOptions) {
    this.#options = options;
  }

  /**
   * What is to be processed, for ever; in the first pass also what is not. The listing waits for the reader.
   *
   * @throws The signal's reason; or what kept the very first page from being read.
   */
  async *objects(signal: AbortSignal): AsyncGenerator<Planned> {
    const { everyMs, onTrouble } = this.#options;
    let wholeMs = -Infinity, hasFailed = false, hasRead = false;
    while (true) {
      const begunMs = performance.now();
      const isWhole = begunMs >= wholeMs;
      const progress = { pages: 0 };
      try {
        yield* this.#pass(isWhole ? "" : this.#tailAfter, progress, signal);
        if (isWhole) {
          this.#seen.endOfPass();
          wholeMs = begunMs + Math.max(everyMs, progress.pages * msPerPage);
        }
        this.#isFirst = false;
        if (hasFailed) onTrouble(`Listing works again: ${this.#options.source.url}`, "info");
        hasFailed = false;
      } catch (error) {
        hasRead ||= progress.pages > 0 || !this.#isFirst;
        if (signal.aborted || !hasRead) throw error;
        if (!hasFailed) {
          onTrouble(`${messageOf(error)}; it is listed again and again until that works`, "error");
        }
        hasFailed = true;
      }
      await delay(Math.max(0, begunMs + everyMs - performance.now()), { signal });
    }
  }

  async *#pass(after: string, progress: { pages: number }, signal: AbortSignal): AsyncGenerator<Planned> {
    const { destination, source } = this.#options;
    // An object that ends meanwhile may be missing from what was read of the destination before: it is left to the
    // next pass.
    const left = new Set(this.#busy);
    const pages = counted(source.list(signal, after), progress);
    let outputs: Cursor | undefined, tails = [after, after];
    try {
      for await (const stretch of stretchesOf(pages, after)) {
        tails = [tails[1]!, stretch.after];
        if (await this.#seen.has(stretch, performance.now())) {
          await outputs?.close();
          outputs = undefined;
          continue;
        }
        // Stretches in a row share one listing of the destination.
        outputs ??= new Cursor(destination.list(signal, stretch.after));
        yield* this.#plan(stretch, outputs, left, signal);
      }
    } finally {
      await outputs?.close();
    }
    this.#tailAfter = tails[0]!;
  }

  async *#plan(
    stretch: ListingSegment,
    outputs: Cursor,
    left: ReadonlySet<string>,
    signal: AbortSignal,
  ): AsyncGenerator<Planned> {
    let isDone = true;
    for await (const planned of planListed([[...stretch.objects]], outputs, { ...this.#options, signal })) {
      const { object } = planned;
      const isNew = this.#isFirst && compareNames(object.name, this.#saidTo) > 0;
      if (isNew) this.#saidTo = object.name;
      if (planned.todo !== "process") {
        if (isNew) yield planned;
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
          else this.#failures.delete(object.name);
        },
      };
    }
    if (isDone) await this.#seen.add(stretch, performance.now());
  }

  #isResting({ name, etag }: StoredObject): boolean {
    const failure = this.#failures.get(name);
    return failure?.etag === etag && performance.now() < failure.notBeforeMs;
  }

  #noteFailure({ name, etag }: StoredObject): void {
    const before = this.#failures.get(name);
    const times = before?.etag === etag ? before.times + 1 : 1;
    const waitMs = Math.min(maxRetryMs, this.#options.everyMs * 2 ** (times - 1));
    this.#failures.delete(name);
    this.#failures.set(name, { etag, times, notBeforeMs: performance.now() + waitMs });
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
