import { dirname, join } from "node:path";
import { type AbandonedUploadsOptions, removeAbandonedUploads } from "../../jobs/abandoned_uploads.ts";
import type { Answers } from "../../answers/answers.ts";
import { reasonOf } from "../../errors/sluice_error.ts";
import type { ObjectCounts } from "../../records/batch.ts";
import type { LivePage } from "../../page/live_page.ts";
import type { Monitor } from "../../telemetry/monitor.ts";
import type { Snapshot } from "../../telemetry/snapshot.ts";
import { Job, type JobOptions } from "../../jobs/job.ts";
import type { Work } from "../../telemetry/work_observer.ts";
import type { Outcome, PlanOptions } from "../../jobs/plan.ts";
import { answersFingerprint, recipeFingerprint } from "../../recipe/recipe.ts";
import { LineScanner } from "../../records/scan/scan_lines.ts";
import type { Config, Taking } from "../settings/sections.ts";
import { openLedger, type Remembered } from "../../jobs/open_ledger.ts";
import type { Sink } from "../../sinks/sink.ts";
import { ReadNotes } from "../../records/read_notes.ts";
import type { Source } from "../../sources/source.ts";
import type { SkippedObject } from "../../stores/skipped_object.ts";
import { zstd } from "../../sources/zstd.ts";
import type { Store } from "../../stores/store.ts";
import { UploadJournal } from "../../stores/s3/upload_journal.ts";
import { plural } from "../../text/format.ts";
import type { Tell } from "../../text/tell.ts";
import { openAnswers } from "../open/open_answers.ts";
import { openShortcut } from "../open/open_shortcut.ts";
import { openParts, openSkipped, type Parts } from "../open/open_parts.ts";
import { answersOriginOf, recipeOf } from "../open/recipe_of.ts";
import type { StandardStreams } from "../open/standard_streams.ts";
import { isStandardStream } from "../../stores/object_url.ts";
import { planSingle } from "../../jobs/single_plan.ts";
import { selectionOf } from "../open/selection_of.ts";
import type { PairSketch } from "./pair_sketch.ts";
import { Stopping } from "../stopping.ts";
import { workSample } from "../work_sample.ts";

/** How often a watch or a worker saves which pair was seen how often, in milliseconds. */
const saveSightingsMs = 300_000;

/** The settings of a job. A command that chooses no objects by name or time takes none of these settings. */
export type JobSessionConfig =
  & Pick<Config, "recipe" | "records" | "model" | "cache" | "concurrency" | "s3" | "postgres" | "fleet">
  & {
    readonly source: Taking<"source", "url" | "idleTimeoutSeconds">;
    readonly destination: Config["destination"];
    readonly job: Taking<"job", "graceSeconds" | "ledger">;
    readonly shortcuts: Taking<"shortcuts", "rareMemoryBytes">;
    readonly queue: Taking<"queue", never>;
    readonly service: Taking<"service", "pricePer1000">;
  };

export interface JobSessionOptions {
  readonly command: "run" | "watch" | "work";
  /** Aborted when no more objects are to be begun. */
  readonly stop: AbortSignal;
  readonly tell: Tell;
  /** Where standard input and output may be read and written. */
  readonly streams?: StandardStreams;
  /** Shows how the work goes. */
  readonly live?: LivePage;
  /** How the fleet's queue stands, for the page. */
  readonly fleet?: () => Snapshot["fleet"];
  /** Called with each object that is finished or has failed. */
  readonly onEnded?: (
    work: Work,
    counts: ObjectCounts,
    outcome: Outcome | "again",
    more: { readonly seconds: number; readonly rejectsIn: string },
  ) => void;
  /** Called with each object that is skipped. */
  readonly onSkipped?: (skipped: SkippedObject) => void;
  /** For a watch: how long questions wait for others to fill their call, in seconds. */
  readonly lingerSeconds?: number;
  /** For a watch: where the objects come from. */
  readonly plan?: (
    options: Omit<PlanOptions, "signal">,
    answers: Answers,
  ) => Pick<JobOptions, "plan" | "maxPlannedAhead">;
}

/** A job with all that it is made of, opened as the settings have it. */
export class JobSession implements AsyncDisposable {
  readonly #config: JobSessionConfig;
  readonly #opened: Opened;

