import { dirname, join } from "node:path";
import { type AbandonedUploadsOptions, removeAbandonedUploads } from "../../jobs/abandoned_uploads.ts";
import type { Answers } from "../../answers/answers.ts";
import type { ObjectCounts } from "../../records/batch.ts";
import type { LivePage } from "../../page/live_page.ts";
import type { Monitor } from "../../telemetry/monitor.ts";
import type { Snapshot } from "../../telemetry/snapshot.ts";
import { Job, type JobOptions } from "../../jobs/job.ts";
import type { Work } from "../../telemetry/work_observer.ts";
import type { Outcome, PlanOptions } from "../../jobs/plan.ts";
import { answersFingerprint, recipeFingerprint } from "../../recipe/recipe.ts";
import { LineScanner } from "../../records/scan/scan_lines.ts";
import type { Config } from "../settings/config.ts";
import { openLedger, type Remembered } from "../../jobs/open_ledger.ts";
import type { Store } from "../../stores/store.ts";
import { UploadJournal } from "../../stores/s3/upload_journal.ts";
import type { Tell } from "../../text/tell.ts";
import { openAnswers } from "../open/open_answers.ts";
import { openShortcut } from "../open/open_shortcut.ts";
import { openParts, openSkipped, type Parts, recipeOf } from "../open/open_parts.ts";
import type { PairSketch } from "./pair_sketch.ts";
import { Stopping } from "../stopping.ts";

/** How often a watch or a worker saves which pair was seen how often, in milliseconds. */
const saveSightingsMs = 300_000;

export interface JobSessionOptions {
  readonly command: "run" | "watch" | "work";
  /** Aborted when no more objects are to be begun. */
  readonly stop: AbortSignal;
  readonly tell: Tell;
  /** Shows how the work goes. */
  readonly live?: LivePage;
  /** How the fleet's queue stands, for the page. */
  readonly fleet?: () => Snapshot["fleet"];
  /** Told of objects whose end is known. */
  readonly onEnded?: (work: Work, counts: ObjectCounts, outcome: Outcome | "again", seconds: number) => void;
  /** For a watch: how long questions wait for others, in seconds. */
  readonly linger?: number;
  /** For a watch: where the objects come from. */
  readonly plan?: (
    options: Omit<PlanOptions, "signal">,
    answers: Answers,
  ) => Pick<JobOptions, "plan" | "maxPlannedAhead">;
}

/** A job with all that it is made of, opened as the settings have it. */
export class JobSession implements AsyncDisposable {
  readonly #config: Config;
  readonly #opened: Opened;

  private constructor(config: Config, opened: Opened) {
    this.#config = config;
    this.#opened = opened;
  }

