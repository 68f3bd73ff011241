import type { ObjectCounts, RejectReason } from "../records/batch.ts";
import type { SkipReason } from "../stores/skipped_object.ts";
import { compareNames, type StoredObject } from "../stores/store.ts";
import { count, plural, tally } from "../text/format.ts";
import type { WorkOutcome } from "../telemetry/work_observer.ts";
import { isDone, type Planned, type PlanOptions, skipReasonOf } from "./plan.ts";

/** What became of an object with rejects, or what keeps it from being processed again. */
export type ReplayOutcome =
  /** Processed again. */
  | "processed"
  /** It could not be processed; its output and its rejects are as they were. */
  | "failed"
  /** It is not in the source any more. */
  | "gone"
  /** The replay ended before its turn. */
  | "left";

/** One object with rejects. */
export interface ReplayedObject {
  readonly name: string;
  readonly outcome: ReplayOutcome;
  /** Whether the source's object is another one now. */
  readonly isReplaced: boolean;
  /** How many rejects its output had, and has now. */
  readonly before: number;
  readonly after: number;
  /** Of those it has now; absent where it was not processed. */
  readonly reasons?: Readonly<Partial<Record<RejectReason, number>>>;
}

/** What a replay did, as `--json` prints it. */
export interface ReplaySummary {
  /** Outputs that were looked at. */
  readonly outputs: number;
  /** Those of them whose names match `include`. */
  readonly included: number;
  /** Those of them that had rejects, and were selected. */
  readonly objects: number;
  /** Of these, how many were processed, failed and so on. */
  readonly outcomes: Readonly<Record<ReplayOutcome, number>>;
  /** Of these, how many have another source now. */
  readonly replaced: number;
  /** Their rejects: all, and those that are left. */
  readonly before: number;
  readonly after: number;
  /** Outputs with rejects that the selection leaves out. */
  readonly notSelected: number;
  /** Outputs without rejects that a run would make again: their source or the settings have changed since. */
  readonly outdated: number;
  /** Objects of the source that have no output yet. */
  readonly withoutOutput: number;
  /** The first 1,000 of those with rejects, as they ended. */
  readonly replayed: readonly ReplayedObject[];
}

/** Outputs whose marks are asked for at once. */
const maxHeadsInFlight = 16;
/** Objects that a summary names, at most. */
const maxNamed = 1_000;

/**
 * The objects whose outputs have rejects, to be processed again: whole, from the source, so that the outputs are what a
 * first run with today's settings would make. Keeps the first 1,000 that ended, and those that are planned.
 */
export class Replay {
  readonly #options: Omit<PlanOptions, "signal">;
  readonly #onEnded: (object: ReplayedObject) => Promise<void> | void;
  readonly #planned = new Map<string, Pick<ReplayedObject, "before" | "isReplaced">>();
  readonly #ended: ReplayedObject[] = [];
  readonly #outcomes: Record<ReplayOutcome, number> = { processed: 0, failed: 0, gone: 0, left: 0 };
  #outputs = 0;
  #included = 0;
  #objects = 0;
  #replaced = 0;
  #before = 0;
  #after = 0;
  #notSelected = 0;
  #outdated = 0;
  #withoutOutput = 0;

  /**
   * @param onEnded Called with each object with rejects, when it is known what became of it. Awaited for those that are not
   * in the source, in the order of the listings.
   */
  constructor(
    options: Omit<PlanOptions, "signal">,
    onEnded: (object: ReplayedObject) => Promise<void> | void,
  ) {
    this.#options = options;
    this.#onEnded = onEnded;
  }

