import type { Answers } from "../answers/answers.ts";
import type { Job } from "../jobs/job.ts";
import { count, duration, plural, share } from "../text/format.ts";
import type { Io } from "./io.ts";
import { clearedLine, terminalLine } from "./terminal_line.ts";

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
  readonly #started = performance.now();
  #isDrawn = false;

  constructor(job: Job, answers: Answers, io: Io, options: { readonly quiet: boolean }) {
    this.#job = job;
    this.#answers = answers;
    this.#io = io;
    if (options.quiet) return;
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

  #draw(): void {
    const text = progressText(this.#job, this.#answers, (performance.now() - this.#started) / 1000);
    if (!this.#io.stderrIsTerminal) return this.#io.stderr(`${text}\n`);
    (this.#io.control ?? this.#io.stderr)(terminalLine(text));
    this.#isDrawn = true;
  }

  #clear(): void {
    if (this.#isDrawn) (this.#io.control ?? this.#io.stderr)(clearedLine);
    this.#isDrawn = false;
  }
}

/** A run's progress in one line: objects, records, hit ratio, questions waiting, rate, time left. */
export function progressText(job: Job, answers: Answers, seconds: number): string {
  const { found, ignored, skipped } = job.objects;
  const all = found - ignored - skipped;
  const ended = all - job.remaining;
  const { local, hits, seen } = answers.counts;
  const records = job.progress.in;
  const portion = all > 0 ? ended / all : 0;
  const bar = "█".repeat(Math.round(portion * barWidth)).padEnd(barWidth, "░");
  const left = ended > 0 && job.isListed ? `, ${duration(seconds / ended * (all - ended))} left` : "";
  return `${bar} ${count(ended)}/${count(all)}${job.isListed ? "" : "+"} ${
    all === 1 ? "object" : "objects"
  }, ${plural(records, "record")}, ` +
    `${share(local + hits, seen)} cached, ${plural(answers.stats().questionsWaiting, "question")} waiting, ` +
    `${count(records / Math.max(seconds, 1e-3))}/s${left}`;
}