  private constructor(config: JobSessionConfig, opened: Opened) {
    this.#config = config;
    this.#opened = opened;
  }

  /** @throws {Error} As the stores, caches and models do; or source and destination lie in each other. */
  static async open(config: JobSessionConfig, options: JobSessionOptions): Promise<JobSession> {
    const { command, fleet, lingerSeconds, live, onEnded, stop, streams } = options;
    let monitor: Monitor | undefined;
    const tell: Tell = (message, level, fields) => {
      options.tell(message, level, fields);
      monitor?.trouble(message, level);
    };
    const recipe = recipeOf(config);
    const isFill = config.shortcuts.fill === true;
    const { graceSeconds, ledger: ledgerPath } = config.job;
    const journal = new UploadJournal(join(dirname(ledgerPath), "uploads"), tell);
    const stopping = new Stopping(stop, graceSeconds, tell);
    let ledger: Remembered | undefined, pairSketch: PairSketch | undefined, skipped: Store | undefined;
    let parts: Parts | undefined;
    try {
      const { maxPartsInFlight, partSizeBytes } = config.concurrency;
      const writing = { journal, maxPartsInFlight, partSizeBytes, onTrouble: tell, streams };
      parts = await openParts(config, recipe, writing);
      const { cache, destination, model, source } = parts;
      ledger = destination.abilities.marksCostRequests ? openLedger(ledgerPath, tell) : undefined;
      // A fill counts nothing, since its records were counted before, and passes nothing over.
      if (recipe.rare !== undefined && !isFill) {
        const { PairSketch } = await import("./pair_sketch.ts"); // as all that few want: it takes time to load
        pairSketch = new PairSketch({
          path: join(dirname(ledgerPath), `sightings-${await answersFingerprint(recipe)}`),
          bytes: config.shortcuts.rareMemoryBytes,
          tell,
          everyMs: command === "run" ? undefined : saveSightingsMs,
        });
      }
      const answers = openAnswers(config, {
        cache,
        coordinator: parts.coordinator,
        model,
        keepsOrigins: recipe.provenanceField !== undefined,
        shortcut: await openShortcut(recipe, pairSketch?.sketch, tell),
        lingerSeconds,
        onTrouble: tell,
        onCall: (call) => monitor?.callEnded(call),
        signal: stopping.end,
      });
      const planned = {
        ...selectionOf(config.source),
        format: config.records.format ?? (isStandardStream(config.source.url) ? "jsonl" : undefined),
        force: config.job.force,
        source,
        destination,
        ledger,
        fingerprint: await recipeFingerprint(recipe),
        onSkipped: (skipped: SkippedObject) => job.skip(skipped),
      };
      const lists = isFill ? skipped = await openSkipped(config.destination, config.s3) : undefined;
      const notes = new ReadNotes(tell);
      const begunMs = new WeakMap<ObjectCounts, number>();
      const firstDone = Promise.withResolvers<boolean>();
      const job: Job = new Job({
        ...planned,
        onSkipped: options.onSkipped,
        ...config.records,
        zstd,
        limit: config.job.limit,
        maxCallBytes: config.model.maxCallBytes,
        maxRejects: config.destination.maxRejects,
        overwrite: config.destination.overwrite,
        answersOrigin: await answersOriginOf(recipe),
        ...options.plan?.(planned, answers),
        ...(isStandardStream(config.destination.url) && {
          plan: (signal: AbortSignal) => planSingle({ ...planned, signal }),
        }),
        ...(lists && {
          plan: async function* (signal: AbortSignal) {
            const { planFill } = await import("../../jobs/fill_plan.ts");
            yield* planFill({ ...planned, skipped: lists, maySkip: recipe.rare !== undefined, signal });
          },
        }),
        isEndless: command !== "run",
        listsSkipped: recipe.rare !== undefined || isFill,
        answers,
        recipe,
        scanner: new LineScanner({ recipe }),
        observer: {
          begun(work, counts) {
            begunMs.set(counts, performance.now());
            monitor?.begun(work, counts);
          },
          ended(work, counts, outcome) {
            if (outcome === "done") firstDone.resolve(true);
            monitor?.ended(work, counts, outcome);
            onEnded?.(work, counts, outcome, {
              seconds: (performance.now() - begunMs.get(counts)!) / 1000,
              rejectsIn: destination.rejectsIn,
            });
          },
        },
        onRejects: live && ((address, rejects) => monitor?.rejected(address, rejects)),
        onNote: (address, note) => notes.add(address, note, { object: address.slice(source.url.length) }),
        onMessage: tell,
        stop,
        signal: stopping.end,
      });
      if (live !== undefined) {
        const { openMonitor } = await import("../serve/open_monitor.ts");
        monitor = openMonitor(live, {
          command,
          from: source.url || "standard input",
          to: destination.url || "standard output",
          parts,
          answers,
          objects: () => ({ ...job.objects, failedAttempts: job.failedAttempts }),
          work: command === "run" ? () => workSample(job, answers) : undefined,
          fleet,
          pricePer1000: config.service.pricePer1000,
          stop,
        });
      }
      return new JobSession(config, {
        ...{ answers, firstDone, job, journal, ledger, monitor, parts, pairSketch, skipped, stopping, tell },
      });
    } catch (error) {
      stopping[Symbol.dispose]();
      pairSketch?.[Symbol.dispose]();
      await skipped?.close();
      ledger?.close();
      journal[Symbol.dispose]();
      await parts?.close();
      throw error;
    }
  }

