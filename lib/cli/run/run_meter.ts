import process from "node:process";
import { checkSums } from "../../records/check_sums.ts";
import type { Summary } from "../../jobs/summary.ts";
import type { Tell } from "../../text/tell.ts";
import type { Config } from "../settings/sections.ts";
import type { JobSession } from "./job_session.ts";
import { PeakMemory } from "./peak_memory.ts";

/** Measures a job from its start on: time, CPU time and memory. */
export class RunMeter implements Disposable {
  readonly #started = performance.now();
  readonly #cpuAtStart = process.cpuUsage();
  readonly #memory = new PeakMemory();

  /** What the job has done up to now, and what it took. */
  summary(
    { answers, job, rejectsIn }: Pick<JobSession, "answers" | "job" | "rejectsIn">,
    recipe: Config["recipe"],
  ): Summary {
    const { user, system } = process.cpuUsage(this.#cpuAtStart);
    const { bytesIn, bytesOut, blank, in: lines, out, reasons, rejected, skipped } = job.records;
    const { earlierRejects, firstReject } = job;
    return {
      objects: job.objects,
      skippedObjects: job.skipped.summary(),
      records: { in: lines, out, rejected, blank, ...(skipped > 0 ? { skipped } : {}) },
      rejects: reasons,
      ...(firstReject === undefined ? {} : {
        firstReject,
        rejectsIn,
        fieldFaults: job.records.fieldFaults.text(lines - blank, recipe),
      }),
      ...(earlierRejects.objects > 0 ? { earlierRejects } : {}),
      keys: answers.counts,
      nearTitles: answers.stats().sharing,
      model: answers.stats().model,
      cache: answers.stats().cache,
      bytes: { in: bytesIn, out: bytesOut },
      seconds: (performance.now() - this.#started) / 1000,
      cpuSeconds: (user + system) / 1e6,
      peakRssBytes: this.#memory.bytes,
    };
  }

  [Symbol.dispose](): void {
    this.#memory[Symbol.dispose]();
  }
}

/** Whether every record and every key is accounted for, as it must be in a run without failures; says what is not. */
export function sumsHold({ records, keys }: Summary, say: Tell): boolean {
  try {
    checkSums(records, keys);
    return true;
  } catch (error) {
    say((error as Error).message);
    return false;
  }
}
