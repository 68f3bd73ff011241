import type { Answers } from "../answers/answers.ts";
import type { ObjectAnswers } from "../answers/object_answers.ts";
import { ObjectCounts } from "../records/batch.ts";
import { kindOf, reasonOf, SluiceError } from "../errors/sluice_error.ts";
import { NotRecordsError } from "../records/not_records_error.ts";
import { type ObjectPass, type PipelineOptions, processObject } from "../records/pipeline.ts";
import { ForeignFileError, refuseForeignOutput } from "../sinks/foreign_file.ts";
import { isCandidate } from "../records/record_format.ts";
import { RejectsUnknownError, type Sink } from "../sinks/sink.ts";
import type { Source } from "../sources/source.ts";
import type { Summary } from "./summary.ts";
import type { SkippedObject } from "../stores/skipped_object.ts";
import { SkippedObjects, unusableName } from "./skipped_objects.ts";
import { isDone, type Outcome, type Planned, planObjects, type Selection } from "./plan.ts";
import { ObjectTally } from "./object_tally.ts";
import type { Remembered } from "./open_ledger.ts";
import {
  compareNames,
  ConditionFailedError,
  CredentialsError,
  ObjectArchivedError,
  ObjectChangedError,
  ObjectGoneError,
  RequestRefusedError,
  WriteConflictError,
} from "../stores/store.ts";
import { period, type Settings, whole } from "../settings/setting.ts";
import type { ObjectTotals } from "../telemetry/snapshot.ts";
import { failureFields } from "../telemetry/failure_fields.ts";
import type { WorkObserver } from "../telemetry/work_observer.ts";
import type { Tell } from "../text/tell.ts";
import { failSpan, inSpan, keyAttributes, recordAttributes, startObjectSpan } from "../telemetry/tracing.ts";

/** When to stop taking objects. */
export const jobSettings = {
  limit: whole({ help: "Process at most N objects", min: 1, max: 1e9, defaultText: "unlimited" }),
  grace: period({
    help: "How long objects in flight may take to finish after SIGTERM or SIGINT; no new ones are started",
    min: "0s",
    max: "1h",
    default: "10s",
  }),
} satisfies Settings;

export interface JobOptions extends PipelineOptions, Selection {
  readonly source: Pick<Source, "url" | "abilities" | "list" | "head" | "open">;
  readonly destination:
    & Pick<Sink, "url" | "list" | "head" | "begin" | "tryWriting">
    & Partial<Pick<Sink, "abilities">>;
  readonly answers: Answers;
  /** Remembers marks, to spare requests. */
  readonly ledger?: Pick<Remembered, "get" | "set">;
  /** Objects processed at most. */
  readonly limit?: number;
  /** Where the objects come from. Defaults to a walk along both listings. */
  readonly plan?: (signal: AbortSignal) => AsyncGenerator<Planned>;
  /** How many objects `plan` may run ahead of the work. Defaults to 1,000. */
  readonly maxPlannedAhead?: number;
  /**
   * Whether the plan waits for more objects. Then credentials that the stores do not take may be taken later: objects are
   * left until then. Otherwise they end the job.
   */
  readonly isEndless?: boolean;
  readonly observer?: WorkObserver;
  /** Called with each object that is skipped. */
  readonly onSkipped?: (skipped: SkippedObject) => void;
  /** Called with what users should know while the job runs: an object that failed, an output that another writer wrote. */
  readonly onMessage: Tell;
  /** Aborted when no more objects are to be begun; those under way are finished. */
  readonly stop: AbortSignal;
  /** Aborted when everything is to end. */
  readonly signal: AbortSignal;
}

/** How often an object is restarted when another writer has written or changed something in the meantime. */
const maxPasses = 5;
/** Files in the way of which is remembered that they were told. */
const maxRememberedFiles = 10_000;
/** Objects that the listing runs ahead of the work, by default. */
const defaultPlannedAhead = 1_000;

/** Many objects: walks the listings, takes what is not done through the pipeline, a few at once, and counts. */
export class Job {
  /** What `objects.ignored` counts. */
  readonly skipped = new SkippedObjects();
  /** Whether the source was listed to its end, so that `objects.found` is all there are. */
  isListed = false;
  readonly #options: JobOptions;
  readonly #tally = new ObjectTally();
  /** Bytes of the objects that are to be processed, as stored, and of those that ended. */
  readonly #bytes = { listed: 0, ended: 0 };
  /** Objects planned so far that are to be processed. */
  #planned = 0;
  /** Counts of the objects that are done, and of those that are being worked on. */
  readonly #done = new ObjectCounts();
  readonly #working = new Map<ObjectCounts, { readonly bytes: number }>();
  #taken = 0;
  /** What was said of files that Sluice did not write and that are in the way. */
  readonly #inTheWay = new Set<string>();
  #credentialsLost: CredentialsError | undefined;
  /** Settled when it is known whether the destination can be written to. */
  #tried: Promise<void> | undefined;
  #unwritable: RequestRefusedError | undefined;
  #firstReject: Summary["firstReject"];
  readonly #earlierRejects = { objects: 0, records: 0 };