  /** @throws {Error} As the stores, caches and models do; or source and destination lie in each other. */
  static async open(config: Config, options: JobSessionOptions): Promise<JobSession> {
    const { command, fleet, linger, live, onEnded, stop } = options;
    let monitor: Monitor | undefined;
    const tell: Tell = (message, level) => {
      options.tell(message, level);
      monitor?.trouble(message, level);
    };
    const recipe = recipeOf(config);
    const isFill = config.fill && command === "run"; // one file may be the settings of others too
    const journal = new UploadJournal(join(dirname(config.ledger), "uploads"), tell);
    const stopping = new Stopping(stop, config.grace, tell);
    let ledger: Remembered | undefined, sightings: PairSketch | undefined, skipped: Store | undefined;
    let parts: Parts | undefined;
    try {
      parts = await openParts(config, recipe, { journal, onTrouble: tell });
      const { cache, destination, model, source } = parts;
      ledger = destination.abilities.marksCostRequests ? openLedger(config.ledger, tell) : undefined;
      // A fill counts nothing, since its records were counted before, and passes nothing over.
      if (recipe.rare !== undefined && !isFill) {
        const { PairSketch } = await import("./pair_sketch.ts"); // as all that few want: it takes time to load
        sightings = new PairSketch({
          path: join(dirname(config.ledger), `sightings-${await answersFingerprint(recipe)}`),
          bytes: config.rareMemory,
          tell,
          everyMs: command === "run" ? undefined : saveSightingsMs,
        });
      }
      const answers = openAnswers(config, {
        cache,
        coordinator: parts.coordinator,
        model,
        tellsOrigins: recipe.provenanceField !== undefined,
        shortcut: await openShortcut(recipe, sightings?.sketch, tell),
        lingerSeconds: linger,
        onTrouble: tell,
        onCall: (call) => monitor?.callEnded(call),
        signal: stopping.end,
      });
      const planned = {
        ...config,
        source,
        destination,
        ledger,
        fingerprint: await recipeFingerprint(recipe),
      };
      const lists = isFill ? skipped = await openSkipped(config) : undefined;
      const begunMs = new WeakMap<ObjectCounts, number>();
      const job = new Job({
        ...planned,
        ...options.plan?.(planned, answers),
        ...(lists && {
          plan: async function* (signal: AbortSignal) {
            const { planFill } = await import("../../jobs/fill_plan.ts");
            yield* planFill({ ...planned, skipped: lists, maySkip: recipe.rare !== undefined, signal });
          },
        }),
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
            monitor?.ended(work, counts, outcome);
            onEnded?.(work, counts, outcome, (performance.now() - begunMs.get(counts)!) / 1000);
          },
        },
        onRejects: live && ((address, rejects) => monitor?.rejected(address, rejects)),
        onMessage: tell,
        stop,
        signal: stopping.end,
      });
      if (live !== undefined) {
        const { openMonitor } = await import("../serve/open_monitor.ts");
        monitor = openMonitor(live, {
          command,
          from: source.url,
          to: destination.url,
          parts,
          answers,
          objects: () => job.objects,
          fleet,
          pricePer1000: config.pricePer1000,
          stop,
        });
      }
      return new JobSession(config, {
        ...{ answers, job, journal, ledger, monitor, parts, sightings, skipped, stopping, tell },
      });
    } catch (error) {
      stopping[Symbol.dispose]();
      sightings?.[Symbol.dispose]();
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

  get source(): Store {
    return this.#opened.parts.source;
  }

  /** Aborted when everything is to end. */
  get end(): AbortSignal {
    return this.#opened.stopping.end;
  }

  /** Runs the job to its end; beside it, what killed runs have left half sent is removed. */
  async run(): Promise<void> {
    const { job, journal, monitor, parts, stopping, tell } = this.#opened;
    const cleared = clearUp(parts.destination, { ...this.#config, journal, signal: stopping.end }, tell);
    try {
      await job.run();
    } finally {
      await cleared;
      monitor?.end();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { journal, ledger, monitor, parts, sightings, skipped, stopping } = this.#opened;
    monitor?.[Symbol.dispose]();
    sightings?.[Symbol.dispose]();
    await skipped?.close();
    stopping[Symbol.dispose]();
    ledger?.close();
    journal[Symbol.dispose]();
    await parts.close();
  }
}

interface Opened {
  readonly answers: Answers;
  readonly job: Job;
  readonly journal: UploadJournal;
  readonly ledger: Remembered | undefined;
  readonly monitor: Monitor | undefined;
  readonly parts: Parts;
  readonly sightings: PairSketch | undefined;
  readonly skipped: Store | undefined;
  readonly stopping: Stopping;
  readonly tell: Tell;
}

/** Removes what killed runs have left half sent. What cannot be removed fails nothing. */
async function clearUp(destination: Store, options: AbandonedUploadsOptions, tell: Tell): Promise<void> {
  try {
    const removed = await removeAbandonedUploads(destination, options);
    if (removed > 0) {
      tell(
        `Removed ${removed} unfinished upload${removed > 1 ? "s" : ""} of earlier runs in ${destination.url}`,
        "info",
      );
    }
  } catch (error) {
    if (!options.signal.aborted) {
      tell(`Going on without looking for unfinished uploads: ${failureText(error)}`);
    }
  }
}

/** What a failure says, for people. */
export function failureText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
