import type { Answers } from "../answers/answers.ts";
import type { Job } from "../jobs/job.ts";
import { type WorkEstimate, WorkEstimator } from "../telemetry/work_estimate.ts";
import { count, duration, plural, share } from "../text/format.ts";
import type { Io } from "./io.ts";
import { clearedLine, terminalLine } from "./terminal_line.ts";
import { workSample } from "./work_sample.ts";

/** How often a terminal's bar is redrawn, in milliseconds. */
const drawMs = 200;
/** How often a line is written where there is no terminal, in milliseconds. */
const lineMs = 5_000;
const barWidth = 20;

/**
 * Shows the progress of a run on standard error: on a terminal one line that is redrawn, elsewhere a line every few
 * seconds. Messages appear above the bar.
 */
export class Progress {
  readonly #job: Job;
  readonly #answers: Answers;
  readonly #io: Io;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  readonly #estimator = new WorkEstimator();
  #isDrawn = false;

  constructor(job: Job, answers: Answers, io: Io, options: { readonly quiet: boolean }) {
    this.#job = job;
    this.#answers = answers;
    this.#io = io;
    if (options.quiet) return;
    this.#estimate();
    this.#timer = setInterval(() => this.#draw(), io.stderrIsTerminal ? drawMs : lineMs);
  }

  /** Writes a line that stays on the screen. */
  say(message: string): void {
    this.#clear();
    this.#io.stderr(`${message}\n`);
  }

  /** Removes the bar. */
  end(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #estimate(): WorkEstimate {
    return this.#estimator.add(workSample(this.#job, this.#answers), performance.now());
  }

  #draw(): void {
    const parts = progressParts(this.#job, this.#answers, this.#estimate());
    if (!this.#io.stderrIsTerminal) return this.#io.stderr(`${parts.join(", ")}\n`);
    (this.#io.control ?? this.#io.stderr)(terminalLine(parts));
    this.#isDrawn = true;
  }

  #clear(): void {
    if (this.#isDrawn) (this.#io.control ?? this.#io.stderr)(clearedLine);
    this.#isDrawn = false;
  }
}

/** A run's progress, what matters most first: how much is finished, how long the rest takes, how fast it goes; then counts. */
export function progressParts(
  job: Pick<Job, "isListed" | "objects" | "progress" | "remaining">,
  answers: Pick<Answers, "counts" | "stats">,
  { portion, recordsPerSecond, secondsLeft, waitsFor }: WorkEstimate,
): string[] {
  const { found, ignored, skipped } = job.objects;
  const all = found - ignored - skipped;
  const { local, hits, seen } = answers.counts;
  const { out, rejected } = job.progress;
  const { questionsWaiting } = answers.stats();
  const bar = "█".repeat(Math.floor(portion * barWidth)).padEnd(barWidth, "░");
  return [
    `${bar} ${Math.floor(portion * 100)} %`,
    ...(waitsFor === undefined ? [] : [`waiting for the ${waitsFor}`]),
    ...(secondsLeft === undefined ? [] : [`${duration(secondsLeft)} left`]),
    ...(recordsPerSecond === undefined ? [] : [`${count(recordsPerSecond)} records/s`]),
    `${count(all - job.remaining)}/${count(all)}${job.isListed ? "" : "+"} ${
      all === 1 ? "object" : "objects"
    }`,
    plural(out + rejected, "record"),
    `${share(local + hits, seen)} cached`,
    `${plural(questionsWaiting, "question")} waiting`,
  ];
}