  constructor(options: JobOptions) {
    this.#options = options;
  }

  /** What became of the objects found, each counted once however often it was tried. */
  get objects(): Readonly<ObjectTotals> {
    return this.#tally.totals;
  }

  /** Attempts that failed; several may be at one object. */
  get failedAttempts(): number {
    return this.#tally.failedAttempts;
  }

  /**
   * Bytes of the objects to be processed that are found so far, as stored, and how many of these are read; whether there
   * will be no others.
   */
  get bytes(): { readonly listed: number; readonly read: number; readonly isAll: boolean } {
    const { ended, listed } = this.#bytes;
    let read = ended;
    for (const [{ bytesIn }, { bytes }] of this.#working) read += Math.min(bytesIn, bytes);
    return { listed, read, isAll: this.isListed || this.#planned >= (this.#options.limit ?? Infinity) };
  }

  /** Counts of all records that came through so far, those of objects under way included. */
  get progress(): ObjectCounts {
    const sum = new ObjectCounts();
    for (const counts of [this.#done, ...this.#working.keys()]) sum.add(counts);
    return sum;
  }

  /** Counts of the records of all objects that are done. */
  get records(): ObjectCounts {
    return this.#done;
  }

  /** Of all objects that are done, the first reject of the one whose name comes first. */
  get firstReject(): Summary["firstReject"] {
    return this.#firstReject;
  }

  /** Rejects of objects that were processed earlier, and are left as they are. */
  get earlierRejects(): Readonly<{ objects: number; records: number }> {
    return this.#earlierRejects;
  }

  /** Why the stores take no request any more, since the last object that was done. */
  get credentialsLost(): CredentialsError | undefined {
    return this.#credentialsLost;
  }

  /** Why nothing can be written, which has ended the job. */
  get unwritable(): RequestRefusedError | undefined {
    return this.#unwritable;
  }

  /** Whether the limit ended it before it was seen that no other object is to be processed. */
  get isLimited(): boolean {
    const isAll = this.isListed && this.remaining === 0;
    return this.#taken >= (this.#options.limit ?? Infinity) && !isAll;
  }

  /** Objects found and neither finished nor left alone yet. */
  get remaining(): number {
    return this.#tally.remaining;
  }

  /**
   * Runs to the end: until no object is left, a limit is reached, or `stop` is aborted.
   *
   * @throws The signal's reason; or what kept a listing from being read. Objects under way are ended first.
   */
  async run(): Promise<void> {
    const { answers, format, limit = Infinity, signal, stop } = this.#options;
    /** Aborted when a limit is reached: a plan that waits for what comes would not end by itself. */
    const enough = new AbortController();
    const listing = AbortSignal.any([signal, stop, enough.signal]);
    const running = new Set<Promise<void>>();
    /** Of these, objects that may turn out to hold no records, and then are not counted for the limit. */
    const undecided = new Set<Promise<void>>();
    try {
      for await (const planned of this.#plan(listing)) {
        const objectAnswers = this.#isOver ? undefined : await answers.open(listing).catch((error) => {
          planned.onEnd?.("left");
          throw error;
        });
        if (objectAnswers === undefined || this.#isOver) {
          objectAnswers?.close(undefined);
          planned.onEnd?.("left");
          enough.abort();
          break;
        }
        this.#taken++;
        const ended: Promise<void> = this.#process(planned, objectAnswers).then(({ outcome, reason }) => {
          running.delete(ended);
          undecided.delete(ended);
          if (outcome === "ignored") this.#taken--;
          planned.onEnd?.(outcome, reason);
          if (this.#isOver) enough.abort();
        });
        running.add(ended);
        if (isCandidate(planned.object.name, format)) undecided.add(ended);
        while (this.#taken >= limit && undecided.size > 0) await Promise.race(undecided);
        if (this.#taken >= limit) {
          enough.abort();
          break;
        }
      }
    } catch (error) {
      if (!stop.aborted && !enough.signal.aborted) throw error;
    } finally {
      answers.endOfObjects();
      await Promise.all(running);
      await answers.close();
    }
    signal.throwIfAborted();
    if (this.#credentialsLost !== undefined && !this.#options.isEndless) throw this.#credentialsLost;
    if (this.#unwritable !== undefined) throw this.#unwritable;
  }

  /** Whether no more objects are to be begun. */
  get #isOver(): boolean {
    const { answers, isEndless = false } = this.#options;
    const hasLost = this.#unwritable !== undefined || this.#credentialsLost !== undefined;
    return answers.isOver || (hasLost && !isEndless);
  }

  /** Counts something that the source holds and that is not processed. A name that cannot be used is a failure. */
  skip(skipped: SkippedObject): void {
    this.#tally.find(skipped.name);
    this.#skip(skipped);
  }

  /** Counts an object that could not be planned, or need not be processed any more after it failed. */
  settle(name: string, outcome: "failed" | "skipped" | "gone"): void {
    if (outcome !== "failed" && !this.#tally.hasFailed(name)) return;
    this.#tally.find(name);
    this.#tally.end(name, outcome);
  }

  #skip(skipped: SkippedObject): void {
    const { onMessage, onSkipped, source } = this.#options;
    if (skipped.reason === "name_not_utf8") {
      const failure = unusableName(source.url, skipped);
      onMessage(failure.message, "error", failureFields(failure, skipped.name));
      return this.#tally.end(skipped.name, "failed");
    }
    if (!this.#tally.ignore(skipped.name)) return;
    this.skipped.add(skipped);
    onSkipped?.(skipped);
  }

  /** Whether it was not said before: a watch tries an object again and again, and the file stays until somebody acts. */
  #isNewlyInTheWay(message: string): boolean {
    if (this.#inTheWay.has(message)) return false;
    if (this.#inTheWay.size < maxRememberedFiles) this.#inTheWay.add(message);
    return true;
  }

  /** What is to be processed. The listing runs ahead, so that progress shows the total. */
  #plan(signal: AbortSignal): ReadableStream<ToProcess> {
    const { maxPlannedAhead = defaultPlannedAhead } = this.#options;
    const onSkipped = (skipped: SkippedObject) => this.skip(skipped);
    const plan = this.#options.plan?.(signal) ?? planObjects({ ...this.#options, onSkipped, signal });
    return new ReadableStream({
      pull: async (controller) => {
        for (let next = await plan.next(); !next.done; next = await plan.next()) {
          const { object, todo } = next.value;
          if (todo === "ignore") {
            this.skip({ name: object.name, reason: next.value.reason });
            continue;
          }
          this.#tally.find(object.name);
          if (todo === "process") {
            // Of what is planned ahead, the rest is beyond the limit.
            if (++this.#planned <= (this.#options.limit ?? Infinity)) this.#bytes.listed += object.bytes;
            return controller.enqueue(next.value);
          }
          this.#tally.end(object.name, "skipped");
          const { rejects = 0 } = next.value;
          if (rejects > 0) this.#earlierRejects.objects++;
          this.#earlierRejects.records += rejects;
        }
        this.isListed = true;
        controller.close();
      },
      cancel: async () => {
        await plan.return(undefined);
      },
    }, { highWaterMark: maxPlannedAhead });
  }

  /**
   * Takes one object through the pipeline, again if another writer has written or changed something; reports and counts what
   * became of it. Never throws.
   */
  async #process({ object, output }: ToProcess, firstAnswers: ObjectAnswers): Promise<Ended> {
    const {
      answers,
      destination,
      fingerprint,
      force,
      ledger,
      observer,
      onMessage,
      overwrite,
      signal,
      source,
    } = this.#options;
    let objectAnswers = firstAnswers;
    let knownRejects = 0;
    const span = startObjectSpan(object);
    const { name, bytes } = object;
    for (let pass = 1;; pass++) {
      objectAnswers.span = span;
      const counts = new ObjectCounts(), begun = object;
      const end = (outcome: Exclude<Outcome, "ignored" | "left">, reason?: string): Ended => {
        this.#tally.end(name, outcome);
        ended = outcome;
        return { outcome, reason };
      };
      let ended: Outcome | "again" = "left";
      this.#working.set(counts, { bytes });
      observer?.begun(begun, counts);
      try {
        const objectPass: ObjectPass = {
          object,
          objectAnswers,
          counts,
          knownRejects,
          condition: output === undefined ? { ifAbsent: true } : { ifEtag: output.etag },
          // Without an output too: an earlier pass may have failed after its rejects were written.
          mayHaveRejects: output?.mark?.rejects !== 0,
          signal,
        };
        if (!overwrite) refuseForeignOutput(destination, output);
        await this.#tryWriting();
        const made = await inSpan(span, () => processObject(objectPass, this.#options));
        ledger?.set(destination.url, object.name, made.etag, made.mark);
        this.#done.add(counts);
        // A job that they end stays ended, even if an object that was under way gets through.
        if (this.#options.isEndless) this.#credentialsLost = undefined;
        this.#noteFirst(object.name, counts);
        return end("done");
      } catch (error) {
        objectAnswers.close(error);
        if (signal.aborted) return { outcome: "left" };
        try {
          if (error instanceof ObjectGoneError) return end("gone");
          if (error instanceof NotRecordsError) {
            this.#skip({ name: object.name, reason: "not_records" });
            ended = "ignored";
            return { outcome: "ignored" };
          }
          if (error instanceof ObjectArchivedError && this.#options.skipArchived) {
            this.#skip({ name: object.name, reason: "archived" });
            ended = "ignored";
            return { outcome: "ignored" };
          }
          if (!isRestartable(error) || pass === maxPasses) throw error;
          if (error instanceof RejectsUnknownError) {
            knownRejects = error.rejects;
          } else {
            const listed = error instanceof ObjectChangedError
              ? await source.head(object.name, signal)
              : object;
            if (listed === undefined) return end("gone");
            object = listed;
            output = await destination.head(object.name, signal);
            if (!force && isDone(object, output, fingerprint)) {
              onMessage(
                `Skipped ${destination.url}${object.name}: another process has written it in the meantime, as it should be`,
                "info",
                { object: name },
              );
              return end("skipped");
            }
          }
          objectAnswers = answers.reopen();
          ended = "again";
        } catch (error) {
          if (signal.aborted) return { outcome: "left" };
          failSpan(span, error);
          if (error instanceof CredentialsError) {
            this.#loseCredentials(error);
            return { outcome: "left" };
          }
          if (error === this.#unwritable) return { outcome: "left" };
          const failure = objectFailure(source.url + object.name, error);
          if (!(error instanceof ForeignFileError) || this.#isNewlyInTheWay(failure.message)) {
            onMessage(failure.message, "error", failureFields(error, name));
          }
          return end("failed", failure.message);
        }
      } finally {
        this.#working.delete(counts);
        observer?.ended(begun, counts, ended);
        if (ended !== "again") {
          this.#bytes.ended += bytes;
          if (ended === "left") this.#tally.end(name, "left");
          span.setAttributes({
            ...recordAttributes(counts),
            ...keyAttributes(objectAnswers.counts),
            "sluice.outcome": ended,
            "sluice.passes": pass,
          }).end();
        }
      }
    }
  }

  /**
   * Tries whether the destination can be written to, until that is known: before the first question is asked.
   *
   * @throws {SluiceError} It cannot. A job that ends is ended by that, if it would be refused again.
   */
  async #tryWriting(): Promise<void> {
    const { destination, isEndless, signal } = this.#options;
    if (this.#unwritable !== undefined) throw this.#unwritable;
    const tried = this.#tried ??= Promise.resolve(destination.tryWriting?.(signal));
    try {
      await tried;
    } catch (error) {
      if (this.#tried === tried) this.#tried = undefined;
      const isFinal = error instanceof RequestRefusedError && !(error instanceof CredentialsError);
      if (isFinal && !isEndless) this.#unwritable ??= error;
      throw error;
    }
  }

  /** Once says why no request is taken: the objects are not at fault, and are left. */
  #loseCredentials(error: CredentialsError): void {
    const { isEndless, onMessage } = this.#options;
    if (isEndless && this.#credentialsLost === undefined) {
      onMessage(
        `${error.message}; objects are left until the credentials are accepted`,
        "error",
        failureFields(error),
      );
    }
    this.#credentialsLost = error;
  }

  #noteFirst(name: string, { firstReject }: ObjectCounts): void {
    if (firstReject === undefined) return;
    const object = this.#options.source.url + name;
    if (this.#firstReject !== undefined && compareNames(this.#firstReject.object, object) < 0) return;
    this.#firstReject = { object, ...firstReject };
  }
}

type ToProcess = Planned & { readonly todo: "process" };

interface Ended {
  readonly outcome: Outcome;
  /** Why it failed. */
  readonly reason?: string;
}

function isRestartable(error: unknown): boolean {
  return error instanceof ObjectChangedError || error instanceof ConditionFailedError ||
    error instanceof WriteConflictError || error instanceof RejectsUnknownError;
}

/** An object's failure: which object it was, and why. */
function objectFailure(subject: string, cause: unknown): SluiceError {
  return new SluiceError({
    kind: kindOf(cause),
    action: "finish",
    subject,
    reason: reasonOf(cause, subject),
    cause,
  });
}