  get answers(): Answers {
    return this.#opened.answers;
  }

  get job(): Job {
    return this.#opened.job;
  }

  get cache(): Parts["cache"] {
    return this.#opened.parts.cache;
  }

  get source(): Source {
    return this.#opened.parts.source;
  }

  get destination(): Sink {
    return this.#opened.parts.destination;
  }

  /** Where rejects are kept. */
  get rejectsIn(): string {
    return this.#opened.parts.destination.rejectsIn;
  }

  /** Aborted when everything is to end. */
  get end(): AbortSignal {
    return this.#opened.stopping.end;
  }

  /** Runs the job to its end; beside it, what killed runs have left half sent is removed. */
  async run(): Promise<void> {
    const { firstDone, job, journal, monitor, parts, stopping, tell } = this.#opened;
    const cleared = clearUp(parts.destination, {
      abandonAfterSeconds: this.#config.destination.abandonAfterSeconds,
      journal,
      signal: stopping.end,
    }, tell);
    // Not before an object is done: what keeps a run from its destination altogether is said by the failures.
    const told = firstDone.promise.then(async (isDone) => {
      const trouble = await cleared;
      if (isDone && trouble !== undefined) tell(trouble);
    });
    try {
      await job.run();
      firstDone.resolve(job.objects.failed === 0);
    } finally {
      firstDone.resolve(false);
      await told;
      monitor?.end();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { journal, ledger, monitor, parts, pairSketch, skipped, stopping } = this.#opened;
    monitor?.[Symbol.dispose]();
    pairSketch?.[Symbol.dispose]();
    await skipped?.close();
    stopping[Symbol.dispose]();
    ledger?.close();
    journal[Symbol.dispose]();
    await parts.close();
  }
}

interface Opened {
  readonly answers: Answers;
  /** Whether there is an object that is done; resolved when the first one is, or when the job ends. */
  readonly firstDone: PromiseWithResolvers<boolean>;
  readonly job: Job;
  readonly journal: UploadJournal;
  readonly ledger: Remembered | undefined;
  readonly monitor: Monitor | undefined;
  readonly parts: Parts;
  readonly pairSketch: PairSketch | undefined;
  readonly skipped: Store | undefined;
  readonly stopping: Stopping;
  readonly tell: Tell;
}

/** Removes what killed runs have left half sent. What cannot be removed fails nothing: resolves to what is to be said of it. */
async function clearUp(
  destination: Sink,
  options: AbandonedUploadsOptions,
  tell: Tell,
): Promise<string | undefined> {
  if (destination.uploads === undefined) return;
  try {
    const removed = await removeAbandonedUploads(destination.uploads, options);
    if (removed > 0) {
      tell(
        `Removed ${plural(removed, "unfinished upload")} of earlier runs in ${destination.url}`,
        "info",
      );
    }
  } catch (error) {
    if (!options.signal.aborted) {
      return `Continuing without removing unfinished uploads: ${reasonOf(error)}`;
    }
  }
}