  /**
   * Walks both listings, and takes each object whose output has rejects. Buffers a page of each listing.
   *
   * @throws {SluiceError} As the stores do.
   */
  async *plan(signal: AbortSignal): AsyncGenerator<Planned & { readonly todo: "process" }> {
    const { destination, source } = this.#options;
    const skipReason = skipReasonOf(this.#options);
    const ahead: Promise<Found | undefined>[] = [];
    const next = async () => {
      const found = await ahead.shift();
      if (found?.gone !== undefined) await this.#end(found.gone, "gone");
      return found?.planned;
    };
    for await (const [object, listed] of paired(source.list(signal), destination.list(signal))) {
      const reason = skipReason((object ?? listed)!);
      if (listed === undefined) {
        if (reason === undefined) this.#withoutOutput++;
        continue;
      }
      const planned = this.#planOne(object, listed, reason, signal);
      planned.catch(() => {}); // seen when its turn comes
      ahead.push(planned);
      if (ahead.length <= maxHeadsInFlight) continue;
      const first = await next();
      if (first !== undefined) yield first;
    }
    while (ahead.length > 0) {
      const first = await next();
      if (first !== undefined) yield first;
    }
  }

  /** Takes note of what became of a planned object. */
  ended(name: string, { reasons, rejected }: ObjectCounts, outcome: WorkOutcome): void {
    if (outcome === "again") return;
    if (outcome === "done") this.#end(name, "processed", { after: rejected, reasons: { ...reasons } });
    // Another process has made the output that this one was to make.
    else if (outcome === "skipped") this.#end(name, "left");
    else if (outcome === "ignored") this.#end(name, "failed");
    else this.#end(name, outcome);
  }

  /** What was done. Planned objects that have not ended count as left. */
  summary(): ReplaySummary {
    const waiting = [...this.#planned.values()];
    return {
      outputs: this.#outputs,
      included: this.#included,
      objects: this.#objects,
      outcomes: { ...this.#outcomes, left: this.#outcomes.left + waiting.length },
      replaced: this.#replaced,
      before: this.#before,
      after: waiting.reduce((sum, { before }) => sum + before, this.#after),
      notSelected: this.#notSelected,
      outdated: this.#outdated,
      withoutOutput: this.#withoutOutput,
      replayed: [...this.#ended],
    };
  }

  async #planOne(
    object: StoredObject | undefined,
    listed: StoredObject,
    skipReason: SkipReason | undefined,
    signal: AbortSignal,
  ): Promise<Found | undefined> {
    const { destination, fingerprint, ledger } = this.#options;
    const known = ledger?.get(destination.url, listed.name, listed.etag);
    const output = known === undefined
      ? await destination.head(listed.name, signal)
      : { ...listed, mark: known };
    // One without a mark is not Sluice's, and one that is gone by now is nobody's.
    if (output?.mark === undefined) return undefined;
    this.#outputs++;
    if (skipReason !== "not_included") this.#included++;
    const isSelected = skipReason === undefined;
    const { rejects: before, sourceEtag } = output.mark;
    if (before === 0) {
      if (object !== undefined && isSelected && !isDone(object, output, fingerprint)) this.#outdated++;
      return undefined;
    }
    if (!isSelected) {
      this.#notSelected++;
      return undefined;
    }
    const isReplaced = object !== undefined && object.etag !== sourceEtag;
    this.#objects++;
    this.#before += before;
    if (isReplaced) this.#replaced++;
    this.#planned.set(listed.name, { before, isReplaced });
    return object === undefined ? { gone: listed.name } : { planned: { todo: "process", object, output } };
  }

  #end(
    name: string,
    outcome: ReplayOutcome,
    now?: Required<Pick<ReplayedObject, "after" | "reasons">>,
  ): Promise<void> | void {
    const planned = this.#planned.get(name);
    if (planned === undefined) return;
    this.#planned.delete(name);
    const ended = { name, outcome, ...planned, after: planned.before, ...now };
    this.#outcomes[outcome]++;
    this.#after += ended.after;
    if (this.#ended.length < maxNamed) this.#ended.push(ended);
    return this.#onEnded(ended);
  }
}

/** An output with rejects: what is to be processed, or the name of what is not in the source any more. */
type Found =
  | { readonly planned: Planned & { readonly todo: "process" }; readonly gone?: undefined }
  | { readonly gone: string; readonly planned?: undefined };

/** One object's replay as a line: `a.jsonl: 3 rejects before, 1 now (1 invalid_json)`. */
export function replayedText({ after, before, isReplaced, name, outcome, reasons }: ReplayedObject): string {
  const source = isReplaced ? "; its source was replaced" : "";
  if (outcome === "processed") {
    const which = after > 0
      ? ` (${tally(Object.entries(reasons ?? {}).map(([reason, n]) => [n, reason] as const))})`
      : "";
    return `${name}: ${plural(before, "reject")} before, ${count(after)} now${which}${source}`;
  }
  return `${name}: ${plural(before, "reject")} ${before === 1 ? "stays" : "stay"}: ${
    stays[outcome]
  }${source}`;
}

const stays: Readonly<Record<Exclude<ReplayOutcome, "processed">, string>> = {
  failed: "it could not be processed",
  gone: "it is not in the source any more",
  left: "it was not processed",
};

/** Two listings in one order, name by name. */
async function* paired(
  first: AsyncIterable<StoredObject[]>,
  second: AsyncIterable<StoredObject[]>,
): AsyncGenerator<readonly [StoredObject | undefined, StoredObject | undefined]> {
  const left = objects(first), right = objects(second);
  try {
    let a = await left.next(), b = await right.next();
    while (!a.done || !b.done) {
      const order = a.done ? 1 : b.done ? -1 : compareNames(a.value.name, b.value.name);
      yield [order <= 0 ? a.value! : undefined, order >= 0 ? b.value! : undefined];
      if (order <= 0) a = await left.next();
      if (order >= 0) b = await right.next();
    }
  } finally {
    await Promise.all([left.return(undefined), right.return(undefined)]);
  }
}

async function* objects(pages: AsyncIterable<StoredObject[]>): AsyncGenerator<StoredObject, undefined> {
  for await (const page of pages) yield* page;
  return undefined;
}
